#include "engine/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/columns.h"

static const char hex_digits[] = "0123456789abcdef";

/*
 * Unicode's Cc, Cf, Zl, Zp and Default_Ignorable_Code_Point above U+007F, ascending: what has no shape of its
 * own. Two names that differ in these alone would look the same.
 */
static const struct {
	uint32_t first, last;
} unsafe_ranges[] = {
	{ 0x80, 0x9f },	      { 0xad, 0xad },	    { 0x34f, 0x34f },	  { 0x600, 0x605 },
	{ 0x61c, 0x61c },     { 0x6dd, 0x6dd },	    { 0x70f, 0x70f },	  { 0x890, 0x891 },
	{ 0x8e2, 0x8e2 },     { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },	  { 0x180b, 0x180f },
	{ 0x200b, 0x200f },   { 0x2028, 0x202e },   { 0x2060, 0x206f },	  { 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },	  { 0xfff0, 0xfffb },
	{ 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

void text_release(struct text *text)
{
	free(text->data);
	*text = (struct text){ 0 };
}

void text_clear(struct text *text)
{
	text->length = 0;
	text->failed = false;
	if (text->data)
		text->data[0] = '\0';
}

/* Room for @more bytes and the zero byte behind them. */
static bool reserve(struct text *text, size_t more)
{
	if (text->failed)
		return false;
	if (text->data && more < text->capacity - text->length)
		return true;

	char *grown = NULL;

	if (more < SIZE_MAX - text->length)
		grown = array_grow(text->data, &text->capacity, text->length + more + 1, 1);
	if (!grown) {
		text->failed = true;
		return false;
	}
	text->data = grown;
	return true;
}

void text_add_bytes(struct text *text, struct bytes bytes)
{
	if (!reserve(text, bytes.length))
		return;
	if (bytes.length)
		memcpy(text->data + text->length, bytes.data, bytes.length);
	text->length += bytes.length;
	text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string_bytes(string));
}

void text_add_byte(struct text *text, char byte)
{
	text_add_bytes(text, (struct bytes){ (const uint8_t *)&byte, 1 });
}

void text_add_format(struct text *text, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);

	if (length < 0) {
		text->failed = true;
		return;
	}
	if (!reserve(text, (size_t)length))
		return;

	va_start(arguments, format);
	vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
	va_end(arguments);
	text->length += (size_t)length;
}

void text_pad(struct text *text, size_t from, size_t column)
{
	struct bytes padded = { 0 };
	size_t columns;

	if (text->failed || text->length < from)
		return;
	if (text->length > from)
		padded = (struct bytes){ (const uint8_t *)text->data + from, text->length - from };
	columns = columns_of(padded);
	for (; columns < column && !text->failed; columns++)
		text_add_byte(text, ' ');
}

