#include "scanners/block_budget.h"

static uint64_t stored_bytes(const struct block *block)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < block->extent_count; i++)
		if (block->extents[i].kind == EXTENT_RAW)
			bytes += block->extents[i].length;
	return bytes;
}

int block_budget_add(struct block_budget *budget, const struct block *block,
		     struct block_list *list, struct error *err)
{
	uint64_t bytes = stored_bytes(block);
	size_t count = block_list_count(list);
	int ret;

	if (!budget)
		return block_list_add(list, block, err);
	if (bytes > budget->left && !block_list_has(list, block)) {
		budget->refused += bytes;
		return 0;
	}
	ret = block_list_add(list, block, err);
	if (!ret && block_list_count(list) > count)
		budget->left -= bytes;
	return ret;
}

uint64_t block_budget_spent(const struct block_list *list)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < block_list_count(list); i++)
		if (__builtin_add_overflow(bytes, stored_bytes(block_list_get(list, i)), &bytes))
			return UINT64_MAX;
	return bytes;
}
