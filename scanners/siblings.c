#include "scanners/siblings.h"

#include <stdbool.h>
#include <stdlib.h>

/* A block and where its first placement sees it. */
struct sibling {
	uint64_t address, last; /* of its first and last byte */
	size_t block; /* index in the list */
	size_t group; /* the lowest such index of those it is added with */
	uint32_t purpose;
	bool alone;
};

static struct sibling sibling_of(const struct target_list *targets, const struct block *block,
				 size_t index)
{
	const struct placement *placement = &block->placements[0];

	return (struct sibling){
		.address = placement->address,
		.last = placement->address + (block_length(block) - 1),
		.block = index,
		.group = index,
		.purpose = block->purpose,
		.alone = targets->targets[placement->target].kind != TARGET_PROCESS,
	};
}

static int compare_places(const void *left_item, const void *right_item)
{
	const struct sibling *left = left_item, *right = right_item;

	if (left->alone != right->alone)
		return left->alone ? 1 : -1;
	if (left->purpose != right->purpose)
		return left->purpose < right->purpose ? -1 : 1;
	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	return left->block < right->block ? -1 : 1;
}

static int compare_groups(const void *left_item, const void *right_item)
{
	const struct sibling *left = left_item, *right = right_item;

	if (left->group != right->group)
		return left->group < right->group ? -1 : 1;
	return left->block < right->block ? -1 : 1;
}

/* How many from the first one on overlap: each with some of those before it. */
static size_t overlapping(const struct sibling *siblings, size_t count)
{
	uint64_t last = siblings->last;
	size_t length = 1;

	while (!siblings->alone && length < count && length < SEARCH_MOST_SIBLINGS) {
		const struct sibling *next = &siblings[length];

		if (next->alone || next->purpose != siblings->purpose || next->address > last)
			break;
		last = next->last > last ? next->last : last;
		length++;
	}
	return length;
}

static void find_groups(struct sibling *siblings, size_t count)
{
	size_t length;

	qsort(siblings, count, sizeof(*siblings), compare_places);
	for (size_t first = 0; first < count; first += length) {
		size_t lowest = siblings[first].block;

		length = overlapping(&siblings[first], count - first);
		for (size_t i = 0; i < length; i++)
			if (siblings[first + i].block < lowest)
				lowest = siblings[first + i].block;
		for (size_t i = 0; i < length; i++)
			siblings[first + i].group = lowest;
	}
	qsort(siblings, count, sizeof(*siblings), compare_groups);
}

static int add_groups(struct search *search, const struct block_list *blocks,
		      const struct sibling *siblings, size_t count, struct error *err)
{
	const struct block *group[SEARCH_MOST_SIBLINGS];
	int ret = 0;

	for (size_t i = 0; !ret && i < count;) {
		size_t length = 0, number = siblings[i].group;

		while (i < count && siblings[i].group == number)
			group[length++] = block_list_get(blocks, siblings[i++].block);
		ret = search_add_siblings(search, group, length, err);
	}
	return ret;
}

int siblings_add_blocks(struct search *search, const struct target_list *targets,
			const struct block_list *blocks, struct error *err)
{
	size_t count = block_list_count(blocks);
	struct sibling *siblings = calloc(count + 1, sizeof(*siblings));
	int ret;

	if (!siblings)
		return error_no_memory(err, "the blocks of siblings");
	for (size_t i = 0; i < count; i++)
		siblings[i] = sibling_of(targets, block_list_get(blocks, i), i);
	find_groups(siblings, count);
	ret = add_groups(search, blocks, siblings, count, err);
	free(siblings);
	return ret;
}
