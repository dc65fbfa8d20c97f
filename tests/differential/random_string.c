#include "tests/differential/random_string.h"

#include <stdbool.h>
#include <stdlib.h>

static const char letters[] = "abABc1_ \n";

/* A string while it is written. */
struct writer {
	struct random_source *random;
	struct text *out, *sample;
	bool fixed_length; /* the regex has one length */
	bool lazy; /* its repeats */
	bool after_any; /* `.` was just written */
	bool chains; /* gaps may be long */
};

static uint32_t below(struct writer *writer, uint32_t limit)
{
	return random_below(writer->random, limit);
}

static bool one_in(struct writer *writer, uint32_t count)
{
	return below(writer, count) == 0;
}

static char letter(struct writer *writer)
{
	return letters[below(writer, sizeof(letters) - 1)];
}

/* Text strings. */

static void write_text_byte(struct writer *writer)
{
	uint8_t byte = one_in(writer, 8) ? (uint8_t)below(writer, 256) : (uint8_t)letter(writer);

	text_add_byte(writer->sample, (char)byte);
	if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\' || one_in(writer, 10))
		text_add_format(writer->out, "\\x%02x", byte);
	else
		text_add_byte(writer->out, (char)byte);
}

/* Base64 text as it stands in files: @sample's bytes become those of the encoded form. */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The alphabet begins at @turn. */
static char base64_character(uint32_t bits, uint32_t turn)
{
	return alphabet[(bits + turn) % 64];
}

static void encode_group(struct text *out, const uint8_t *bytes, uint32_t turn)
{
	uint32_t group = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];

	for (int shift = 18; shift >= 0; shift -= 6)
		text_add_byte(out, base64_character(group >> shift & 63, turn));
}

/* What comes before and after the text is anything. */
static void encode_sample(struct writer *writer, uint32_t turn, bool wide)
{
	struct text plain = { 0 }, encoded = { 0 };

	for (uint32_t count = below(writer, 3); count; count--)
		text_add_byte(&plain, letter(writer));
	for (size_t i = 0; i < writer->sample->length; i++) {
		text_add_byte(&plain, writer->sample->data[i]);
		if (wide)
			text_add_byte(&plain, 0);
	}
	while (plain.length % 3)
		text_add_byte(&plain, letter(writer));
	for (size_t i = 0; i < plain.length; i += 3)
		encode_group(&encoded, (const uint8_t *)plain.data + i, turn);
	text_release(&plain);
	text_release(writer->sample);
	*writer->sample = encoded;
}

static void write_base64_modifier(struct writer *writer, const char *name, uint32_t turn)
{
	text_add_format(writer->out, " %s", name);
	if (turn == 0)
		return;
	text_add(writer->out, "(\"");
	for (uint32_t bits = 0; bits < 64; bits++)
		text_add_byte(writer->out, base64_character(bits, turn));
	text_add(writer->out, "\")");
}

static void write_base64_modifiers(struct writer *writer)
{
	static const char *const widths[] = { "", " wide", " ascii", " wide ascii" };
	uint32_t turn = one_in(writer, 3) ? below(writer, 64) : 0;
	uint32_t width = below(writer, 4), forms = 1 + below(writer, 3);

	if (forms & 1)
		write_base64_modifier(writer, "base64", turn);
	text_add(writer->out, widths[width]);
	if (forms & 2)
		write_base64_modifier(writer, "base64wide", turn);
	encode_sample(writer, turn, width == 1 || (width == 3 && one_in(writer, 2)));
}

static void write_text_modifiers(struct writer *writer)
{
	bool key = one_in(writer, 5);

	if (key && one_in(writer, 3)) {
		text_add(writer->out, " xor");
	} else if (key) {
		uint32_t low = below(writer, 256);

		text_add_format(writer->out, " xor(%u-%u)", low, low + below(writer, 256 - low));
	} else if (one_in(writer, 3)) {
		text_add(writer->out, " nocase");
	}
	if (one_in(writer, 3))
		text_add(writer->out, one_in(writer, 2) ? " wide" : " wide ascii");
	if (one_in(writer, 4))
		text_add(writer->out, " fullword");
}

static void write_text_string(struct writer *writer)
{
	uint32_t length = 1 + below(writer, one_in(writer, 4) ? 30 : 6);

	text_add_byte(writer->out, '"');
	for (uint32_t i = 0; i < length; i++)
		write_text_byte(writer);
	text_add_byte(writer->out, '"');
	if (one_in(writer, 5))
		write_base64_modifiers(writer);
	else
		write_text_modifiers(writer);
}

/* Hex strings. */

