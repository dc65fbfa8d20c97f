#include "scanners/passed_blocks.h"

#include <stdlib.h>

#include "engine/base/array.h"

static uint64_t length_of(const struct block *block)
{
	uint64_t length = 0;

	for (size_t i = 0; i < block->extent_count; i++)
		length += block->extents[i].length;
	return length;
}

int passed_blocks_add(struct passed_blocks *passed, const struct block *block, struct error *err)
{
	uint64_t length = length_of(block);
	struct passed_range *grown =
		array_grow(passed->items, &passed->capacity, passed->count + block->placement_count,
			   sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "blocks that passed");
	passed->items = grown;
	for (size_t i = 0; length && i < block->placement_count; i++) {
		const struct placement *placement = &block->placements[i];

		passed->items[passed->count++] = (struct passed_range){
			placement->address, placement->address + (length - 1), placement->target
		};
	}
	passed->sorted = false;
	return 0;
}

static int compare(const void *left_item, const void *right_item)
{
	const struct passed_range *left = left_item, *right = right_item;

	if (left->target != right->target)
		return left->target > right->target ? 1 : -1;
	return (left->first > right->first) - (left->first < right->first);
}

static void sort(struct passed_blocks *passed)
{
	if (!passed->sorted && passed->count)
		qsort(passed->items, passed->count, sizeof(*passed->items), compare);
	passed->sorted = true;
}

/* Blocks of one target never overlap, so the last that does not begin behind an address holds it, or none does. */
bool passed_blocks_has(struct passed_blocks *passed, const struct block *block)
{
	const struct placement *placement = &block->placements[0];
	const struct passed_range sought = { .first = placement->address,
					     .target = placement->target };
	size_t low = 0, high = passed->count;

	sort(passed);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&passed->items[middle], &sought) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && passed->items[low - 1].target == sought.target &&
	       passed->items[low - 1].last >= sought.first;
}

/* The first range of the target that may reach @address. */
static size_t first_near(const struct passed_blocks *passed, uint32_t target, uint64_t address)
{
	const struct passed_range sought = { .first = address, .target = target };
	size_t low = 0, high = passed->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&passed->items[middle], &sought) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low - (low > 0 && passed->items[low - 1].target == target &&
		      passed->items[low - 1].last >= address);
}

uint64_t passed_blocks_bytes(struct passed_blocks *passed, uint32_t target, uint64_t address,
			     uint64_t length)
{
	uint64_t last = address + (length - 1), bytes = 0;

	sort(passed);
	for (size_t i = first_near(passed, target, address);
	     i < passed->count && passed->items[i].target == target &&
	     passed->items[i].first <= last;
	     i++) {
		const struct passed_range *range = &passed->items[i];
		uint64_t from = range->first > address ? range->first : address;
		uint64_t to = range->last < last ? range->last : last;

		bytes += to - from + 1;
	}
	return bytes;
}

void passed_blocks_release(struct passed_blocks *passed)
{
	free(passed->items);
	*passed = (struct passed_blocks){ 0 };
}
