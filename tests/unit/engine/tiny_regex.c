#include "tiny_regex.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/bitmap.h"

#define CHILDREN 64

struct parser {
	struct arena *arena;
	const char *at;
};

static struct regex_node *node_new(struct parser *parser, enum regex_kind kind)
{
	struct regex_node *node = arena_alloc(parser->arena, sizeof(*node));

	node->kind = kind;
	return node;
}

static const struct regex_node *parse_alternation(struct parser *parser);

static uint8_t parse_char(struct parser *parser)
{
	char hex[3] = { 0 };

	if (*parser->at != '\\')
		return (uint8_t)*parser->at++;
	parser->at++;
	if (*parser->at == 'n') {
		parser->at++;
		return '\n';
	}
	if (*parser->at != 'x')
		return (uint8_t)*parser->at++;
	memcpy(hex, parser->at + 1, 2);
	parser->at += 3;
	return (uint8_t)strtoul(hex, NULL, 16);
}

static const struct regex_node *set_node(struct parser *parser, uint64_t *words, bool negated)
{
	struct regex_node *node = node_new(parser, REGEX_CLASS);

	for (int i = 0; i < 4 && negated; i++)
		words[i] = ~words[i];
	node->set = words;
	return node;
}

static const struct regex_node *parse_class(struct parser *parser)
{
	uint64_t *words = arena_alloc(parser->arena, 4 * sizeof(*words));
	bool negated = *parser->at == '^';

	parser->at += negated;
	while (*parser->at != ']') {
		unsigned int low = parse_char(parser), high = low;

		if (*parser->at == '-') {
			parser->at++;
			high = parse_char(parser);
		}
		for (unsigned int byte = low; byte <= high; byte++)
			bitmap_set(words, byte);
	}
	parser->at++;
	return set_node(parser, words, negated);
}

static const struct regex_node *parse_group(struct parser *parser)
{
	const struct regex_node *node = parse_alternation(parser);

	parser->at++;
	return node;
}

static const struct regex_node *parse_atom(struct parser *parser)
{
	struct regex_node *node;
	uint64_t *words;

	switch (*parser->at) {
	case '(':
		parser->at++;
		return parse_group(parser);
	case '[':
		parser->at++;
		return parse_class(parser);
	case '^':
		parser->at++;
		return node_new(parser, REGEX_START);
	case '$':
		parser->at++;
		return node_new(parser, REGEX_END);
	case '.':
		parser->at++;
		words = arena_alloc(parser->arena, 4 * sizeof(*words));
		bitmap_set(words, '\n');
		return set_node(parser, words, true);
	}
	if (parser->at[0] == '\\' && (parser->at[1] | 0x20) == 'b') {
		parser->at += 2;
		return node_new(parser,
				parser->at[-1] == 'b' ? REGEX_WORD_EDGE : REGEX_NOT_WORD_EDGE);
	}
	node = node_new(parser, REGEX_BYTE);
	node->mask = 0xff;
	node->value = parse_char(parser);
	return node;
}

static void parse_bounds(struct parser *parser, struct regex_node *node)
{
	char *end;

	node->min = (uint32_t)strtoul(parser->at, &end, 10);
	node->max = node->min;
	if (*end == ',') {
		const char *high = end + 1;

		node->max = (uint32_t)strtoul(high, &end, 10);
		if (end == high)
			node->max = REGEX_NO_LIMIT;
	}
	parser->at = end + 1;
}

static const struct regex_node *parse_repeat(struct parser *parser)
{
	const struct regex_node *child = parse_atom(parser);
	struct regex_node *node;
	char operator= * parser->at;

	if (operator== '\0' || !strchr("*+?{", operator))
		return child;
	parser->at++;
	node = node_new(parser, REGEX_REPEAT);
	node->min = operator== '+';
	node->max = operator== '?' ? 1 : REGEX_NO_LIMIT;
	if (operator== '{')
		parse_bounds(parser, node);
	node->greedy = *parser->at != '?';
	parser->at += !node->greedy;
	node->children = arena_alloc(parser->arena, sizeof(*node->children));
	node->children[0] = child;
	node->child_count = 1;
	return node;
}

static const struct regex_node *join(struct parser *parser, enum regex_kind kind,
				     const struct regex_node **children, size_t count)
{
	struct regex_node *node;

	if (count == 1)
		return children[0];
	node = node_new(parser, count == 0 ? REGEX_EMPTY : kind);
	node->children = arena_copy(parser->arena, children, count * sizeof(*children));
	node->child_count = count;
	return node;
}

static const struct regex_node *parse_sequence(struct parser *parser)
{
	const struct regex_node *children[CHILDREN];
	size_t count = 0;

	while (*parser->at && *parser->at != '|' && *parser->at != ')' && count < CHILDREN)
		children[count++] = parse_repeat(parser);
	return join(parser, REGEX_SEQUENCE, children, count);
}

static const struct regex_node *parse_alternation(struct parser *parser)
{
	const struct regex_node *children[CHILDREN];
	size_t count = 0;

	children[count++] = parse_sequence(parser);
	while (*parser->at == '|' && count < CHILDREN) {
		parser->at++;
		children[count++] = parse_sequence(parser);
	}
	return join(parser, REGEX_ALTERNATION, children, count);
}

const struct regex_node *tiny_regex_parse(struct arena *arena, const char *text)
{
	struct parser parser = { .arena = arena, .at = text };

	return parse_alternation(&parser);
}
