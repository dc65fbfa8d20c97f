#include "tests/unit/engine/regex_trees.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/bitmap.h"

uint32_t chance(struct builder *builder, uint32_t below)
{
	builder->state = builder->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(builder->state >> 33) % below;
}

struct regex_node *new_node(struct builder *builder, enum regex_kind kind)
{
	struct regex_node *node = arena_alloc(builder->arena, sizeof(*node));

	assert_non_null(node);
	node->kind = kind;
	return node;
}

const struct regex_node *byte(struct builder *builder, char value)
{
	struct regex_node *node = new_node(builder, REGEX_BYTE);

	node->value = (uint8_t)value;
	node->mask = 0xff;
	return node;
}

const struct regex_node *any(struct builder *builder)
{
	return new_node(builder, REGEX_BYTE);
}

const struct regex_node *class_of(struct builder *builder, const char *members, bool negated)
{
	struct regex_node *node = new_node(builder, REGEX_CLASS);
	uint64_t *set = arena_alloc_array(builder->arena, 4, sizeof(*set));

	for (const char *member = members; *member; member++)
		bitmap_set(set, (uint8_t)*member);
	for (size_t i = 0; i < 4 && negated; i++)
		set[i] = ~set[i];
	node->set = set;
	node->negated = negated;
	return node;
}

const struct regex_node *list_of(struct builder *builder, enum regex_kind kind, size_t count,
				 const struct regex_node *const *children)
{
	struct regex_node *node = new_node(builder, kind);

	node->children = arena_alloc_array(builder->arena, count, sizeof(*children));
	for (size_t i = 0; i < count; i++)
		node->children[i] = children[i];
	node->child_count = count;
	return node;
}

const struct regex_node *repeat(struct builder *builder, const struct regex_node *child,
				uint32_t min, uint32_t max, bool greedy)
{
	struct regex_node *node = new_node(builder, REGEX_REPEAT);

	node->children = arena_alloc_array(builder->arena, 1, sizeof(*node->children));
	node->children[0] = child;
	node->child_count = 1;
	node->min = min;
	node->max = max;
	node->greedy = greedy;
	return node;
}

const struct regex_node *text_of(struct builder *builder, const char *text)
{
	const struct regex_node *children[64];
	size_t count = strlen(text);

	for (size_t i = 0; i < count; i++)
		children[i] = byte(builder, text[i]);
	return list_of(builder, REGEX_SEQUENCE, count, children);
}

static const char alphabet[] = "abAB1_ -";

const struct regex_node *random_leaf(struct builder *builder)
{
	char members[3] = { alphabet[chance(builder, 8)], alphabet[chance(builder, 8)] };
	struct regex_node *masked;

	switch (chance(builder, 12)) {
	case 0:
		return any(builder);
	case 1:
		return class_of(builder, members, false);
	case 2:
		return class_of(builder, members, true);
	case 3:
		return new_node(builder, REGEX_START + chance(builder, 4));
	case 4:
		return new_node(builder, REGEX_EMPTY);
	case 5:
		masked = new_node(builder, REGEX_BYTE);
		masked->mask = 0xdf;
		masked->value = 'A' + (uint8_t)chance(builder, 2);
		return masked;
	default:
		return byte(builder, alphabet[chance(builder, 4)]);
	}
}

static const struct regex_node *random_repeat(struct builder *builder, unsigned depth)
{
	static const uint32_t ranges[][2] = {
		{ 0, REGEX_NO_LIMIT },
		{ 1, REGEX_NO_LIMIT },
		{ 0, 1 },
		{ 2, 3 },
		{ 0, 6 },
		{ 5, 5 },
		{ 2, 7 },
		{ 1, 9 },
		{ 3, 3 },
		{ 6, REGEX_NO_LIMIT },
		{ 2, REGEX_NO_LIMIT },
		{ 0, 0 },
		{ 1, 1 },
		{ 0, 2 },
		{ 0, 5 },
	};
	const uint32_t *range = ranges[chance(builder, sizeof(ranges) / sizeof(*ranges))];

	return repeat(builder, random_tree(builder, depth - 1), range[0], range[1],
		      chance(builder, 2));
}

const struct regex_node *random_tree(struct builder *builder, unsigned depth)
{
	const struct regex_node *children[3];
	uint32_t kind = depth ? chance(builder, 8) : 0;
	size_t count = 1 + chance(builder, 3);

	if (kind < 2)
		return random_leaf(builder);
	if (kind < 4)
		return random_repeat(builder, depth);
	for (size_t i = 0; i < count; i++)
		children[i] = random_tree(builder, depth - 1);
	return list_of(builder, kind < 6 ? REGEX_SEQUENCE : REGEX_ALTERNATION, count, children);
}

size_t random_text(struct builder *builder, uint8_t *data, size_t most, bool wide)
{
	size_t length = chance(builder, (uint32_t)most + 1);
	bool runs = chance(builder, 3) == 0;

	for (size_t i = 0; i < length; i++) {
		data[i] = runs && i > 0 && chance(builder, 4)
				  ? data[i > 1 && wide ? i - 2 : i - 1]
				  : (uint8_t)alphabet[chance(builder, 8)];
		if (wide && i % 2 == 1 && chance(builder, 10))
			data[i] = 0;
	}
	return length;
}

void print_tree(const struct regex_node *node)
{
	static const char *const names[] = { "empty",  "byte", "class", "seq", "alt",
					     "repeat", "^",    "$",	"\\b", "\\B" };

	print_error(" (%s", names[node->kind]);
	if (node->kind == REGEX_BYTE)
		print_error(" %02x/%02x", node->value, node->mask);
	if (node->kind == REGEX_CLASS)
		print_error(" %016llx%016llx%s", (unsigned long long)node->set[1],
			    (unsigned long long)node->set[0], node->negated ? " negated" : "");
	if (node->kind == REGEX_REPEAT)
		print_error(" %u %u %s", node->min, node->max, node->greedy ? "greedy" : "lazy");
	for (size_t i = 0; i < node->child_count; i++)
		print_tree(node->children[i]);
	print_error(")");
}
