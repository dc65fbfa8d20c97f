#ifndef CKPT_BENCH_RULES_GENERATOR_H
#define CKPT_BENCH_RULES_GENERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

/* Where made rules are written to, and the numbers that decide what they are. The same state gives the same text. */
struct generator {
	FILE *out;
	uint64_t state;
};

uint32_t generator_below(struct generator *generator, uint32_t limit);
/* Both included. */
uint32_t generator_between(struct generator *generator, uint32_t least, uint32_t most);
bool generator_chance(struct generator *generator, uint32_t in_thousand);
/* False, without taking a number, where @count is 0. */
bool generator_one_in(struct generator *generator, uint32_t count);
/* A word as programs are full of. */
const char *generator_word(struct generator *generator);

#endif
