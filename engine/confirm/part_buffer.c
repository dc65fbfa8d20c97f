#include "engine/confirm/part_buffer.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/chains/narrow.h"

/* 10 MiB a worker: room for a part at every byte of a shard of usual size (1 MiB), and rarer ones. */
#define MOST_BUFFERED (5u << 18)
/* A list as large as that is not kept for the next piece. */
#define LARGE_LIST (1u << 16)
/* Given to the store under one lock. */
#define BATCH 128

static uint32_t first_set_of(const struct database *database, const struct subject *subject)
{
	return database->chains[subject->chain].first_set + subject->part * VARIANTS;
}

void part_buffer_release(struct part_buffer *buffer)
{
	for (size_t i = 0; i < buffer->list_capacity; i++)
		part_list_release(&buffer->lists[i]);
	free(buffer->lists);
	free(buffer->list_of_set);
	free(buffer->ends);
	*buffer = (struct part_buffer){ 0 };
}

/* The lists keep their memory, unless it is much. */
static void empty_lists(struct part_buffer *buffer)
{
	for (size_t i = 0; i < buffer->list_count; i++) {
		struct part_list *list = &buffer->lists[i];

		buffer->list_of_set[first_set_of(buffer->database, list->subject)] = 0;
		list->count = 0;
		list->narrowed = false;
		if (list->capacity > LARGE_LIST)
			part_list_release(list);
	}
	buffer->list_count = 0;
	buffer->count = 0;
}

void part_buffer_clear(struct part_buffer *buffer)
{
	if (!buffer->list_count)
		return;
	for (size_t i = 0; i < buffer->list_capacity; i++) {
		buffer->lists[i].count = 0;
		buffer->lists[i].narrowed = false;
	}
	if (buffer->list_of_set)
		memset(buffer->list_of_set, 0, buffer->set_capacity * sizeof(uint32_t));
	buffer->list_count = 0;
	buffer->count = 0;
	buffer->crowded = false;
}

static int reserve_set(struct part_buffer *buffer, uint32_t set, struct error *err)
{
	size_t old = buffer->set_capacity;
	uint32_t *grown;

	if (set < old)
		return 0;
	grown = array_grow(buffer->list_of_set, &buffer->set_capacity, (size_t)set + 1,
			   sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "matches of a chain's parts");
	memset(grown + old, 0, (buffer->set_capacity - old) * sizeof(*grown));
	buffer->list_of_set = grown;
	return 0;
}

static int new_list(struct part_buffer *buffer, uint32_t set, struct error *err)
{
	size_t old = buffer->list_capacity;
	struct part_list *grown = array_grow(buffer->lists, &buffer->list_capacity,
					     buffer->list_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "matches of a chain's parts");
	memset(grown + old, 0, (buffer->list_capacity - old) * sizeof(*grown));
	buffer->lists = grown;
	buffer->list_of_set[set] = (uint32_t)++buffer->list_count;
	return 0;
}

static int give_list(struct part_buffer *buffer, const struct piece *piece,
		     const struct part_list *list, struct error *err)
{
	struct part_found batch[BATCH];
	size_t count = 0;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < list->count; i++) {
		const struct part_entry *entry = &list->items[i];

		batch[count++] = (struct part_found){
			.subject = list->subject,
			.variant = entry->variant,
			.start = entry->start,
			.length = (size_t)part_entry_length(list, entry),
		};
		if (count < BATCH && i + 1 < list->count)
			continue;
		ret = chain_store_add(buffer->store, piece, batch, count, err);
		count = 0;
	}
	return ret;
}

static int give_all(struct part_buffer *buffer, const struct piece *piece, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < buffer->list_count; i++)
		ret = give_list(buffer, piece, &buffer->lists[i], err);
	empty_lists(buffer);
	return ret;
}

int part_buffer_add(struct part_buffer *buffer, const struct piece *piece,
		    const struct part_found *found, struct error *err)
{
	uint32_t set = first_set_of(buffer->database, found->subject);
	int ret = 0;

	if (buffer->count == (buffer->most ? buffer->most : MOST_BUFFERED)) {
		buffer->crowded = true;
		ret = give_all(buffer, piece, err);
	}
	if (ret == 0)
		ret = reserve_set(buffer, set, err);
	if (ret == 0 && !buffer->list_of_set[set])
		ret = new_list(buffer, set, err);
	if (ret == 0)
		ret = part_list_add(&buffer->lists[buffer->list_of_set[set] - 1], found, err);
	if (ret == 0)
		buffer->count++;
	return ret;
}

/* NULL: nothing was found of it. */
static struct part_list *list_of(const struct part_buffer *buffer, const struct chain *chain,
				 size_t part)
{
	size_t set = chain->first_set + part * VARIANTS;

	if (set >= buffer->set_capacity || !buffer->list_of_set[set])
		return NULL;
	return &buffer->lists[buffer->list_of_set[set] - 1];
}

static int narrow(struct part_buffer *buffer, const struct chain *chain, const struct piece *piece,
		  struct error *err)
{
	size_t count = chain->pattern->part_count;
	struct part_list **parts = calloc(count, sizeof(*parts));
	struct narrowing narrowing = { .pattern = chain->pattern,
				       .parts = parts,
				       .piece = piece,
				       .ends = buffer->ends,
				       .end_capacity = buffer->end_capacity };
	int ret;

	if (!parts)
		return error_no_memory(err, "the parts of a chain");
	for (size_t part = 0; part < count; part++) {
		parts[part] = list_of(buffer, chain, part);
		if (!parts[part])
			continue;
		parts[part]->narrowed = true;
		part_list_sort(parts[part]);
	}
	ret = narrow_chain(&narrowing, err);
	if (narrowing.end_capacity > LARGE_LIST) {
		free(narrowing.ends);
		narrowing.ends = NULL;
		narrowing.end_capacity = 0;
	}
	buffer->ends = narrowing.ends;
	buffer->end_capacity = narrowing.end_capacity;
	free(parts);
	return ret;
}

int part_buffer_flush(struct part_buffer *buffer, const struct piece *piece, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && !buffer->crowded && i < buffer->list_count; i++) {
		const struct part_list *list = &buffer->lists[i];

		if (!list->narrowed)
			ret = narrow(buffer, &buffer->database->chains[list->subject->chain], piece,
				     err);
	}
	if (ret == 0)
		ret = give_all(buffer, piece, err);
	buffer->crowded = false;
	return ret;
}
