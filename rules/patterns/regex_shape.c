#include "rules/patterns/regex_shape.h"

#include "engine/base/bitmap.h"

/* Trees are as deep as their text is nested; nobody writes more by hand. */
#define LOOK_DEPTH 256u

static bool is_fixed_byte(const struct regex_node *node)
{
	return node->kind == REGEX_BYTE && node->mask == 0xff;
}

static bool is_fixed_sequence(const struct regex_node *tree)
{
	if (tree->kind != REGEX_SEQUENCE || !tree->child_count)
		return false;
	for (size_t i = 0; i < tree->child_count; i++) {
		if (!is_fixed_byte(tree->children[i]))
			return false;
	}
	return true;
}

bool regex_shape_literal(const struct regex_node *tree, struct arena *arena, struct bytes *out)
{
	bool single = is_fixed_byte(tree);
	size_t length = single ? 1 : tree->child_count;
	uint8_t *bytes;

	if (!single && !is_fixed_sequence(tree))
		return false;
	*out = (struct bytes){ 0 };
	bytes = arena_alloc(arena, length);
	if (!bytes)
		return true;
	for (size_t i = 0; i < length; i++)
		bytes[i] = single ? tree->value : tree->children[i]->value;
	*out = (struct bytes){ bytes, length };
	return true;
}

/* `.`, with or without line feeds. */
static bool is_any(const struct regex_node *node)
{
	if (node->kind == REGEX_BYTE)
		return node->mask == 0;
	if (node->kind != REGEX_CLASS)
		return false;
	for (unsigned byte = 0; byte < 256; byte++) {
		if (byte != '\n' && !bitmap_test(node->set, byte))
			return false;
	}
	return true;
}

static bool is_gap(const struct regex_node *node)
{
	return node->kind == REGEX_REPEAT && is_any(node->children[0]);
}

static bool splits(const struct regex_node *node)
{
	return is_gap(node) && !node->greedy &&
	       (node->min > CHAINING_THRESHOLD || node->max > CHAINING_THRESHOLD);
}

/* A group at the very start is one sequence with what follows it: YARA's grammar joins them. */
static bool chained_sequence(const struct regex_node *tree, bool more_follows)
{
	if (tree->kind != REGEX_SEQUENCE || !tree->child_count)
		return false;
	for (size_t i = 1; i < tree->child_count; i++) {
		if (splits(tree->children[i]) && (i + 1 < tree->child_count || more_follows))
			return true;
	}
	return false;
}

bool regex_shape_chained(const struct regex_node *tree)
{
	bool more_follows = false;

	for (unsigned depth = 0; depth < LOOK_DEPTH; depth++) {
		if (chained_sequence(tree, more_follows))
			return true;
		if (tree->kind != REGEX_SEQUENCE || !tree->child_count)
			return false;
		more_follows |= tree->child_count > 1;
		tree = tree->children[0];
	}
	return true;
}

static bool has_open_gap(const struct regex_node *node, unsigned depth)
{
	if (is_gap(node) && node->max == REGEX_NO_LIMIT)
		return true;
	if (depth == LOOK_DEPTH)
		return false;
	for (size_t i = 0; i < node->child_count; i++) {
		if (has_open_gap(node->children[i], depth + 1))
			return true;
	}
	return false;
}

bool regex_shape_has_open_gap(const struct regex_node *tree)
{
	return has_open_gap(tree, 0);
}
