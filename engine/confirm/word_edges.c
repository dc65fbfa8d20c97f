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

bool word_begins_at(const struct bytes *text, size_t start, bool wide)
{
	if (wide)
		return start < 2 || !is_word_unit(text->data + start - 2);
	return start < 1 || !is_word_byte(text->data[start - 1]);
}

static bool word_ends_at(const struct bytes *text, size_t end, bool wide)
{
	if (wide)
		return text->length - end < 2 || !is_word_unit(text->data + end);
	return end >= text->length || !is_word_byte(text->data[end]);
}

bool word_edges_hold(const struct bytes *text, size_t start, size_t length, bool wide)
{
	return word_begins_at(text, start, wide) && word_ends_at(text, start + length, wide);
}
