#include "engine/search/search_block.h"

#include <stdlib.h>
#include <string.h>

#include "engine/search/search_target.h"

int search_block_new(struct search_block **out, const struct block *block,
		     struct search_target *const *targets, struct error *err)
{
	size_t count = block->placement_count; /* no overflow: the caller has them in memory */
	size_t target_bytes = count * sizeof(targets[0]);
	size_t placement_bytes = count * sizeof(block->placements[0]);
	struct search_block *copy = malloc(sizeof(*copy) + target_bytes + placement_bytes);

	if (!copy)
		return error_no_memory(err, "a block");
	atomic_init(&copy->holders, 1);
	copy->purpose = block->purpose;
	copy->placement_count = count;
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
	/* Hands over what all holders wrote to the targets' stores to the one that ends them. */
	if (atomic_fetch_sub_explicit(&block->holders, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < block->placement_count; i++)
		search_target_release(block->targets[i], worker);
	free(block);
}

void search_block_lose(const struct search_block *block, uint64_t bytes)
{
	for (size_t i = 0; i < block->placement_count; i++)
		search_target_lose(block->targets[i], bytes);
}
