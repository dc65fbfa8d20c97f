#ifndef CKPT_BENCH_RULES_TEXTS_H
#define CKPT_BENCH_RULES_TEXTS_H

#include "bench/rules/strings.h"

/* A text as messages, paths, names and URLs in programs are, in quotes, with modifiers. */
void text_write(struct generator *generator, const struct string_mix *mix);
void text_write_capitalised(struct generator *generator, const char *text);

#endif
