#ifndef CKPT_BENCH_RULES_REGEXES_H
#define CKPT_BENCH_RULES_REGEXES_H

#include <stdint.h>

#include "bench/rules/generator.h"

/* The last one begins and ends with single bytes. */
#define REGEX_KINDS 8u

/* One of the first @kinds kinds of regular expression, between slashes, with modifiers. */
void regex_write(struct generator *generator, uint32_t kinds);

#endif
