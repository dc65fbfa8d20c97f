#include "rules/parse/regex_parser.h"

#include "engine/base/bitmap.h"
#include "rules/parse/character_class.h"
#include "rules/parse/named_node.h"
#include "rules/parse/parser.h"

struct regex_parser {
	struct arena *arena;
	struct bytes source;
	size_t position;
	unsigned int depth;
	struct regex_literal *literal;
	struct literal_problem *problem;
};

struct repeat {
	uint32_t min, max;
	size_t length; /* bytes it takes in the source, without the "?" of a lazy one */
};

static const struct regex_node *parse_alternation(struct regex_parser *parser);

static void *fail(struct regex_parser *parser, size_t offset, const char *message)
{
	*parser->problem = (struct literal_problem){ message, offset };
	return NULL;
}

/* The byte at @ahead from here; -1 at the end. */
static int peek(const struct regex_parser *parser, size_t ahead)
{
	if (ahead >= parser->source.length - parser->position)
		return -1;
	return parser->source.data[parser->position + ahead];
}

static bool holds_gap(const struct regex_node *node)
{
	if (regex_is_dot(node) || regex_is_gap(node))
		return true;
	for (size_t i = 0; node->kind == REGEX_SEQUENCE && i < node->child_count; i++) {
		if (regex_is_gap(node->children[i]))
			return true;
	}
	return false;
}

/* A gap in a group is none that parts the string: the group must show in the tree. */
static const struct regex_node *make_group(struct regex_parser *parser,
					   const struct regex_node *node)
{
	return node && holds_gap(node) ? regex_sequence_of(parser->arena, node) : node;
}

static const struct regex_node *parse_group(struct regex_parser *parser)
{
	size_t opened = parser->position++;

	if (++parser->depth > REGEX_DEPTH_LIMIT)
		return fail(parser, opened, "groups are nested too deeply");

	const struct regex_node *node = parse_alternation(parser);

	if (!node)
		return NULL;
	if (peek(parser, 0) != ')')
		return fail(parser, opened, "syntax error, this group is not closed");
	parser->position++;
	parser->depth--;
	return make_group(parser, node);
}

static const struct regex_node *parse_class(struct regex_parser *parser)
{
	uint64_t set[BYTE_SET_WORDS] = { 0 };
	bool inverted;

	if (!character_class_parse(parser->source, &parser->position, set, &inverted,
				   parser->problem))
		return NULL;

	struct regex_node *node = regex_class(parser->arena, set);

	if (node)
		node->negated = inverted;
	return node;
}

static const struct regex_node *parse_escape(struct regex_parser *parser)
{
	int letter = peek(parser, 1);
	const struct regex_node *named = regex_named_class(letter);
	uint8_t byte;

	if (letter >= '0' && letter <= '9')
		return fail(parser, parser->position, "backreferences are not allowed");
	if (named) {
		parser->position += 2;
		return named;
	}
	if (!escape_parse(parser->source, &parser->position, &byte, parser->problem))
		return NULL;
	return regex_byte(parser->arena, byte, 0xff);
}

static const struct regex_node *parse_atom(struct regex_parser *parser)
{
	switch (peek(parser, 0)) {
	case '(':
		return parse_group(parser);
	case '[':
		return parse_class(parser);
	case '.':
		parser->position++;
		return regex_dot(parser->literal->dot_all);
	case '\\':
		return parse_escape(parser);
	}
	return regex_byte(parser->arena, parser->source.data[parser->position++], 0xff);
}

/* Digits at *@ahead; stays at the limit plus one, however many there are. */
static uint32_t read_number(const struct regex_parser *parser, size_t *ahead)
{
	uint32_t number = 0;

	for (int digit; (digit = peek(parser, *ahead)) >= '0' && digit <= '9'; ++*ahead) {
		number = 10 * number + (uint32_t)(digit - '0');
		if (number > REGEX_REPEAT_LIMIT)
			number = REGEX_REPEAT_LIMIT + 1;
	}
	return number;
}

static void skip_spaces(const struct regex_parser *parser, size_t *ahead)
{
	while (peek(parser, *ahead) == ' ')
		++*ahead;
}

/* Whether an interval in braces begins here; YARA allows spaces around the comma only. */
static bool find_interval(const struct regex_parser *parser, struct repeat *out)
{
	size_t ahead = 1, digits;

	out->min = out->max = read_number(parser, &ahead);
	if (ahead == 1 || peek(parser, ahead) != '}') {
		skip_spaces(parser, &ahead);
		if (peek(parser, ahead++) != ',')
			return false;
		skip_spaces(parser, &ahead);
		digits = ahead;
		out->max = read_number(parser, &ahead);
		if (ahead == digits)
			out->max = REGEX_REPEAT_LIMIT;
	}
	out->length = ahead + 1;
	return peek(parser, ahead) == '}';
}

static bool find_repeat(const struct regex_parser *parser, struct repeat *out)
{
	switch (peek(parser, 0)) {
	case '*':
		*out = (struct repeat){ 0, REGEX_NO_LIMIT, 1 };
		return true;
	case '+':
		*out = (struct repeat){ 1, REGEX_NO_LIMIT, 1 };
		return true;
	case '?':
		*out = (struct repeat){ 0, 1, 1 };
		return true;
	case '{':
		return find_interval(parser, out);
	}
	return false;
}

