#ifndef CKPT_ENGINE_CHAINS_START_SET_H
#define CKPT_ENGINE_CHAINS_START_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/matches/credit.h"

/*
 * Where one part of a chain matches in a block, and how long. Positions lie in chunks of 64 Ki; few of a chunk are a
 * list, many are a bitmap, so that a match of every byte costs a bit for each, and two bytes more where the lengths
 * vary:
 *
 *	chunk 0  list    | start, length | start, length | ...
 *	chunk 7  bitmap  | 0100 1100 ... |  lengths by start, where they vary
 *
 * One thread at a time.
 */
#define START_CHUNK_BITS 16
#define START_CHUNK_STARTS (1u << START_CHUNK_BITS)

struct start_chunk {
	uint64_t number; /* of its first start: number << START_CHUNK_BITS */
	uint32_t *list; /* start within the chunk << 16 | length; NULL: a bitmap */
	uint64_t *bits; /* NULL: a list */
	uint16_t *lengths; /* of a bitmap whose lengths vary, by start */
	uint32_t count, capacity; /* of the list */
};

struct start_set {
	struct start_chunk *chunks; /* by number */
	size_t chunk_count, chunk_capacity;
	size_t last; /* index of the chunk that was added to last */
	uint64_t longest; /* bytes; all are so long unless @varies */
	bool varies; /* then none is longer than 65,535 bytes */
	uint64_t paid; /* taken of the credit */
};

/* @length: of all its matches; unless @varies. */
void start_set_init(struct start_set *set, uint64_t length, bool varies);
/* Leaves the credit for what is @paid to the caller. A no-op on a zeroed one. */
void start_set_release(struct start_set *set);
/*
 * Each start is added once, in any order. ERROR_LIMIT: @credit does not have what it takes; nothing has changed.
 */
int start_set_add(struct start_set *set, struct match_credit *credit, uint64_t start,
		  uint64_t length, struct error *err);
/* No more come; cursors may walk it now. */
void start_set_finish(struct start_set *set);

struct part_match {
	uint64_t start, length;
};

/* Walks a set from the highest start to the lowest. */
struct start_cursor {
	const struct start_set *set;
	size_t chunks_left;
	uint32_t
		left; /* of the chunk before chunks_left: entries of its list, or positions of its bitmap */
};

void start_cursor_init(struct start_cursor *cursor, const struct start_set *set);
/* False: there is none. */
bool start_cursor_next(struct start_cursor *cursor, struct part_match *out);

#endif