static void write_hex_byte(struct writer *writer)
{
	uint8_t byte = one_in(writer, 4) ? (uint8_t)below(writer, 256) : (uint8_t)letter(writer);

	text_add_byte(writer->sample, (char)byte);
	switch (below(writer, 8)) {
	case 0:
		text_add(writer->out, "?? ");
		break;
	case 1:
		text_add_format(writer->out, "%X? ", byte >> 4);
		break;
	case 2:
		text_add_format(writer->out, "?%x ", byte & 15);
		break;
	default:
		text_add_format(writer->out, "%02X ", byte);
	}
}

static void write_hex_bytes(struct writer *writer, uint32_t most)
{
	for (uint32_t count = 1 + below(writer, most); count; count--)
		write_hex_byte(writer);
}

static void write_hex_jump(struct writer *writer, bool fixed)
{
	uint32_t low = fixed + below(writer, 4);
	uint32_t high = fixed ? low : low + below(writer, one_in(writer, 5) ? 190 : 5);
	uint32_t gap = low + below(writer, high - low + 1);

	if (low == high && low > 0)
		text_add_format(writer->out, "[%u] ", low);
	else
		text_add_format(writer->out, "[%u-%u] ", low, high + (high == 0));
	for (uint32_t i = 0; i < gap; i++)
		text_add_byte(writer->sample, letter(writer));
}

/* In the sample mostly short: longer ones would not fit into a block. */
static uint32_t gap_bytes(struct writer *writer, uint32_t low, uint32_t most)
{
	return low + below(writer, (one_in(writer, 4) ? most : 20) + 1);
}

static void fill_gap(struct writer *writer, uint32_t bytes)
{
	for (; bytes; bytes--)
		text_add_byte(writer->sample, letter(writer));
}

/* Parts the string. */
static void write_hex_gap(struct writer *writer)
{
	uint32_t low = one_in(writer, 2) ? 0 : below(writer, one_in(writer, 4) ? 220 : 8);
	uint32_t width = 201 + below(writer, 100);

	if (one_in(writer, 3))
		text_add_format(writer->out, "[%u-%u] ", low, low + width);
	else if (low || one_in(writer, 2))
		text_add_format(writer->out, "[%u-] ", low);
	else
		text_add(writer->out, "[-] ");
	fill_gap(writer, gap_bytes(writer, low, width));
}

/* The sample takes the first alternative. */
static void write_hex_alternation(struct writer *writer)
{
	struct text *sample = writer->sample;
	struct text other = { 0 };

	text_add(writer->out, "( ");
	write_hex_bytes(writer, 3);
	writer->sample = &other;
	for (uint32_t count = 1 + below(writer, 2); count; count--) {
		text_add(writer->out, "| ");
		write_hex_bytes(writer, 3);
	}
	text_add(writer->out, ") ");
	writer->sample = sample;
	text_release(&other);
}

static void write_hex_string(struct writer *writer)
{
	bool fixed = false;

	text_add(writer->out, "{ ");
	write_hex_bytes(writer, 3);
	for (uint32_t count = below(writer, 4); count; count--) {
		if (writer->chains && one_in(writer, 5)) {
			write_hex_gap(writer);
		} else if (one_in(writer, 2)) {
			write_hex_jump(writer, fixed);
			fixed = true;
		}
		if (one_in(writer, 3))
			write_hex_alternation(writer);
		else
			write_hex_bytes(writer, 3);
	}
	text_add_byte(writer->out, '}');
}

/* Regexes. */

static void write_regex_letter(struct writer *writer, char byte)
{
	if (byte == '\n')
		text_add(writer->out, "\\n");
	else
		text_add_byte(writer->out, byte);
}

static void write_regex_class(struct writer *writer)
{
	static const char *const classes[] = { "\\w", "\\W", "\\s",  "\\S",   "\\d",
					       "\\D", ".",   "[^a]", "[a-c]", "[^\\w]" };
	static const char members[] = "a-a- 1-abb";
	uint32_t choice = below(writer, sizeof(members) - 1);

	writer->after_any = classes[choice][0] == '.';
	text_add(writer->out, classes[choice]);
	text_add_byte(writer->sample, members[choice]);
}

static void write_regex_edge(struct writer *writer)
{
	text_add_byte(writer->out, one_in(writer, 2) ? '^' : '$');
}

static void write_regex_sequence(struct writer *writer, unsigned depth);

/* Never matches nothing: as a whole 4.2 finds that in some places only, in a repeated group its machine gets stuck. */
static void write_regex_alternative(struct writer *writer, unsigned depth)
{
	char byte = letter(writer);
	bool first = one_in(writer, 2);

	if (!first)
		write_regex_sequence(writer, depth);
	text_add_byte(writer->sample, byte);
	write_regex_letter(writer, byte);
	if (first)
		write_regex_sequence(writer, depth);
}

