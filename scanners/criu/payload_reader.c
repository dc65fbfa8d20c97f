#include "scanners/criu/payload_reader.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/criu/message.h"

#define COMMON_MAGIC 0x54564319u
/* A terminal's entry holds 16 KiB, a datagram's the ids of the files that are sent with it. */
#define LONGEST_ENTRY (1u << 20)
/* Far more than kernels let wait; an entry takes five bytes at least, so that long images of nothing would cost hours. */
#define MOST_ENTRIES 1000000

static const uint32_t magics[PAYLOAD_KINDS] = {
	[PAYLOAD_PIPES] = 0x56453709,	  [PAYLOAD_FIFOS] = 0x59333054,
	[PAYLOAD_SOCKETS] = 0x56264026,	  [PAYLOAD_TCP] = 0x51465506,
	[PAYLOAD_TERMINALS] = 0x59413026, [PAYLOAD_MESSAGES] = 0x55453737,
	[PAYLOAD_SEGMENTS] = 0x46283044,  [PAYLOAD_BPF_MAPS] = 0x64324033,
	[PAYLOAD_GHOST] = 0x52583605,
};

int payload_warn(struct warning_list *warnings, const struct payload *payload,
		 enum warning_code code, uint64_t offset, uint64_t length, const char *what,
		 struct error *err)
{
	struct warning warning = {
		.code = code,
		.file = payload->name,
		.has_range = length > 0,
		.offset = offset,
		.length = length,
		.bytes = length,
	};

