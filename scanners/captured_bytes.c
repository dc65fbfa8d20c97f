#include "scanners/captured_bytes.h"

#include <stdbool.h>
#include <string.h>

#include "scanners/criu/image_set.h"

/*
 *	pipes-data.img	| magics | u32 length | entry | its bytes | u32 length | entry | ...
 *	ghost-file-1.img	| magics | u32 length | entry | bytes up to the end
 *	ghost-file-1.img	| magics | u32 length | entry | u32 length | chunk | its bytes | ...
 */
#define MAGIC_BYTES 8
#define FIELD_QUEUE_BYTES 2
#define FIELD_CHUNK_BYTES 1
#define FIELD_GHOST_CHUNKS 9

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* What engines and CRIU write beside the images about the dump itself. */
static bool is_about_the_dump(const char *base)
{
	static const char *const names[] = { "dump.log",       "restore.log", "deleted.files",
					     "network.status", "bind.mounts", "pre-dump.log",
					     "status" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(base, names[i]) == 0)
			return true;
	return false;
}

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

enum captured_kind captured_kind_of(const char *base)
{
	if (strcmp(base, "pipes-data.img") == 0 || strcmp(base, "fifo-data.img") == 0 ||
	    strcmp(base, "sk-queues.img") == 0)
		return CAPTURED_QUEUES;
	if (starts_with(base, "ghost-file-"))
		return CAPTURED_GHOST;
	if (starts_with(base, "tmpfs-"))
		return CAPTURED_WHOLE;
	return image_is_known(base) || is_about_the_dump(base) ? CAPTURED_NOTHING : CAPTURED_WHOLE;
}

static bool take_varint(struct bytes_reader *reader, uint64_t *out)
{
	struct bytes byte;

	*out = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (!bytes_take(reader, 1, &byte))
			return false;
		*out |= (uint64_t)(byte.data[0] & 0x7f) << shift;
		if (!(byte.data[0] & 0x80))
			return true;
	}
	return false;
}

static bool skip_field(struct bytes_reader *reader, enum wire wire)
{
	struct bytes skipped;
	uint64_t length;

	switch (wire) {
	case WIRE_VARINT:
		return take_varint(reader, &length);
	case WIRE_FIXED64:
		return bytes_take(reader, 8, &skipped);
	case WIRE_FIXED32:
		return bytes_take(reader, 4, &skipped);
	case WIRE_BYTES:
		return take_varint(reader, &length) && length <= reader->rest.length &&
		       bytes_take(reader, (size_t)length, &skipped);
	}
	return false;
}

/* A number of a message; 0 where it is not there, or behind damage. */
static uint64_t number_of(struct bytes message, uint32_t field)
{
	struct bytes_reader reader = bytes_reader_at(message.data, message.length);
	uint64_t tag, value, found = 0;

	while (reader.rest.length && take_varint(&reader, &tag)) {
		enum wire wire = (enum wire)(tag & 7);

		if (tag >> 3 != field || wire != WIRE_VARINT) {
			if (!skip_field(&reader, wire))
				break;
			continue;
		}
		if (!take_varint(&reader, &value))
			break;
		found = value;
	}
	return found;
}

static bool take_entry(struct bytes_reader *reader, struct bytes *out)
{
	struct bytes_reader ahead = *reader;
	uint32_t length;

	if (!bytes_take_u32(&ahead, &length) || !bytes_take(&ahead, length, out))
		return false;
	*reader = ahead;
	return true;
}

/* Entries, each followed by as many bytes as its field says. */
static uint64_t count_entries(struct bytes_reader *reader, uint32_t field)
{
	struct bytes entry, content;
	uint64_t bytes = 0;

	while (take_entry(reader, &entry)) {
		uint64_t length = number_of(entry, field);

		if (length > reader->rest.length)
			break;
		bytes_take(reader, (size_t)length, &content);
		bytes += length;
	}
	return bytes + reader->rest.length;
}

uint64_t captured_bytes(enum captured_kind kind, struct bytes image)
{
	struct bytes_reader reader = bytes_reader_at(image.data, image.length);
	struct bytes magics, ghost;

	if (kind == CAPTURED_NOTHING)
		return 0;
	if (kind == CAPTURED_WHOLE || !bytes_take(&reader, MAGIC_BYTES, &magics))
		return image.length;
	if (kind == CAPTURED_QUEUES)
		return count_entries(&reader, FIELD_QUEUE_BYTES);
	if (take_entry(&reader, &ghost) && number_of(ghost, FIELD_GHOST_CHUNKS))
		return count_entries(&reader, FIELD_CHUNK_BYTES);
	return reader.rest.length;
}
