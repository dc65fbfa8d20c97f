#include "rules/compiled/saved_text.h"

#include <string.h>

void saved_text_add(struct byte_writer *out, struct bytes text)
{
	if (text.length > UINT32_MAX) {
		out->failed = true;
		return;
	}
	byte_writer_add_u32(out, (uint32_t)text.length);
	byte_writer_add(out, text.data, text.length);
	byte_writer_add_u8(out, 0);
}

void saved_name_add(struct byte_writer *out, const char *name)
{
	saved_text_add(out, (struct bytes){ (const uint8_t *)name, strlen(name) });
}

bool saved_text_take(struct bytes_reader *in, struct bytes *out)
{
	uint32_t length;
	uint8_t end;

	return bytes_take_u32(in, &length) && bytes_take(in, length, out) &&
	       bytes_take_u8(in, &end) && end == 0;
}

bool saved_name_take(struct bytes_reader *in, const char **out)
{
	struct bytes text;

	if (!saved_text_take(in, &text) || memchr(text.data, 0, text.length))
		return false;
	*out = (const char *)text.data;
	return true;
}

bool saved_count_take(struct bytes_reader *in, size_t bytes, size_t *out)
{
	uint32_t count;

	if (!bytes_take_u32(in, &count) || count > in->rest.length / bytes)
		return false;
	*out = count;
	return true;
}

bool saved_bool_take(struct bytes_reader *in, bool *out)
{
	unsigned int value;

	if (!saved_choice_take(in, 1, &value))
		return false;
	*out = value;
	return true;
}

bool saved_i64_take(struct bytes_reader *in, int64_t *out)
{
	uint64_t value;

	if (!bytes_take_u64(in, &value))
		return false;
	*out = (int64_t)value;
	return true;
}

bool saved_choice_take(struct bytes_reader *in, unsigned int most, unsigned int *out)
{
	uint8_t value;

	if (!bytes_take_u8(in, &value) || value > most)
		return false;
	*out = value;
	return true;
}
