#ifndef CKPT_ENGINE_EXPRESSION_EXPRESSION_H
#define CKPT_ENGINE_EXPRESSION_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/expression/atom.h"
#include "engine/base/arena.h"
#include "engine/pattern.h"

/* The two ways in which a pattern may lie in memory. Where both match at one start, ascii stands. */
enum variant { VARIANT_ASCII, VARIANT_WIDE, VARIANTS };

static inline bool pattern_has_variant(const struct pattern *pattern, enum variant variant)
{
	return pattern->flags & (variant == VARIANT_WIDE ? PATTERN_WIDE : PATTERN_ASCII);
}

/* What Hyperscan looks for on behalf of one pattern. Every match holds at least one of the atoms. */
struct expression {
	const struct lead *leads; /* in the arena */
	size_t count;
	bool no_atoms
		[VARIANTS]; /* a regex without a place worth looking for: only the regex itself finds it */
	bool fits_zeros; /* some match is zero bytes alone */
};

/* How literals with many xor keys are looked for. */
enum key_search {
	KEYS_ONE_BY_ONE, /* an atom for each key */
	KEYS_TOGETHER, /* one keyed atom for all keys, where the literal has a good one */
};

/* Atoms that the keys of a pattern's xor modifier take with KEYS_ONE_BY_ONE; 0: it has none. */
uint64_t expression_key_atoms(const struct pattern *pattern);

/*
 * Of a pattern of one part. ERROR_LIMIT where a literal is too long to count with, ERROR_USAGE where it is empty or
 * the pattern has more parts.
 */
int expression_init(struct expression *out, const struct pattern *pattern, enum key_search keys,
		    struct arena *arena, struct error *err);

/* Byte @index of a literal as it lies in memory. */
static inline uint8_t variant_byte(const struct bytes *literal, bool wide, uint8_t xor_key,
				   size_t index)
{
	uint8_t byte = 0;

	if (!wide)
		byte = literal->data[index];
	else if (index % 2 == 0)
		byte = literal->data[index / 2];
	return byte ^ xor_key;
}

#endif
