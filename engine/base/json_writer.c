#include "engine/base/json_writer.h"

#include <inttypes.h>
#include <math.h>

void json_writer_release(struct json_writer *json)
{
	text_release(&json->text);
	json->follows = false;
}

void json_writer_clear(struct json_writer *json)
{
	text_clear(&json->text);
	json->follows = false;
}

/* A surrogate pair above U+FFFF, as JSON wants it. */
static void add_code(struct text *text, uint32_t character)
{
	if (character < 0x10000) {
		text_add_format(text, "\\u%04x", character);
		return;
	}
	character -= 0x10000;
	text_add_format(text, "\\u%04x\\u%04x", 0xd800 + (character >> 10),
			0xdc00 + (character & 0x3ff));
}

/*
 * Format characters are escaped like control characters: a reader sees the same text, a terminal that shows
 * the line does not obey it.
 */
static void add_character(struct text *text, uint32_t character, struct bytes spelling)
{
	if (character == '"' || character == '\\')
		text_add_byte(text, '\\');
	if (character_is_unsafe(character))
		add_code(text, character);
	else
		text_add_bytes(text, spelling);
}

/* The character that @bytes begins with, or U+FFFD; returns how many of the bytes that is. */
static size_t add_first_character(struct text *text, struct bytes bytes)
{
	uint32_t character;
	size_t length = utf8_decode(bytes, &character);

	if (length)
		add_character(text, character, (struct bytes){ bytes.data, length });
	else
		text_add(text, "\xef\xbf\xbd");
	return length ? length : 1;
}

/* Takes back what does not fit into @most bytes. Returns how many of @bytes are written. */
static size_t add_characters(struct text *text, struct bytes bytes, size_t most)
{
	size_t start = text->length, taken = 0;

	while (taken < bytes.length && !text->failed) {
		size_t before = text->length;
		size_t length = add_first_character(
			text, (struct bytes){ bytes.data + taken, bytes.length - taken });

		if (text->length - start > most) {
			text->length = before;
			text->data[before] = '\0';
			break;
		}
		taken += length;
	}
	return taken;
}

static void add_quoted(struct text *text, struct bytes bytes, const char *suffix)
{
	text_add_byte(text, '"');
	add_characters(text, bytes, SIZE_MAX);
	text_add(text, suffix);
	text_add_byte(text, '"');
}

static void begin_value_with_suffix(struct json_writer *json, const char *name, const char *suffix)
{
	if (json->follows)
		text_add_byte(&json->text, ',');
	json->follows = true;
	if (!name)
		return;
	add_quoted(&json->text, string_bytes(name), suffix);
	text_add_byte(&json->text, ':');
}

static void begin_value(struct json_writer *json, const char *name)
{
	begin_value_with_suffix(json, name, "");
}

static void open_level(struct json_writer *json, const char *name, const char *suffix, char bracket)
{
	begin_value_with_suffix(json, name, suffix);
	text_add_byte(&json->text, bracket);
	json->follows = false;
}

static void close_level(struct json_writer *json, char bracket)
{
	text_add_byte(&json->text, bracket);
	json->follows = true;
}

void json_writer_open_object(struct json_writer *json, const char *name)
{
	open_level(json, name, "", '{');
}

void json_writer_close_object(struct json_writer *json)
{
	close_level(json, '}');
}

void json_writer_open_array(struct json_writer *json, const char *name)
{
	open_level(json, name, "", '[');
}

void json_writer_close_array(struct json_writer *json)
{
	close_level(json, ']');
}

void json_writer_bytes_as_text(struct json_writer *json, const char *name, struct bytes value)
{
	begin_value(json, name);
	add_quoted(&json->text, value, "");
}

void json_writer_string(struct json_writer *json, const char *name, const char *value)
{
	if (value)
		json_writer_bytes_as_text(json, name, string_bytes(value));
}

static void add_base64_value(struct json_writer *json, struct bytes value)
{
	text_add_byte(&json->text, '"');
	text_add_base64(&json->text, value);
	text_add_byte(&json->text, '"');
}

void json_writer_base64(struct json_writer *json, const char *name, struct bytes value)
{
	begin_value(json, name);
	add_base64_value(json, value);
}

void json_writer_text(struct json_writer *json, const char *name, const char *value)
{
	if (value)
		json_writer_text_bytes(json, name, string_bytes(value));
}

void json_writer_text_bytes(struct json_writer *json, const char *name, struct bytes bytes)
{
	size_t whole = bytes.length;

	begin_value(json, name);
	text_add_byte(&json->text, '"');
	bytes.length = add_characters(&json->text, bytes, JSON_TEXT_BYTES);
	text_add_byte(&json->text, '"');
	if (!name)
		return;
	if (!utf8_is_valid(bytes)) {
		begin_value_with_suffix(json, name, "_b64");
		add_base64_value(json, bytes);
	}
	if (bytes.length < whole) {
		begin_value_with_suffix(json, name, "_cut");
		text_add(&json->text, "true");
	}
}

void json_writer_texts(struct json_writer *json, const char *name, const char *const *values,
		       size_t count)
{
	bool valid = true;

	json_writer_open_array(json, name);
	for (size_t i = 0; i < count; i++) {
		json_writer_string(json, NULL, values[i]);
		valid = valid && utf8_is_valid(string_bytes(values[i]));
	}
	json_writer_close_array(json);
	if (valid)
		return;

	open_level(json, name, "_b64", '[');
	for (size_t i = 0; i < count; i++)
		json_writer_base64(json, NULL, string_bytes(values[i]));
	json_writer_close_array(json);
}

void json_writer_hex(struct json_writer *json, const char *name, struct bytes value)
{
	begin_value(json, name);
	text_add_byte(&json->text, '"');
	text_add_hex(&json->text, value);
	text_add_byte(&json->text, '"');
}

void json_writer_unsigned(struct json_writer *json, const char *name, uint64_t value)
{
	begin_value(json, name);
	text_add_format(&json->text, "%" PRIu64, value < INT64_MAX ? value : INT64_MAX);
}

void json_writer_integer(struct json_writer *json, const char *name, int64_t value)
{
	begin_value(json, name);
	text_add_format(&json->text, "%" PRId64, value);
}

void json_writer_boolean(struct json_writer *json, const char *name, bool value)
{
	begin_value(json, name);
	text_add(&json->text, value ? "true" : "false");
}

void json_writer_seconds(struct json_writer *json, const char *name, double value)
{
	begin_value(json, name);
	text_add_format(&json->text, "%.3f", isfinite(value) ? value : 0.0);
}

void json_writer_short_seconds(struct json_writer *json, const char *name, double value)
{
	begin_value(json, name);
	text_add_format(&json->text, "%.6f", isfinite(value) ? value : 0.0);
}

void json_writer_address(struct json_writer *json, const char *name, uint64_t value)
{
	begin_value(json, name);
	text_add_format(&json->text, "\"0x%" PRIx64 "\"", value);
}

void json_writer_address_end(struct json_writer *json, const char *name, uint64_t start,
			     uint64_t end)
{
	if (end || !start)
		json_writer_address(json, name, end);
	else
		json_writer_string(json, name, "0x10000000000000000");
}
