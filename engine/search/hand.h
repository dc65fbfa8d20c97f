#ifndef CKPT_ENGINE_SEARCH_HAND_H
#define CKPT_ENGINE_SEARCH_HAND_H

#include <stddef.h>

#include "engine/confirm/part_buffer.h"
#include "engine/scan.h"
#include "engine/search/piece_maker.h"
#include "engine/search/state.h"

struct family_hand;
struct search_block;

/*
 * What one worker needs to search: a scanner per purpose, buffers, the stores at hand. The worker
 * makes it itself, when it gets its first shard, so that its memory lies on the worker's node.
 */
struct hand {
	struct piece_maker maker;
	struct match_store **stores; /* one for each placement of the shard's block */
	size_t store_capacity;
	struct piece_targets targets;
	struct part_buffer parts;
	struct family_hand *family; /* NULL until it is used */
	const struct database **databases; /* per purpose: this node's; NULL until it is used */
	struct scanner *scanners[]; /* likewise */
};

/* Searches @shard on worker @worker. What could not be read is no failure. */
int hand_search(struct search *search, size_t worker, const struct shard *shard, struct error *err);
/* The same for starts [@start, @end) of a view of the purpose that the hand's shard has. */
int hand_search_view(struct search *search, struct hand *hand, size_t worker, struct view *view,
		     uint64_t start, uint64_t end, struct error *err);
/* Tells what hand.maker has counted for @block. */
int hand_report(struct search *search, struct hand *hand, size_t worker,
		const struct search_block *block, struct error *err);
/* When all work has ended. NULL allowed. */
void hand_free(struct search *search, struct hand *hand);

#endif
