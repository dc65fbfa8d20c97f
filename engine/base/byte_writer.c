#include "engine/base/byte_writer.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

void byte_writer_release(struct byte_writer *writer)
{
	free(writer->data);
	*writer = (struct byte_writer){ 0 };
}

static uint8_t *make_room(struct byte_writer *writer, size_t length)
{
	uint8_t *grown;

	if (writer->failed || length > SIZE_MAX - writer->length)
		grown = NULL;
	else
		grown = array_grow(writer->data, &writer->capacity, writer->length + length, 1);
	if (!grown) {
		writer->failed = true;
		return NULL;
	}
	writer->data = grown;
	writer->length += length;
	return grown + writer->length - length;
}

void byte_writer_add(struct byte_writer *writer, const void *data, size_t length)
{
	uint8_t *room = length ? make_room(writer, length) : NULL;

	if (room)
		memcpy(room, data, length);
}

static void add_number(struct byte_writer *writer, uint64_t value, size_t bytes)
{
	uint8_t *room = make_room(writer, bytes);

	for (size_t i = 0; room && i < bytes; i++)
		room[i] = (uint8_t)(value >> (8 * i));
}

void byte_writer_add_u8(struct byte_writer *writer, uint8_t value)
{
	add_number(writer, value, 1);
}

void byte_writer_add_u32(struct byte_writer *writer, uint32_t value)
{
	add_number(writer, value, 4);
}

void byte_writer_add_u64(struct byte_writer *writer, uint64_t value)
{
	add_number(writer, value, 8);
}

void byte_writer_add_sized(struct byte_writer *writer, struct bytes bytes)
{
	byte_writer_add_u64(writer, bytes.length);
	byte_writer_add(writer, bytes.data, bytes.length);
}