static void write_regex_group(struct writer *writer, unsigned depth)
{
	struct text *sample = writer->sample;
	struct text other = { 0 };

	text_add_byte(writer->out, '(');
	write_regex_alternative(writer, depth + 1);
	writer->sample = &other;
	for (uint32_t count = writer->fixed_length ? 0 : below(writer, 3); count; count--) {
		text_add_byte(writer->out, '|');
		write_regex_alternative(writer, depth + 1);
	}
	text_add_byte(writer->out, ')');
	writer->sample = sample;
	text_release(&other);
}

/* What can be repeated. */
static void write_regex_unit(struct writer *writer, unsigned depth)
{
	writer->after_any = false;
	if (depth < 3 && one_in(writer, 6)) {
		write_regex_group(writer, depth);
	} else if (one_in(writer, 5)) {
		write_regex_class(writer);
	} else {
		char byte = letter(writer);

		text_add_byte(writer->sample, byte);
		write_regex_letter(writer, byte);
	}
}

static void write_regex_repeat(struct writer *writer)
{
	uint32_t low = below(writer, 4);

	if (writer->fixed_length) {
		text_add_format(writer->out, "{%u}", low + 1);
		return;
	}
	/* `.{2,}?` would make a chain. */
	switch (writer->lazy && writer->after_any ? 5 : below(writer, 6)) {
	case 0:
		text_add_byte(writer->out, '*');
		break;
	case 1:
		text_add_byte(writer->out, '+');
		break;
	case 2:
		text_add_byte(writer->out, '?');
		break;
	case 3:
		text_add_format(writer->out, "{%u,}", low);
		break;
	default:
		text_add_format(writer->out, "{%u,%u}", low,
				low + 1 + below(writer, one_in(writer, 4) ? 40 : 4));
	}
	if (writer->lazy)
		text_add_byte(writer->out, '?');
}

static void write_regex_sequence(struct writer *writer, unsigned depth)
{
	for (uint32_t count = 1 + below(writer, 4); count; count--) {
		if (one_in(writer, 15))
			write_regex_edge(writer);
		write_regex_unit(writer, depth);
		if (one_in(writer, 4))
			write_regex_repeat(writer);
	}
}

/* Of one length: where a part may end in several places, it hangs on YARA's atoms which of them counts. */
static void write_regex_part(struct writer *writer)
{
	char byte = letter(writer);

	text_add_byte(writer->sample, byte);
	write_regex_letter(writer, byte);
	for (uint32_t count = below(writer, 4); count; count--) {
		if (one_in(writer, 5)) {
			write_regex_class(writer);
			continue;
		}
		byte = letter(writer);
		text_add_byte(writer->sample, byte);
		write_regex_letter(writer, byte);
	}
}

static void write_regex_gap(struct writer *writer)
{
	uint32_t low = one_in(writer, 2) ? 0 : below(writer, 8), width = 201 + below(writer, 100);

	if (one_in(writer, 4))
		text_add_format(writer->out, ".{%u,}?", low);
	else
		text_add_format(writer->out, ".{%u,%u}?", low, low + width);
	fill_gap(writer, gap_bytes(writer, low, width));
}

static void write_regex_chain(struct writer *writer)
{
	text_add_byte(writer->out, '/');
	write_regex_part(writer);
	for (uint32_t count = 1 + below(writer, 2); count; count--) {
		write_regex_gap(writer);
		write_regex_part(writer);
	}
	text_add(writer->out, one_in(writer, 4) ? "/i" : "/");
	if (one_in(writer, 4))
		text_add(writer->out, " wide");
	if (one_in(writer, 3))
		text_add(writer->out, " fullword");
}

static void write_regex_string(struct writer *writer)
{
	writer->fixed_length = one_in(writer, 3);
	writer->lazy = one_in(writer, 3);
	text_add_byte(writer->out, '/');
	write_regex_alternative(writer, 0);
	if (!writer->fixed_length && one_in(writer, 6)) {
		text_add_byte(writer->out, '|');
		write_regex_alternative(writer, 0);
	}
	text_add_byte(writer->out, '/');
	if (one_in(writer, 4))
		text_add_byte(writer->out, 'i');
	if (one_in(writer, 4))
		text_add_byte(writer->out, 's');
	if (one_in(writer, 5))
		text_add(writer->out, " nocase");
	if (one_in(writer, 4))
		text_add(writer->out, " wide");
	if (writer->fixed_length && one_in(writer, 2))
		text_add(writer->out, " fullword");
}

void random_string_write(struct random_source *random, struct text *out, struct text *sample,
			 bool chains)
{
	struct writer writer = { .random = random, .out = out, .sample = sample, .chains = chains };

	switch (below(&writer, 3)) {
	case 0:
		write_text_string(&writer);
		break;
	case 1:
		write_hex_string(&writer);
		break;
	default:
		if (chains && one_in(&writer, 4))
			write_regex_chain(&writer);
		else
			write_regex_string(&writer);
	}
	if (one_in(&writer, 10))
		text_add(out, " private");
}
