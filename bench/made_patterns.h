#ifndef CKPT_BENCH_MADE_PATTERNS_H
#define CKPT_BENCH_MADE_PATTERNS_H

#include <stdint.h>

#include "engine/base/text.h"
#include "rules/compiled_rules.h"

/* Strings in them. */
#define MADE_PATTERNS 240u

/*
 * Rules for who has none: from a seed, texts, hex strings with wildcards and a few regular expressions, some of which begin
 * as much of the memory of a web server does. The same seed gives the same rules everywhere.
 */
void made_patterns_add(struct text *text, uint64_t seed);
/* Compiled for what a scan with a text report asks of them. */
int made_patterns_compile(struct compiled_rules **out, uint64_t seed, struct error *err);

#endif
