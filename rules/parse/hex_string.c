#include "rules/parse/hex_string.h"

#include <string.h>

#include "engine/base/bitmap.h"
#include "rules/parse/arena_array.h"
#include "rules/parse/named_node.h"

struct hex_parser {
	struct arena *arena;
	struct bytes source;
	size_t position;
	unsigned int depth; /* of alternations */
	struct hex_string *out;
	struct literal_problem *problem;
};

/* Jumps read since the last token. */
struct pending_jump {
	bool any;
	size_t offset;
	struct pattern_gap gap;
};

static const struct regex_node *parse_choices(struct hex_parser *parser);

static void *fail(struct hex_parser *parser, size_t offset, const char *message)
{
	*parser->problem = (struct literal_problem){ message, offset };
	return NULL;
}

/* The byte at @ahead from here; -1 at the end. */
static int peek(const struct hex_parser *parser, size_t ahead)
{
	if (ahead >= parser->source.length - parser->position)
		return -1;
	return parser->source.data[parser->position + ahead];
}

/* Length of the white space or comment at @position; 0: none. A comment without an end reaches to the end. */
static size_t gap_length(struct bytes source, size_t position)
{
	const uint8_t *text = source.data + position, *end = NULL;
	size_t left = source.length - position;

	if (!left || strchr(" \t\r\n", text[0]))
		return left && text[0];
	if (left < 2 || text[0] != '/' || (text[1] != '/' && text[1] != '*'))
		return 0;
	if (text[1] == '/') {
		end = memchr(text, '\n', left);
		return end ? (size_t)(end - text) + 1 : left;
	}
	end = memmem(text + 2, left - 2, "*/", 2);
	return end ? (size_t)(end - text) + 2 : left;
}

static void skip_gaps(struct hex_parser *parser)
{
	for (size_t length; (length = gap_length(parser->source, parser->position));)
		parser->position += length;
}

