#ifndef CKPT_TESTS_DIFFERENTIAL_RANDOM_PATTERN_H
#define CKPT_TESTS_DIFFERENTIAL_RANDOM_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/pattern.h"

/* Random patterns over few letters, and bytes in which they have a chance; the same for the same seed. */
struct random_source {
	uint64_t state;
};

/* 0 to @below - 1. */
uint32_t random_below(struct random_source *random, uint32_t below);
/* Everything lives in @arena. */
void random_pattern(struct random_source *random, struct arena *arena, struct pattern *out);
/* Fills @data, now and then with a piece that the pattern would match. */
void random_text(struct random_source *random, const struct pattern *pattern, uint8_t *data,
		 size_t length);
/* As above, of several patterns: also runs of one byte, long zeros, and what stood before once more. */
void random_memory(struct random_source *random, const struct pattern *patterns, size_t count,
		   uint8_t *data, size_t length);
/* The pattern as a person reads it, into @out (terminated, cut). */
void random_pattern_describe(const struct pattern *pattern, char *out, size_t size);

#endif