size_t utf8_decode(struct bytes bytes, uint32_t *out)
{
	/* Below these a sequence of that length is not the shortest: one character, one spelling. */
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (!bytes.length)
		return 0;

	uint8_t first = bytes.data[0];
	size_t length = first < 0x80   ? 1
			: first < 0xc2 ? 0
			: first < 0xe0 ? 2
			: first < 0xf0 ? 3
			: first < 0xf5 ? 4
				       : 0;

	if (!length || length > bytes.length)
		return 0;

	uint32_t character = length == 1 ? first : first & (0x7fu >> length);

	for (size_t i = 1; i < length; i++) {
		if ((bytes.data[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (bytes.data[i] & 0x3f);
	}
	if (character < lowest[length] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*out = character;
	return length;
}

static struct bytes skip(struct bytes bytes, size_t length)
{
	return (struct bytes){ bytes.data + length, bytes.length - length };
}

bool utf8_is_valid(struct bytes bytes)
{
	while (bytes.length) {
		uint32_t character;
		size_t length = utf8_decode(bytes, &character);

		if (!length)
			return false;
		bytes = skip(bytes, length);
	}
	return true;
}

bool character_is_unsafe(uint32_t character)
{
	if (character < 0x7f)
		return character < 0x20;
	if (character == 0x7f)
		return true;
	for (size_t i = 0; i < sizeof(unsafe_ranges) / sizeof(unsafe_ranges[0]); i++) {
		if (character < unsafe_ranges[i].first)
			return false;
		if (character <= unsafe_ranges[i].last)
			return true;
	}
	return false;
}

static void add_hex_byte(struct text *text, uint8_t byte)
{
	const char digits[] = { '\\', 'x', hex_digits[byte >> 4], hex_digits[byte & 15] };

	text_add_bytes(text, (struct bytes){ (const uint8_t *)digits, sizeof(digits) });
}

/* Whether @byte has a short name after a backslash. */
static bool add_named_escape(struct text *text, uint32_t byte)
{
	static const char names[][2] = { "\nn", "\rr", "\tt", "\\\\" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (byte != (uint8_t)names[i][0])
			continue;
		text_add_byte(text, '\\');
		text_add_byte(text, names[i][1]);
		return true;
	}
	return false;
}

static void add_escaped_character(struct text *text, uint32_t character, struct bytes spelling)
{
	if (add_named_escape(text, character))
		return;
	if (!character_is_unsafe(character))
		text_add_bytes(text, spelling);
	else if (character < 0x80)
		add_hex_byte(text, (uint8_t)character);
	else if (character < 0x10000)
		text_add_format(text, "\\u%04x", character);
	else
		text_add_format(text, "\\U%08x", character);
}

void text_add_escaped(struct text *text, struct bytes bytes)
{
	while (bytes.length && !text->failed) {
		uint32_t character;
		size_t length = utf8_decode(bytes, &character);

		if (length)
			add_escaped_character(text, character,
					      (struct bytes){ bytes.data, length });
		else
			add_hex_byte(text, bytes.data[0]);
		bytes = skip(bytes, length ? length : 1);
	}
}

void text_add_escaped_string(struct text *text, const char *string)
{
	text_add_escaped(text, string_bytes(string));
}

/* Where to cut @bytes so that no character of UTF-8 is parted. */
static size_t whole_characters(struct bytes bytes, size_t most)
{
	size_t cut = most;

	while (cut && most - cut < 3 && (bytes.data[cut] & 0xc0) == 0x80)
		cut--;
	return (bytes.data[cut] & 0xc0) == 0x80 ? most : cut;
}

void text_add_escaped_start(struct text *text, const char *string, size_t most)
{
	struct bytes bytes = string_bytes(string);
	size_t shown = bytes.length > most ? whole_characters(bytes, most) : bytes.length;

	text_add_escaped(text, (struct bytes){ bytes.data, shown });
	if (shown < bytes.length)
		text_add(text, "...");
}

void text_add_escaped_memory(struct text *text, struct bytes bytes)
{
	for (size_t i = 0; i < bytes.length && !text->failed; i++) {
		uint8_t byte = bytes.data[i];

		if (add_named_escape(text, byte))
			continue;
		if (byte < 0x20 || byte > 0x7e)
			add_hex_byte(text, byte);
		else
			text_add_byte(text, (char)byte);
	}
}

void text_add_hex(struct text *text, struct bytes bytes)
{
	for (size_t i = 0; i < bytes.length && !text->failed; i++) {
		text_add_byte(text, hex_digits[bytes.data[i] >> 4]);
		text_add_byte(text, hex_digits[bytes.data[i] & 15]);
	}
}

/* One to three bytes become four characters. */
static void add_base64_group(struct text *text, const uint8_t *bytes, size_t count)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t group = (uint32_t)bytes[0] << 16;

	if (count > 1)
		group |= (uint32_t)bytes[1] << 8;
	if (count > 2)
		group |= bytes[2];

	const char out[] = { digits[group >> 18], digits[group >> 12 & 63],
			     count > 1 ? digits[group >> 6 & 63] : '=',
			     count > 2 ? digits[group & 63] : '=' };

	text_add_bytes(text, (struct bytes){ (const uint8_t *)out, sizeof(out) });
}

void text_add_base64(struct text *text, struct bytes bytes)
{
	for (size_t i = 0; i < bytes.length && !text->failed; i += 3)
		add_base64_group(text, bytes.data + i, bytes.length - i < 3 ? bytes.length - i : 3);
}

void text_add_utf8(struct text *text, struct bytes bytes)
{
	while (bytes.length && !text->failed) {
		uint32_t character;
		size_t length = utf8_decode(bytes, &character);

		if (length)
			text_add_bytes(text, (struct bytes){ bytes.data, length });
		else
			text_add(text, "\xef\xbf\xbd");
		bytes = skip(bytes, length ? length : 1);
	}
}

struct bytes string_bytes(const char *string)
{
	return (struct bytes){ (const uint8_t *)string, string ? strlen(string) : 0 };
}

bool string_starts_with(const char *string, const char *start)
{
	return strncmp(string, start, strlen(start)) == 0;
}

bool string_ends_with(const char *string, const char *end)
{
	size_t length = strlen(string), end_length = strlen(end);

	return length >= end_length && strcmp(string + length - end_length, end) == 0;
}
