#include "scanners/criu/message.h"

#include <stdbool.h>
#include <stdlib.h>

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

int message_unpack(const ProtobufCMessageDescriptor *descriptor, struct bytes bytes,
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

void message_free(ProtobufCMessage *message)
{
	struct budget budget = { 0 };
	ProtobufCAllocator allocator = { budget_alloc, budget_free, &budget };

	if (message)
		protobuf_c_message_free_unpacked(message, &allocator);
}
