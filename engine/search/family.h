#ifndef CKPT_ENGINE_SEARCH_FAMILY_H
#define CKPT_ENGINE_SEARCH_FAMILY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/same_bytes.h"
#include "engine/scan.h"
#include "engine/search/shard.h"
#include "engine/search/view.h"

/* A shard of a family: so much of every member that a core's cache holds what several of them have. */
#define FAMILY_SHARD_BYTES (256u << 10)

/* A block of a family. */
struct family_member {
	struct view *view; /* held; of a search_block */
	uint64_t address; /* of position 0, where the first placement sees it */
};

/*
 * A family: blocks that siblings see at the same addresses, of one purpose. Its shards are ranges of addresses, and a
 * worker searches such a range in all members (family_search.h). Immutable but for the counters; any thread.
 */
struct family {
	_Atomic size_t holders;
	_Atomic uint64_t compared, equal; /* cells, see struct same_bytes */
	bool always; /* compare, however little is equal */
	uint32_t purpose;
	size_t count;
	struct family_member members[SAME_MOST_MEMBERS];
};

/* Without members; one holder, the caller. */
int family_new(struct family **out, uint32_t purpose, bool always, struct error *err);
/* Holds @view. There must be room. */
void family_add(struct family *family, struct view *view, uint64_t address);
void family_hold(struct family *family);
/* Frees with the last holder; @worker as in search_block_release(). NULL allowed. */
void family_release(struct family *family, size_t worker);

/* What of the starts [@start, @end), as addresses, member @index has: positions, empty where it has none. */
struct address_range family_starts(const struct family *family, size_t index, uint64_t start,
				   uint64_t end);
/* The next shard at or behind @*start: it begins with a live start of some member; false: none is left. */
bool family_next_shard(const struct family *family, const struct margins *margins,
		       uint64_t shard_bytes, uint64_t *start, uint64_t *end);
/* Whether comparing pays, by what was compared so far. */
bool family_compares(const struct family *family);

#endif
