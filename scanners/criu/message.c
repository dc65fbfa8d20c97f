#include "scanners/criu/message.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * The decoder keeps a record of 40 bytes for every field on the wire, in slabs that double, and a packed
 * thread id takes 2 bytes there: real images stay below 60 times their length.
 */
#define MEMORY_PER_BYTE 128u
#define MEMORY_AT_LEAST (1u << 20)
#define MEMORY_AT_MOST (1u << 28)

struct budget {
	size_t left;
	bool no_memory;
};

/* Freed memory is not given back to the budget: it would take a header in front of each allocation. */
static void *budget_alloc(void *context, size_t bytes)
{
	struct budget *budget = context;

	if (bytes > budget->left)
		return NULL;
	budget->left -= bytes;

	void *memory = malloc(bytes ? bytes : 1);

	if (!memory)
		budget->no_memory = true;
	return memory;
}

static void budget_free(void *context, void *memory)
{
	(void)context;
	free(memory);
}

static size_t memory_for(size_t length)
{
	if (length > (MEMORY_AT_MOST - MEMORY_AT_LEAST) / MEMORY_PER_BYTE)
		return MEMORY_AT_MOST;
	return MEMORY_AT_LEAST + length * MEMORY_PER_BYTE;
}

static int unpack(const ProtobufCMessageDescriptor *descriptor, struct bytes bytes,
		  ProtobufCMessage **out, struct error *err)
{
	static const uint8_t nothing[1];
	struct budget budget = { .left = memory_for(bytes.length) };
	ProtobufCAllocator allocator = { budget_alloc, budget_free, &budget };
	ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, &allocator, bytes.length,
							      bytes.length ? bytes.data : nothing);

	if (!message && budget.no_memory)
		return error_no_memory(err, "an image's message");
	*out = message;
	return 0;
}

enum wire_type { WIRE_VARINT, WIRE_64, WIRE_LENGTH, WIRE_GROUP, WIRE_GROUP_END, WIRE_32 };

static bool skip_value(struct bytes_reader *reader, enum wire_type type)
{
	struct bytes skipped;
	uint64_t number;

	switch (type) {
	case WIRE_VARINT:
		return bytes_take_varint(reader, &number);
	case WIRE_64:
		return bytes_take(reader, 8, &skipped);
	case WIRE_32:
		return bytes_take(reader, 4, &skipped);
	case WIRE_LENGTH:
		return bytes_take_varint(reader, &number) && number <= reader->rest.length &&
		       bytes_take(reader, (size_t)number, &skipped);
	default:
		return type == WIRE_GROUP || type == WIRE_GROUP_END;
	}
}

/* Copies @bytes without groups, which are long obsolete and which the decoder does not know. */
static bool drop_groups(struct bytes bytes, uint8_t *out, size_t *length)
{
	struct bytes_reader reader = bytes_reader_at(bytes.data, bytes.length);
	size_t depth = 0;

	*length = 0;
	while (reader.rest.length) {
		const uint8_t *start = reader.rest.data;
		uint64_t tag;

		if (!bytes_take_varint(&reader, &tag) ||
		    !skip_value(&reader, (enum wire_type)(tag & 7)) ||
		    ((tag & 7) == WIRE_GROUP_END && !depth))
			return false;
		if ((tag & 7) == WIRE_GROUP) {
			depth++;
		} else if ((tag & 7) == WIRE_GROUP_END) {
			depth--;
		} else if (!depth) {
			size_t field = (size_t)(reader.rest.data - start);

			memcpy(out + *length, start, field);
			*length += field;
		}
	}
	return !depth && *length < bytes.length;
}

static int unpack_without_groups(const ProtobufCMessageDescriptor *descriptor, struct bytes bytes,
				 ProtobufCMessage **out, struct error *err)
{
	uint8_t *copy = malloc(bytes.length + 1);
	size_t length;
	int ret = 0;

	*out = NULL;
	if (!copy)
		return error_no_memory(err, "an image's message");
	if (drop_groups(bytes, copy, &length))
		ret = unpack(descriptor, (struct bytes){ copy, length }, out, err);
	free(copy);
	return ret;
}

int message_unpack(const ProtobufCMessageDescriptor *descriptor, struct bytes bytes,
		   ProtobufCMessage **out, struct error *err)
{
	ProtobufCMessage *message = NULL;
	int ret = unpack(descriptor, bytes, &message, err);

	if (!ret && !message && bytes.length)
		ret = unpack_without_groups(descriptor, bytes, &message, err);
	if (!ret)
		*out = message;
	return ret;
}

void message_free(ProtobufCMessage *message)
{
	struct budget budget = { 0 };
	ProtobufCAllocator allocator = { budget_alloc, budget_free, &budget };

	if (message)
		protobuf_c_message_free_unpacked(message, &allocator);
}
