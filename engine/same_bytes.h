#ifndef CKPT_ENGINE_SAME_BYTES_H
#define CKPT_ENGINE_SAME_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/block.h"

/*
 * Members hold bytes at the same addresses, and most of them are equal. What is told here is who searches which starts,
 * and for whom else: a start may be searched for others where all that its match can touch is equal.
 *
 *	member 0   |AAAA|BBBB|CCCC|DDDD|      searches all of it
 *	member 1   |AAAA|BBBB|XXXX|DDDD|      searches X, and starts before and behind it that may touch X
 *	member 2   |AAAA|BBBB|XXXX|DDDD|      searches nothing
 *
 * Bytes are compared cell by cell with those of the members before, at most with SAME_MOST_KINDS of them. One thread's;
 * zeroed at first, used again and again.
 */
#define SAME_MOST_MEMBERS 32u
#define SAME_MOST_KINDS 4u

/* The bytes of one member that are at hand. */
struct same_strip {
	const uint8_t *data;
	uint64_t start, end; /* addresses of the bytes; empty: the member has no part in it */
	uint64_t own_start, own_end; /* addresses of the starts that are to be searched */
	enum edge first, last; /* of a block that begins at start or ends at end; else EDGE_CUT */
	const struct address_range *dumped; /* indexes into data, ascending; NULL: all */
	size_t dumped_count;
};

struct same_range {
	uint64_t start, end; /* addresses of starts */
	uint64_t left, right; /* bytes that a match may touch before its start, and from there on */
};

struct same_bytes {
	size_t member_count, cell_count;
	uint64_t origin; /* address of the first cell */
	uint32_t head, tail; /* the zones of a cell, see struct sharers */
	/* By member, then by zone: for whom that member searches the starts in it; without its own bit nobody. */
	uint32_t *zones;
	uint8_t *kinds; /* by member, then by cell: the first member with the same bytes there */
	size_t zone_capacity, kind_capacity;
	uint64_t compared,
		equal; /* cells of members but the first; those which another one searches */
};

/*
 * Compares what @count members hold around the starts of @range. All bytes within its margins must be at hand, as far as
 * the block has them.
 */
int same_bytes_find(struct same_bytes *same, const struct same_strip *strips, size_t count,
		    const struct same_range *range, struct error *err);
void same_bytes_release(struct same_bytes *same);

/* Those that a member's zones belong to; three for each cell. */
static inline const uint32_t *same_bytes_zones(const struct same_bytes *same, size_t member)
{
	return same->zones + member * same->cell_count * 3;
}

/* The addresses of a zone: empty where @*end is not above @*start. */
void same_bytes_zone(const struct same_bytes *same, size_t zone, uint64_t *start, uint64_t *end);

#endif
