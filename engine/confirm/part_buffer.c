#include "engine/confirm/part_buffer.h"

int part_buffer_flush(struct part_buffer *buffer, const struct piece *piece, struct error *err)
{
	size_t count = buffer->count;

	buffer->count = 0;
	return count ? chain_store_add(buffer->store, piece, buffer->items, count, err) : 0;
}

int part_buffer_add(struct part_buffer *buffer, const struct piece *piece,
		    const struct part_found *found, struct error *err)
{
	buffer->items[buffer->count++] = *found;
	return buffer->count < PARTS_BUFFERED ? 0 : part_buffer_flush(buffer, piece, err);
}
