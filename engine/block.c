#include "engine/block.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "engine/base/arena.h"
#include "engine/base/array.h"

#define FIRST_SLOTS 64
#define EMPTY_SLOT SIZE_MAX

struct block_item {
	struct block block;
	struct placement *placements;
	size_t placement_capacity;
	uint64_t hash;
};

struct block_list {
	struct arena *arena; /* extents */
	struct block_item *items;
	size_t count, capacity;
	size_t *slots; /* open addressing: indexes into items; a power of two, at most half full */
	size_t slot_count;
	uint64_t seed;
};

uint64_t block_length(const struct block *block)
{
	uint64_t length = 0;

	for (size_t i = 0; i < block->extent_count; i++) {
		if (__builtin_add_overflow(length, block->extents[i].length, &length))
			return UINT64_MAX;
	}
	return length;
}

/* A checkpoint chooses the offsets, but not the seed: it cannot make everything fall into one slot. */
static uint64_t new_seed(void)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uintptr_t)&seed;
	return seed;
}

static bool make_slots(struct block_list *list, size_t slot_count)
{
	size_t *slots = malloc(slot_count * sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < slot_count; i++)
		slots[i] = EMPTY_SLOT;
	free(list->slots);
	list->slots = slots;
	list->slot_count = slot_count;
	return true;
}

int block_list_new(struct block_list **out, struct error *err)
{
	struct block_list *list = calloc(1, sizeof(*list));

	if (!list)
		return error_no_memory(err, "blocks");
	list->arena = arena_new(0);
	list->seed = new_seed();
	if (!list->arena || !make_slots(list, FIRST_SLOTS)) {
		block_list_free(list);
		return error_no_memory(err, "blocks");
	}
	*out = list;
	return 0;
}

void block_list_free(struct block_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].placements);
	free(list->items);
	free(list->slots);
	arena_free(list->arena);
	free(list);
}

static int check_extents(const struct block *block, uint64_t *length, struct error *err)
{
	*length = 0;
	for (size_t i = 0; i < block->extent_count; i++) {
		const struct extent *extent = &block->extents[i];

		if (extent->length == 0 ||
		    __builtin_add_overflow(*length, extent->length, length) ||
		    (extent->kind == EXTENT_RAW && extent->offset > UINT64_MAX - extent->length))
			return error_set(err, ERROR_FORMAT, 0,
					 "a block has an extent of impossible length");
	}
	return 0;
}

static int check_block(const struct block *block, struct error *err)
{
	uint64_t length;
	int ret = check_extents(block, &length, err);

	if (ret)
		return ret;
	if (block->extent_count == 0 || block->placement_count == 0)
		return error_set(err, ERROR_USAGE, 0, "a block without bytes or placement");
	for (size_t i = 0; i < block->placement_count; i++) {
		if (block->placements[i].address > UINT64_MAX - (length - 1))
			return error_set(err, ERROR_FORMAT, 0,
					 "a block at %#llx ends beyond the address space",
					 (unsigned long long)block->placements[i].address);
	}
	return 0;
}

/* @value is hidden by the seed, so that none can be chosen that makes the product zero. */
static uint64_t mix(uint64_t hash, uint64_t value, uint64_t seed)
{
	__extension__ typedef unsigned __int128 wide;
	/* Any odd number with about as many ones as zeros (digits of pi). */
	wide product = (wide)(hash ^ 0x9216d5d98979fb1bu) * (value ^ seed);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_block(const struct block_list *list, const struct block *block)
{
	const uint64_t seed = list->seed;
	uint64_t hash = mix(block->purpose, (uint64_t)block->last_edge, seed);

	hash = mix(hash, (uint64_t)block->first_edge, seed);
	for (size_t i = 0; i < block->extent_count; i++) {
		const struct extent *extent = &block->extents[i];

		hash = mix(hash, extent->length, seed);
		if (extent->kind != EXTENT_RAW)
			continue;
		hash = mix(hash, extent->file, seed);
		hash = mix(hash, extent->offset, seed);
	}
	return hash;
}

static bool extents_equal(const struct extent *left, const struct extent *right)
{
	if (left->kind != right->kind || left->length != right->length)
		return false;
	return left->kind == EXTENT_ZERO ||
	       (left->file == right->file && left->offset == right->offset);
}

static bool blocks_equal(const struct block *left, const struct block *right)
{
	if (left->extent_count != right->extent_count || left->purpose != right->purpose ||
	    left->first_edge != right->first_edge || left->last_edge != right->last_edge)
		return false;
	for (size_t i = 0; i < left->extent_count; i++) {
		if (!extents_equal(&left->extents[i], &right->extents[i]))
			return false;
	}
	return true;
}

/* The slot that holds an equal block, or the empty one where it belongs. */
static size_t *find_slot(const struct block_list *list, const struct block *block, uint64_t hash)
{
	size_t at = hash & (list->slot_count - 1);

	for (;; at = (at + 1) & (list->slot_count - 1)) {
		size_t *slot = &list->slots[at];

		if (*slot == EMPTY_SLOT || (list->items[*slot].hash == hash &&
					    blocks_equal(&list->items[*slot].block, block)))
			return slot;
	}
}

static bool reserve_slot(struct block_list *list)
{
	if (list->count < list->slot_count / 2)
		return true;
	if (!make_slots(list, list->slot_count * 2))
		return false;
	for (size_t i = 0; i < list->count; i++)
		*find_slot(list, &list->items[i].block, list->items[i].hash) = i;
	return true;
}

static bool add_placements(struct block_item *item, const struct block *block)
{
	size_t count = item->block.placement_count;
	struct placement *grown = array_grow(item->placements, &item->placement_capacity,
					     count + block->placement_count, sizeof(*grown));

	if (!grown)
		return false;
	memcpy(&grown[count], block->placements, block->placement_count * sizeof(*grown));
	item->placements = grown;
	item->block.placements = grown;
	item->block.placement_count += block->placement_count;
	return true;
}

static bool append_item(struct block_list *list, const struct block *block, uint64_t hash)
{
	struct block_item *grown =
		array_grow(list->items, &list->capacity, list->count + 1, sizeof(*grown));

	if (!grown)
		return false;
	list->items = grown;

	struct block_item *item = &grown[list->count];
	struct extent *extents =
		arena_alloc_array(list->arena, block->extent_count, sizeof(*extents));

	if (!extents)
		return false;
	memcpy(extents, block->extents, block->extent_count * sizeof(*extents));
	*item = (struct block_item){ .block = *block, .hash = hash };
	item->block.extents = extents;
	item->block.placement_count = 0;
	if (!add_placements(item, block))
		return false;
	list->count++;
	return true;
}

int block_list_add(struct block_list *list, const struct block *block, struct error *err)
{
	int ret = check_block(block, err);

	if (ret)
		return ret;
	if (!reserve_slot(list))
		return error_no_memory(err, "blocks");

	uint64_t hash = hash_block(list, block);
	size_t *slot = find_slot(list, block, hash);

	if (*slot != EMPTY_SLOT)
		return add_placements(&list->items[*slot], block) ? 0
								  : error_no_memory(err, "blocks");
	if (!append_item(list, block, hash))
		return error_no_memory(err, "blocks");
	*slot = list->count - 1;
	return 0;
}

bool block_list_has(const struct block_list *list, const struct block *block)
{
	return *find_slot(list, block, hash_block(list, block)) != EMPTY_SLOT;
}

size_t block_list_count(const struct block_list *list)
{
	return list->count;
}

const struct block *block_list_get(const struct block_list *list, size_t index)
{
	return &list->items[index].block;
}