static bool check_repeat(struct regex_parser *parser, const struct repeat *repeat)
{
	if (repeat->min > REGEX_REPEAT_LIMIT ||
	    (repeat->max > REGEX_REPEAT_LIMIT && repeat->max != REGEX_NO_LIMIT))
		return fail(parser, parser->position, "repeat interval too large");
	if (repeat->max < repeat->min)
		return fail(parser, parser->position, "bad repeat interval");
	return true;
}

/* What is repeated, or @child itself where nothing repeats it. */
static const struct regex_node *parse_repeat(struct regex_parser *parser,
					     const struct regex_node *child)
{
	struct repeat repeat;

	if (!child || !find_repeat(parser, &repeat))
		return child;
	if (!check_repeat(parser, &repeat))
		return NULL;
	parser->position += repeat.length;

	bool lazy = peek(parser, 0) == '?';

	if (lazy)
		parser->position++;
	parser->literal->lazy |= lazy;
	parser->literal->greedy |= !lazy;
	if (!repeat.max)
		return regex_simple(parser->arena, REGEX_EMPTY);
	return regex_repeat(parser->arena, child, repeat.min, repeat.max, !lazy);
}

/* The anchor that begins here, and its length; false: something else does. */
static bool find_anchor(const struct regex_parser *parser, enum regex_kind *kind, size_t *length)
{
	int first = peek(parser, 0), second = peek(parser, 1);

	*length = first == '\\' ? 2 : 1;
	if (first == '^')
		*kind = REGEX_START;
	else if (first == '$')
		*kind = REGEX_END;
	else if (first == '\\' && second == 'b')
		*kind = REGEX_WORD_EDGE;
	else if (first == '\\' && second == 'B')
		*kind = REGEX_NOT_WORD_EDGE;
	else
		return false;
	return true;
}

static const struct regex_node *parse_item(struct regex_parser *parser)
{
	enum regex_kind anchor;
	struct repeat repeat;
	size_t length;

	if (find_repeat(parser, &repeat))
		return fail(parser, parser->position,
			    "syntax error, there is nothing to repeat here");
	if (!find_anchor(parser, &anchor, &length))
		return parse_repeat(parser, parse_atom(parser));
	parser->position += length;
	return regex_simple(parser->arena, anchor);
}

static bool at_sequence_end(const struct regex_parser *parser)
{
	int next = peek(parser, 0);

	return next < 0 || next == '|' || next == ')';
}

/* Only an alternative behind a bar may be empty. */
static const struct regex_node *parse_sequence(struct regex_parser *parser, bool may_be_empty)
{
	struct regex_list items = { 0 };

	if (at_sequence_end(parser) && !may_be_empty)
		return fail(parser, parser->position,
			    "syntax error, an expression is missing here");
	while (!at_sequence_end(parser)) {
		if (!regex_list_push(parser->arena, &items, parse_item(parser)))
			return NULL;
	}
	return regex_join(parser->arena, REGEX_SEQUENCE, &items);
}

static const struct regex_node *parse_alternation(struct regex_parser *parser)
{
	struct regex_list choices = { 0 };

	if (!regex_list_push(parser->arena, &choices, parse_sequence(parser, false)))
		return NULL;
	while (peek(parser, 0) == '|') {
		parser->position++;
		if (!regex_list_push(parser->arena, &choices, parse_sequence(parser, true)))
			return NULL;
	}
	return regex_join(parser->arena, REGEX_ALTERNATION, &choices);
}

struct regex_literal *regex_literal_parse(struct arena *arena, struct bytes source, bool nocase,
					  bool dot_all, struct literal_problem *problem)
{
	struct regex_literal *literal = arena_alloc(arena, sizeof(*literal));
	struct regex_parser parser = { arena, source, 0, 0, literal, problem };

	*problem = (struct literal_problem){ 0 };
	if (!literal)
		return NULL;
	literal->source =
		(struct bytes){ arena_copy(arena, source.data, source.length), source.length };
	literal->nocase = nocase;
	literal->dot_all = dot_all;
	literal->tree = parse_alternation(&parser);
	if (!literal->tree || !literal->source.data)
		return NULL;
	if (parser.position < source.length)
		return fail(&parser, parser.position, "syntax error, no group is open here");
	return literal;
}

bool regex_parse(struct regex_literal **out, struct arena *arena, struct bytes source, bool nocase,
		 bool dot_all, struct source_span span, struct diagnostics *notes)
{
	struct literal_problem problem;
	struct regex_literal *literal =
		regex_literal_parse(arena, source, nocase, dot_all, &problem);

	if (literal) {
		*out = literal;
		return true;
	}
	span.column += (uint32_t)problem.offset;
	span.length = 1;
	diagnostics_add(notes, SEVERITY_ERROR, span, "invalid-regex", NULL,
			"invalid regular expression: %s",
			problem.message ? problem.message : "no memory");
	return false;
}
