#include "scanners/criu/queue_parts.h"

#include <stdlib.h>

#include "engine/base/array.h"

int queue_parts_add(struct queue_parts *parts, const struct queue_part *part, struct error *err)
{
	struct queue_part *grown;

	if (!part->bytes.length && !part->missing)
		return 0;
	grown = array_grow(parts->items, &parts->capacity, parts->count + 1, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "bytes of queues");
	parts->items = grown;
	grown[parts->count] = *part;
	grown[parts->count].order = parts->count;
	parts->count++;
	return 0;
}

static int compare_parts(const void *left_item, const void *right_item)
{
	const struct queue_part *left = left_item, *right = right_item;
	int order = (left->queue > right->queue) - (left->queue < right->queue);

	return order ? order : (left->order > right->order) - (left->order < right->order);
}

void queue_parts_sort(struct queue_parts *parts)
{
	if (parts->count)
		qsort(parts->items, parts->count, sizeof(*parts->items), compare_parts);
}

size_t queue_parts_write(const struct queue_parts *parts, size_t first,
			 struct content_writer *writer)
{
	size_t at = first;

	for (; at < parts->count && parts->items[at].queue == parts->items[first].queue; at++) {
		const struct queue_part *part = &parts->items[at];

		if (part->apart)
			content_writer_part(writer);
		content_writer_add_stored(writer, part->bytes);
		content_writer_add(writer, PIECE_LOST, part->missing);
		if (part->apart)
			content_writer_part(writer);
	}
	return at;
}

void queue_parts_release(struct queue_parts *parts)
{
	free(parts->items);
	*parts = (struct queue_parts){ 0 };
}
