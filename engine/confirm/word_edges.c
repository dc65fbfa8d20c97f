#include "engine/confirm/word_edges.h"

#include "engine/expression/byte_set.h"

static bool is_word_byte(uint8_t byte)
{
	return byte_is_letter(byte) || byte_is_digit(byte);
}

static bool is_word_unit(const uint8_t *unit)
{
	return unit[1] == 0 && is_word_byte(unit[0]);
}

static bool wide_edges_hold(const struct bytes *text, size_t start, size_t end)
{
	if (start >= 2 && is_word_unit(text->data + start - 2))
		return false;
	return text->length - end < 2 || !is_word_unit(text->data + end);
}

bool word_edges_hold(const struct bytes *text, size_t start, size_t length, bool wide)
{
	size_t end = start + length;

	if (wide)
		return wide_edges_hold(text, start, end);
	if (start >= 1 && is_word_byte(text->data[start - 1]))
		return false;
	return end >= text->length || !is_word_byte(text->data[end]);
}
