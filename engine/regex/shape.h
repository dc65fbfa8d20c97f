#ifndef CKPT_ENGINE_REGEX_SHAPE_H
#define CKPT_ENGINE_REGEX_SHAPE_H

#include "engine/base/arena.h"
#include "engine/regex.h"

/*
 * A regex tree made plain before it becomes a program: case is folded into the
 * sets, what can never match within REGEX_SPAN_BYTES is gone, no repeat is
 * longer than that span, and each node knows how long its matches are.
 */
enum shape_kind {
	SHAPE_EMPTY,
	SHAPE_NEVER, /* no match, whatever the bytes; only ever the root */
	SHAPE_CHARACTER,
	SHAPE_SEQUENCE,
	SHAPE_ALTERNATION,
	SHAPE_REPEAT, /* of a child that consumes at least sometimes; max at least 1 */
	SHAPE_ASSERTION,
};

/* Longer than any match; sums and products of lengths stop here. */
#define SHAPE_LONGEST ((uint64_t)1 << 32)

struct regex_shape {
	enum shape_kind kind;
	enum regex_kind assertion; /* SHAPE_ASSERTION */
	bool greedy; /* SHAPE_REPEAT */
	uint32_t min, max; /* SHAPE_REPEAT; max REGEX_NO_LIMIT: any number */
	const uint64_t *set; /* SHAPE_CHARACTER: four words */
	const struct regex_shape **children;
	size_t child_count;
	bool always_empty; /* an empty match is possible anywhere, without an assertion */
	uint64_t shortest, longest; /* in characters consumed, at most SHAPE_LONGEST */
};

/* Makes @tree plain in @arena. @flags: enum regex_flag. Fails with ERROR_LIMIT where it is too deep. */
int regex_shape_make(const struct regex_shape **out, struct arena *arena,
		     const struct regex_node *tree, uint32_t flags, struct error *err);

#endif
