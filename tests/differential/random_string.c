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
	uint32_t high = fixed ? low : low + below(writer, one_in(writer, 5) ? 60 : 5);
	uint32_t gap = low + below(writer, high - low + 1);

	if (low == high && low > 0)
		text_add_format(writer->out, "[%u] ", low);
	else
		text_add_format(writer->out, "[%u-%u] ", low, high + (high == 0));
	for (uint32_t i = 0; i < gap; i++)
		text_add_byte(writer->sample, letter(writer));
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
		if (one_in(writer, 2)) {
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
	/* `.*?` would make a chain. */
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

void random_string_write(struct random_source *random, struct text *out, struct text *sample)
{
	struct writer writer = { .random = random, .out = out, .sample = sample };

	switch (below(&writer, 3)) {
	case 0:
		write_text_string(&writer);
		break;
	case 1:
		write_hex_string(&writer);
		break;
	default:
		write_regex_string(&writer);
	}
}