	if (warnings && warning_list_add(warnings, &warning, "%s: %s", payload->name, what) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

uint64_t payload_reader_left(const struct payload_reader *reader)
{
	return reader->payload->bytes.length - reader->position;
}

static int warn_rest(struct payload_reader *reader, enum warning_code code, const char *what,
		     struct error *err)
{
	reader->damaged = true;
	return payload_warn(reader->warnings, reader->payload, code, reader->position,
			    payload_reader_left(reader), what, err);
}

/* *@got is less than @length at the end of the image, or where it cannot be read, which is told. */
static int read_at(struct payload_reader *reader, void *buffer, size_t length, size_t *got,
		   struct error *err)
{
	const struct stored_bytes *bytes = &reader->payload->bytes;
	uint64_t left = payload_reader_left(reader);
	struct error problem = { 0 };
	int ret;

	*got = 0;
	if (length > left)
		length = (size_t)left;
	ret = file_table_read(reader->files, bytes->file, bytes->offset + reader->position, buffer,
			      length, got, &problem);
	if (ret == 0)
		return 0;
	*got = 0;
	if (ret == ERROR_MEMORY)
		return error_no_memory(err, "an image");
	return warn_rest(reader, WARNING_READ_ERROR, problem.message, err);
}

static uint32_t word(const uint8_t *bytes, bool swapped)
{
	uint32_t value = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
			 (uint32_t)bytes[3] << 24;

	return swapped ? __builtin_bswap32(value) : value;
}

/* How many bytes the magics take; 0: they are not those of @magic. */
static uint64_t magic_bytes(const uint8_t *head, size_t length, uint32_t magic, bool swapped)
{
	if (length >= 4 && word(head, swapped) == magic)
		return 4;
	if (length == 8 && word(head, swapped) == COMMON_MAGIC && word(head + 4, swapped) == magic)
		return 8;
	return 0;
}

int payload_reader_open(struct payload_reader *out, const struct payload *payload,
			const struct file_table *files, struct warning_list *warnings, bool *good,
			struct error *err)
{
	uint32_t magic = magics[payload->kind];
	uint8_t head[8];
	size_t got;
	int ret;

	*out = (struct payload_reader){ .payload = payload, .files = files, .warnings = warnings };
	*good = false;
	ret = read_at(out, head, sizeof(head), &got, err);
	if (ret)
		return ret;
	out->position = magic_bytes(head, got, magic, false);
	out->swapped = !out->position && magic_bytes(head, got, magic, true);
	if (out->swapped)
		out->position = magic_bytes(head, got, magic, true);
	if (!out->position)
		return warn_rest(out, got < 8 ? WARNING_TRUNCATED : WARNING_CORRUPT,
				 "does not start like an image of this name", err);
	*good = true;
	return 0;
}

void payload_reader_close(struct payload_reader *reader)
{
	free(reader->entry);
	reader->entry = NULL;
}

static int read_entry(struct payload_reader *reader, bool *good, struct error *err)
{
	uint8_t *grown, length_bytes[4];
	size_t got;
	uint32_t length;
	int ret = read_at(reader, length_bytes, sizeof(length_bytes), &got, err);

	*good = false;
	if (ret || (!got && !payload_reader_left(reader)))
		return ret;
	if (got < sizeof(length_bytes))
		return warn_rest(reader, WARNING_TRUNCATED, "ends within the length of an entry",
				 err);
	length = word(length_bytes, reader->swapped);
	if (length > LONGEST_ENTRY)
		return warn_rest(reader, WARNING_CORRUPT, "an entry is longer than any can be",
				 err);
	if (length > payload_reader_left(reader) - sizeof(length_bytes))
		return warn_rest(reader, WARNING_TRUNCATED, "ends within an entry", err);
	grown = array_grow(reader->entry, &reader->entry_capacity, (size_t)length + 1, 1);
	if (!grown)
		return error_no_memory(err, "an entry of an image");
	reader->entry = grown;
	reader->entry_length = length;
	reader->position += sizeof(length_bytes);
	ret = read_at(reader, reader->entry, length, &got, err);
	*good = !ret && got == length;
	reader->position += length;
	return ret;
}

int payload_reader_next(struct payload_reader *reader, const ProtobufCMessageDescriptor *descriptor,
			ProtobufCMessage **out, struct error *err)
{
	uint64_t start = reader->position;
	bool good;
	int ret;

	*out = NULL;
	if (!payload_reader_left(reader))
		return 0;
	if (++reader->entries > MOST_ENTRIES)
		return warn_rest(reader, WARNING_LIMIT, "more than a million entries", err);
	ret = read_entry(reader, &good, err);
	if (ret || !good)
		return ret;
	ret = message_unpack(descriptor, (struct bytes){ reader->entry, reader->entry_length }, out,
			     err);
	if (ret || *out)
		return ret;
	reader->position = start;
	return warn_rest(reader, WARNING_CORRUPT, "an entry cannot be decoded", err);
}

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* Leaves in @out what a field of bytes holds, nothing of another. */
static bool take_value(struct bytes_reader *reader, enum wire wire, struct bytes *out)
{
	struct bytes skipped;
	uint64_t number;

	*out = (struct bytes){ 0 };
	switch (wire) {
	case WIRE_VARINT:
		return bytes_take_varint(reader, &number);
	case WIRE_FIXED64:
		return bytes_take(reader, 8, &skipped);
	case WIRE_FIXED32:
		return bytes_take(reader, 4, &skipped);
	case WIRE_BYTES:
		return bytes_take_varint(reader, &number) && number <= reader->rest.length &&
		       bytes_take(reader, (size_t)number, out);
	}
	return false;
}

/* The decoder copies what it finds; where it stands must be looked for. The last of equal fields counts, as there. */
struct stored_bytes payload_reader_field(const struct payload_reader *reader, uint32_t field)
{
	const struct stored_bytes *image = &reader->payload->bytes;
	uint64_t start = image->offset + reader->position - reader->entry_length;
	struct bytes_reader at = bytes_reader_at(reader->entry, reader->entry_length);
	struct stored_bytes found = { .file = image->file };
	struct bytes value;
	uint64_t tag;

	while (at.rest.length && bytes_take_varint(&at, &tag) &&
	       take_value(&at, (enum wire)(tag & 7), &value)) {
		if (tag >> 3 != field || (tag & 7) != WIRE_BYTES)
			continue;
		found.offset = start + (at.position - value.length);
		found.length = value.length;
	}
	return found;
}

struct stored_bytes payload_reader_take(struct payload_reader *reader, uint64_t length,
					uint64_t *short_of)
{
	const struct stored_bytes *image = &reader->payload->bytes;
	uint64_t left = payload_reader_left(reader);
	struct stored_bytes taken = {
		.offset = image->offset + reader->position,
		.length = length < left ? length : left,
		.file = image->file,
	};

	reader->position += taken.length;
	*short_of = length - taken.length;
	return taken;
}
