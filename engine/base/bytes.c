#include "engine/base/bytes.h"

#include <string.h>

static bool take_little_endian(struct bytes_reader *reader, size_t length, uint64_t *out)
{
	struct bytes raw;

	if (!bytes_take(reader, length, &raw))
		return false;
	*out = 0;
	for (size_t i = length; i > 0; i--)
		*out = *out << 8 | raw.data[i - 1];
	return true;
}

bool bytes_take_u8(struct bytes_reader *reader, uint8_t *out)
{
	struct bytes raw;

	if (!bytes_take(reader, 1, &raw))
		return false;
	*out = raw.data[0];
	return true;
}

bool bytes_take_u16(struct bytes_reader *reader, uint16_t *out)
{
	uint64_t value;

	if (!take_little_endian(reader, sizeof(*out), &value))
		return false;
	*out = (uint16_t)value;
	return true;
}

bool bytes_take_u32(struct bytes_reader *reader, uint32_t *out)
{
	uint64_t value;

	if (!take_little_endian(reader, sizeof(*out), &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

bool bytes_take_u64(struct bytes_reader *reader, uint64_t *out)
{
	return take_little_endian(reader, sizeof(*out), out);
}

bool bytes_take_varint(struct bytes_reader *reader, uint64_t *out)
{
	struct bytes_reader ahead = *reader;
	uint64_t value = 0;
	uint8_t byte;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (!bytes_take_u8(&ahead, &byte))
			return false;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		*reader = ahead;
		*out = value;
		return true;
	}
	return false;
}

bool bytes_equal(struct bytes left, struct bytes right)
{
	return left.length == right.length &&
	       (left.length == 0 || memcmp(left.data, right.data, left.length) == 0);
}
