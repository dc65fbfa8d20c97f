#include <string.h>

#include "scanners/oci/container_image.h"

/*
 * The message is a protobuf Any:
 *
 *	field 1, string   type_url   "types.containerd.io/opencontainers/runtime-spec/1/Spec"
 *	field 2, bytes    value      the specification as JSON
 *
 * Two fields need no generated decoder, and none would lend the value.
 */
#define FIELD_VALUE 2

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

static bool take_field(struct bytes_reader *reader, uint64_t *number, struct bytes *value)
{
	uint64_t tag, length = 0;

	if (!bytes_take_varint(reader, &tag))
		return false;
	*number = tag >> 3;
	*value = (struct bytes){ 0 };
	switch (tag & 7) {
	case WIRE_VARINT:
		return bytes_take_varint(reader, &length);
	case WIRE_64:
		return bytes_take(reader, 8, value);
	case WIRE_32:
		return bytes_take(reader, 4, value);
	case WIRE_BYTES:
		return bytes_take_varint(reader, &length) && length <= reader->rest.length &&
		       bytes_take(reader, (size_t)length, value);
	default:
		return false;
	}
}

bool container_image_spec(struct bytes message, struct bytes *json)
{
	struct bytes_reader reader = bytes_reader_at(message.data, message.length);
	struct bytes value, found = { 0 };
	uint64_t number;

	while (reader.rest.length > 0) {
		if (!take_field(&reader, &number, &value))
			return false;
		if (number == FIELD_VALUE)
			found = value;
	}
	if (found.length == 0 || found.data[0] != '{')
		return false;
	*json = found;
	return true;
}
