#include "engine/search/search_block.h"

#include <stdlib.h>
#include <string.h>

#include "engine/chain.h"
#include "engine/scan.h"
#include "engine/search/search_target.h"
#include "engine/search/state.h"

/* Gives up the targets, which may end them. */
static void finish(struct search_block *block, size_t worker)
{
	for (size_t i = 0; i < block->placement_count; i++)
		search_target_release(block->targets[i], worker);
	chain_store_free(block->chains);
	free(block);
}

static bool stopped(void *context)
{
	return search_stopped(context);
}

static int join_chains(struct search_block *block, size_t worker, struct error *err)
{
	size_t count = block->placement_count;
	struct match_store **stores = calloc(count, sizeof(stores[0]));
	const struct piece_targets targets = { .placements = block->placements,
					       .stores = stores,
					       .count = count };
	int ret = 0;

	if (!stores)
		return error_no_memory(err, "the chains of a block");
	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = search_target_store(block->targets[i], worker, &stores[i], err);
	if (ret == 0)
		ret = chain_store_join(block->chains, &targets, stopped, block->search, err);
	free(stores);
	return ret;
}

static void join_and_finish(struct search_block *block, size_t worker)
{
	struct error err;

	if (!search_stopped(block->search) && join_chains(block, worker, &err))
		search_fail(block->search, &err);
	finish(block, worker);
}

static void run_join(struct work *work, size_t worker)
{
	struct search_block *block = (struct search_block *)work;
	struct search *search = block->search;

	join_and_finish(block, worker);
	search_end_work(search);
}

static int add_chain_store(struct search_block *block, struct error *err)
{
	struct search *search = block->search;
	const struct database *database = search->plan->purposes[block->purpose].database;

	if (!database_has_chains(database))
		return 0;
	return chain_store_new(&block->chains, database, &search->policies[block->purpose],
			       &search->budget, err);
}

int search_block_new(struct search_block **out, const struct block *block,
		     struct search_target *const *targets, struct error *err)
{
	size_t count = block->placement_count; /* no overflow: the caller has them in memory */
	size_t target_bytes = count * sizeof(targets[0]);
	size_t placement_bytes = count * sizeof(block->placements[0]);
	struct search_block *copy = malloc(sizeof(*copy) + target_bytes + placement_bytes);
	int ret;

	if (!copy)
		return error_no_memory(err, "a block");
	*copy = (struct search_block){ .join = { .run = run_join, .node = SIZE_MAX },
				       .search = targets[0]->search,
				       .purpose = block->purpose,
				       .placement_count = count };
	atomic_init(&copy->holders, 1);
	ret = add_chain_store(copy, err);
	if (ret) {
		free(copy);
		return ret;
	}
	memcpy(copy->targets, targets, target_bytes);
	copy->placements = (struct placement *)(copy->targets + count);
	memcpy(copy->placements, block->placements, placement_bytes);
	for (size_t i = 0; i < count; i++)
		search_target_hold(copy->targets[i]);
	*out = copy;
	return 0;
}

void search_block_hold(struct search_block *block)
{
	/* Relaxed: whoever holds one more already has one. */
	atomic_fetch_add_explicit(&block->holders, 1, memory_order_relaxed);
}

void search_block_release(struct search_block *block, size_t worker)
{
	/* Hands over what all holders wrote to the one that joins it and ends the targets. */
	if (atomic_fetch_sub_explicit(&block->holders, 1, memory_order_acq_rel) != 1)
		return;
	if (!block->chains || chain_store_is_empty(block->chains) ||
	    search_stopped(block->search)) {
		finish(block, worker);
	} else if (worker != NO_WORKER) {
		join_and_finish(block, worker);
	} else {
		search_begin_work(block->search);
		workers_add(block->search->workers, &block->join);
	}
}

void search_block_lose(const struct search_block *block, uint64_t bytes)
{
	for (size_t i = 0; i < block->placement_count; i++)
		search_target_lose(block->targets[i], bytes);
}
