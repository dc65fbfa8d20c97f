#ifndef CKPT_BENCH_RULES_HEX_STRINGS_H
#define CKPT_BENCH_RULES_HEX_STRINGS_H

#include "bench/rules/strings.h"

/* In braces: instructions of x86-64, or any bytes with wildcards, nibbles, jumps and alternatives between. */
void hex_string_write(struct generator *generator, const struct string_mix *mix);

#endif
