#ifndef CKPT_ENGINE_SEARCH_SEARCH_BLOCK_H
#define CKPT_ENGINE_SEARCH_SEARCH_BLOCK_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/block.h"
#include "engine/workers.h"

struct chain_store;
struct search;
struct search_target;

/* In place of a worker's number where another thread acts. */
#define NO_WORKER SIZE_MAX

/*
 * What the shards of a block have in common: who sees it. As long as somebody holds it, the
 * targets of its placements are not done. Immutable but for the count of holders and what is found of
 * chains; any thread.
 */
struct search_block {
	struct work join; /* first: the queue's view of it */
	struct search *search;
	struct chain_store *chains; /* NULL: the database has none; locked by itself */
	_Atomic size_t holders;
	uint32_t purpose;
	size_t placement_count;
	struct placement *placements;
	struct search_target *targets[]; /* one per placement, each held */
};

/* Copies what it needs; @targets, one per placement, are held. One holder, the caller. */
int search_block_new(struct search_block **out, const struct block *block,
		     struct search_target *const *targets, struct error *err);
void search_block_hold(struct search_block *block);
/*
 * The last holder joins the chains, unless the search has failed, and releases the targets, which may end them: at
 * once on worker @worker, or through the workers' queue with NO_WORKER.
 */
void search_block_release(struct search_block *block, size_t worker);
/* Counts @bytes of the block as lost for whoever sees them, once for each placement. */
void search_block_lose(const struct search_block *block, uint64_t bytes);

#endif
