#ifndef CKPT_ENGINE_CONFIRM_FOUND_H
#define CKPT_ENGINE_CONFIRM_FOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/scan.h"

/* A confirmed match in a piece. */
struct found {
	size_t start; /* index into the piece's data */
	size_t length; /* 0 where nobody asks */
	uint32_t pattern;
	uint8_t xor_key;
};

/*
 * Whether some target could still use a match of @pattern that starts there; with sharers any of them, whether the start
 * counts for it or not: whoever asks may go on to starts that do.
 */
bool found_is_wanted(const struct piece *piece, const struct piece_targets *targets,
		     uint32_t pattern, size_t start);
/* Whether some target asks for its length and bytes. */
bool found_is_listed(const struct piece *piece, const struct piece_targets *targets,
		     uint32_t pattern, size_t start);
/* Whether a match has a byte that the dump holds; an empty one stands for the byte at its start. */
bool found_touches_dump(const struct piece *piece, size_t start, size_t length);
/*
 * Gives it to every target that wants it, at the address where that one sees it. A store that leaves it out for want
 * of budget is no failure: the store says so itself.
 */
int found_add(const struct piece *piece, const struct piece_targets *targets,
	      const struct found *found, struct error *err);

#endif