static int digit_value(int digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* One of the two characters of a byte: adds its four bits. */
static bool add_nibble(int character, uint8_t *value, uint8_t *mask)
{
	bool masked = character == '?';

	if (!masked && digit_value(character) < 0)
		return false;
	*value = (uint8_t)(*value << 4 | (masked ? 0 : digit_value(character)));
	*mask = (uint8_t)(*mask << 4 | (masked ? 0 : 0xf));
	return true;
}

static bool read_byte(struct hex_parser *parser, uint8_t *value, uint8_t *mask)
{
	size_t start = parser->position;
	int first = peek(parser, 0);

	*value = *mask = 0;
	if (!add_nibble(first, value, mask))
		return fail(parser, start, "invalid character in hex string");
	if (!add_nibble(peek(parser, 1), value, mask))
		return fail(parser, start,
			    first == '?' ? "invalid character in hex string"
					 : "uneven number of digits in hex string");
	parser->position += 2;
	return true;
}

static const struct regex_node *parse_byte(struct hex_parser *parser)
{
	uint8_t value, mask;

	if (!read_byte(parser, &value, &mask))
		return NULL;
	return mask ? regex_byte(parser->arena, value, mask) : regex_dot(true);
}

static const struct regex_node *parse_not_byte(struct hex_parser *parser)
{
	uint64_t set[BYTE_SET_WORDS] = { 0 };
	size_t start = parser->position++;
	uint8_t value, mask;

	if (!read_byte(parser, &value, &mask) || !mask)
		return fail(parser, start, "invalid not operator (~) in hex string");
	for (unsigned int byte = 0; byte < 256; byte++) {
		if ((byte & mask) != value)
			bitmap_set(set, byte);
	}
	return regex_class(parser->arena, set);
}

static const struct regex_node *parse_alternatives(struct hex_parser *parser)
{
	size_t opened = parser->position++;

	if (++parser->depth > REGEX_DEPTH_LIMIT)
		return fail(parser, opened, "alternatives are nested too deeply");

	const struct regex_node *node = parse_choices(parser);

	if (!node)
		return NULL;
	if (peek(parser, 0) != ')')
		return fail(parser, opened, "syntax error, this parenthesis is not closed");
	parser->position++;
	parser->depth--;
	return node;
}

static const struct regex_node *parse_token(struct hex_parser *parser)
{
	switch (peek(parser, 0)) {
	case '(':
		return parse_alternatives(parser);
	case '~':
		return parse_not_byte(parser);
	}
	return parse_byte(parser);
}

/* A decimal number of a jump, if there is one. */
static bool read_bound(struct hex_parser *parser, bool *found, uint64_t *out)
{
	size_t start = parser->position;

	*out = 0;
	for (int digit; (digit = peek(parser, 0)) >= '0' && digit <= '9'; parser->position++) {
		*out = 10 * *out + (uint64_t)(digit - '0');
		if (*out > INT32_MAX)
			return fail(parser, start, "jump length too large");
	}
	*found = parser->position > start;
	return true;
}

static void skip_spaces(struct hex_parser *parser)
{
	while (peek(parser, 0) > 0 && strchr(" \t\r\n", peek(parser, 0)))
		parser->position++;
}

/* What stands between the brackets of a jump. */
static bool read_bounds(struct hex_parser *parser, struct pattern_gap *out)
{
	bool has_min, has_max;

	skip_spaces(parser);
	if (!read_bound(parser, &has_min, &out->min))
		return false;
	skip_spaces(parser);
	if (peek(parser, 0) != '-') {
		out->max = out->min;
		return has_min ||
		       fail(parser, parser->position,
			    peek(parser, 0) == ']' ? "syntax error, a jump length is missing"
						   : "invalid character in hex string jump");
	}
	parser->position++;
	skip_spaces(parser);
	if (!read_bound(parser, &has_max, &out->max))
		return false;
	skip_spaces(parser);
	if (has_max && !has_min)
		return fail(parser, parser->position, "syntax error, the jump has no lower bound");
	if (!has_max)
		out->max = UINT64_MAX;
	return true;
}

static bool check_jump(struct hex_parser *parser, size_t opened, const struct pattern_gap *gap)
{
	if (gap->max < gap->min)
		return fail(parser, opened, "invalid jump range");
	if (!parser->depth)
		return true;
	if (gap->max == UINT64_MAX)
		return fail(parser, opened, "unbounded jumps not allowed inside alternation (|)");
	if (gap->max > HEX_JUMP_LIMIT)
		return fail(parser, opened, "jumps over 200 not allowed inside alternation (|)");
	return true;
}

static bool parse_jump(struct hex_parser *parser, struct pending_jump *pending)
{
	size_t opened = parser->position++;
	struct pattern_gap gap;

	if (!read_bounds(parser, &gap))
		return false;

	int next = peek(parser, 0);

	if (next != ']')
		return fail(parser, parser->position,
			    (next >= '0' && next <= '9') || next == '-'
				    ? "syntax error, the jump is not closed"
				    : "invalid character in hex string jump");
	/* [0] has no meaning of its own; [0-0] has, in YARA. */
	if (!gap.max && !memchr(parser->source.data + opened, '-', parser->position - opened))
		return fail(parser, opened, "invalid jump length");
	if (!check_jump(parser, opened, &gap))
		return false;
	parser->position++;
	if (!pending->any)
		pending->offset = opened;
	pending->any = true;
	pending->gap.min += gap.min;
	pending->gap.max = gap.max == UINT64_MAX || pending->gap.max == UINT64_MAX
				   ? UINT64_MAX
				   : pending->gap.max + gap.max;
	return true;
}

/* Ends the part that @items are, before @gap. */
static bool end_part(struct hex_parser *parser, struct regex_list *items,
		     const struct pattern_gap *gap)
{
	struct hex_string *out = parser->out;
	struct regex_list parts = { out->parts, out->part_count };
	struct pattern_gap *gaps;

	if (!regex_list_push(parser->arena, &parts,
			     regex_join(parser->arena, REGEX_SEQUENCE, items)))
		return false;
	gaps = arena_array_grow(parser->arena, out->gaps, out->part_count, sizeof(*gaps));
	if (!gaps)
		return false;
	gaps[out->part_count] = *gap;
	*out = (struct hex_string){ parts.items, gaps, parts.count };
	*items = (struct regex_list){ 0 };
	return true;
}

static bool add_jump(struct hex_parser *parser, struct regex_list *items, struct pending_jump *jump)
{
	struct pattern_gap gap = jump->gap;

	*jump = (struct pending_jump){ 0 };
	if (!gap.max)
		return true;
	if (!parser->depth && gap.max > HEX_JUMP_LIMIT)
		return end_part(parser, items, &gap);
	return regex_list_push(parser->arena, items,
			       regex_repeat(parser->arena, regex_dot(true), (uint32_t)gap.min,
					    (uint32_t)gap.max, false));
}

static bool parse_tokens(struct hex_parser *parser, struct regex_list *items)
{
	struct pending_jump jump = { 0 };
	bool found = false;

	for (;;) {
		skip_gaps(parser);

		int next = peek(parser, 0);

		if (next < 0 || next == '|' || next == ')')
			break;
		if (next == '[') {
			if (!found)
				return fail(parser, parser->position,
					    "syntax error, a jump cannot come first");
			if (!parse_jump(parser, &jump))
				return false;
			continue;
		}
		if (jump.any && !add_jump(parser, items, &jump))
			return false;
		if (!regex_list_push(parser->arena, items, parse_token(parser)))
			return false;
		found = true;
	}
	if (jump.any)
		return fail(parser, jump.offset, "syntax error, a jump cannot come last");
	return found || fail(parser, parser->position, "syntax error, bytes are missing here");
}

static const struct regex_node *parse_choices(struct hex_parser *parser)
{
	struct regex_list choices = { 0 };

	for (;;) {
		struct regex_list items = { 0 };

		if (!parse_tokens(parser, &items) ||
		    !regex_list_push(parser->arena, &choices,
				     regex_join(parser->arena, REGEX_SEQUENCE, &items)))
			return NULL;
		if (peek(parser, 0) != '|')
			return regex_join(parser->arena, REGEX_ALTERNATION, &choices);
		parser->position++;
	}
}

bool hex_string_parse(struct hex_string *out, struct arena *arena, struct bytes source,
		      struct literal_problem *problem)
{
	struct hex_string string = { 0 };
	struct hex_parser parser = { arena, source, 0, 0, &string, problem };
	struct regex_list items = { 0 };

	*problem = (struct literal_problem){ 0 };
	if (!parse_tokens(&parser, &items))
		return false;
	if (parser.position < source.length)
		return fail(&parser, parser.position,
			    peek(&parser, 0) == '|' ? "syntax error, alternatives need parentheses"
						    : "syntax error, no parenthesis is open here");
	if (!end_part(&parser, &items, &(struct pattern_gap){ 0 }))
		return false;
	*out = string;
	return true;
}

bool hex_string_normalize(struct bytes *out, struct arena *arena, struct bytes source)
{
	uint8_t *text = arena_alloc(arena, source.length);
	size_t length = 0;

	if (!text)
		return false;
	for (size_t position = 0; position < source.length;) {
		size_t gap = gap_length(source, position);

		if (!gap) {
			uint8_t byte = source.data[position];

			text[length++] = byte >= 'A' && byte <= 'F' ? (uint8_t)(byte | 0x20) : byte;
		}
		position += gap ? gap : 1;
	}
	*out = (struct bytes){ text, length };
	return true;
}
