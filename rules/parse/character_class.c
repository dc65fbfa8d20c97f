#include "rules/parse/character_class.h"

#include "engine/base/bitmap.h"

static bool fail(struct literal_problem *problem, size_t offset, const char *message)
{
	*problem = (struct literal_problem){ message, offset };
	return false;
}

static void add_named_lower(int letter, uint64_t set[BYTE_SET_WORDS])
{
	if (letter == 's') {
		byte_set_add_range(set, '\t', '\r');
		bitmap_set(set, ' ');
		return;
	}
	byte_set_add_range(set, '0', '9');
	if (letter == 'd')
		return;
	byte_set_add_range(set, 'A', 'Z');
	byte_set_add_range(set, 'a', 'z');
	bitmap_set(set, '_');
}

bool character_class_add_named(int letter, uint64_t set[BYTE_SET_WORDS])
{
	uint64_t named[BYTE_SET_WORDS] = { 0 };

	switch (letter) {
	case 'w':
	case 's':
	case 'd':
		add_named_lower(letter, named);
		break;
	case 'W':
	case 'S':
	case 'D':
		add_named_lower(letter - 'A' + 'a', named);
		byte_set_invert(named);
		break;
	default:
		return false;
	}
	for (size_t i = 0; i < BYTE_SET_WORDS; i++)
		set[i] |= named[i];
	return true;
}

static int hex_value(uint8_t digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool parse_hex_escape(struct bytes source, size_t *position, uint8_t *out,
			     struct literal_problem *problem)
{
	const uint8_t *escape = source.data + *position;

	if (source.length - *position < 4 || hex_value(escape[2]) < 0 || hex_value(escape[3]) < 0)
		return fail(problem, *position, "illegal escape sequence");
	*out = (uint8_t)(16 * hex_value(escape[2]) + hex_value(escape[3]));
	*position += 4;
	return true;
}

bool escape_parse(struct bytes source, size_t *position, uint8_t *out,
		  struct literal_problem *problem)
{
	if (source.length - *position < 2)
		return fail(problem, *position, "illegal escape sequence");

	uint8_t letter = source.data[*position + 1];

	if (letter == 'x')
		return parse_hex_escape(source, position, out, problem);
	switch (letter) {
	case 'n':
		letter = '\n';
		break;
	case 't':
		letter = '\t';
		break;
	case 'r':
		letter = '\r';
		break;
	case 'f':
		letter = '\f';
		break;
	case 'a':
		letter = '\a';
		break;
	}
	*out = letter;
	*position += 2;
	return true;
}

/* One byte of a class as it is written: itself or an escape. */
static bool parse_member(struct bytes source, size_t *position, uint8_t *out,
			 struct literal_problem *problem)
{
	uint8_t byte = source.data[*position];

	if (byte == '\\')
		return escape_parse(source, position, out, problem);
	*out = byte;
	++*position;
	return true;
}

static bool is_printable(uint8_t byte)
{
	return byte >= ' ' && byte < 0x7f;
}

static bool begins_range(struct bytes source, size_t position)
{
	return source.length - position >= 2 && source.data[position] == '-' &&
	       source.data[position + 1] != ']';
}

/*
 * One member, or a range of them. In a range \w is the letter w, and its ends may be any bytes; alone a byte that is
 * not printable is refused. All this as in YARA.
 */
static bool parse_members(struct bytes source, size_t *position, uint64_t set[BYTE_SET_WORDS],
			  struct literal_problem *problem)
{
	size_t start = *position;
	uint8_t low, high;

	if (!parse_member(source, position, &low, problem))
		return false;
	if (!begins_range(source, *position)) {
		if (source.data[start] != '\\' && !is_printable(low))
			return fail(problem, start, "non-ascii character");
		if (source.data[start] != '\\' ||
		    !character_class_add_named(source.data[start + 1], set))
			bitmap_set(set, low);
		return true;
	}
	++*position;
	if (!parse_member(source, position, &high, problem))
		return false;
	if (high < low)
		return fail(problem, start, "bad character range");
	byte_set_add_range(set, low, high);
	return true;
}

bool character_class_parse(struct bytes source, size_t *position, uint64_t set[BYTE_SET_WORDS],
			   bool *inverted, struct literal_problem *problem)
{
	size_t opened = (*position)++;

	*inverted = *position < source.length && source.data[*position] == '^';
	*position += *inverted;
	/* A bracket that comes first closes nothing. */
	if (*position < source.length && source.data[*position] == ']') {
		bitmap_set(set, ']');
		++*position;
	}
	while (*position < source.length && source.data[*position] != ']') {
		if (!parse_members(source, position, set, problem))
			return false;
	}
	if (*position >= source.length)
		return fail(problem, opened, "missing terminating ] for character class");
	++*position;
	if (*inverted)
		byte_set_invert(set);
	return true;
}
