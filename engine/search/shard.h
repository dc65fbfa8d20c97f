#ifndef CKPT_ENGINE_SEARCH_SHARD_H
#define CKPT_ENGINE_SEARCH_SHARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/search/view.h"

/* Bytes that must be at hand around a start, whoever owns it. */
struct margins {
	uint64_t left; /* look behind, and context */
	uint64_t right; /* reach, and context */
	uint64_t reach; /* starts this far before dumped bytes can touch them */
};

/*
 * The starts of a view that are worth looking at ("live"), and how they are cut into shards: all
 * in dumped bytes, and in zeros those whose matches can reach the dumped bytes that follow. A
 * match that starts farther out, or in zeros that nothing follows, touches nothing of the dump.
 */

/* The first live start at or after @position; UINT64_MAX: none. */
uint64_t shard_next_live(const struct view *view, const struct margins *margins, uint64_t position);
/* One past the last of the live starts of the span that holds the live start @position. */
uint64_t shard_live_end(const struct view *view, uint64_t position);

struct shard_cutter {
	const struct view *view;
	const struct margins *margins;
	uint64_t position, end; /* starts left to cut; the end is excluded */
	uint64_t shard_bytes; /* live starts in a shard; never 0 */
};

/* The next shard, [@start, @end), which begins with a live start; false: none is left. */
bool shard_cutter_next(struct shard_cutter *cutter, uint64_t *start, uint64_t *end);

#endif
