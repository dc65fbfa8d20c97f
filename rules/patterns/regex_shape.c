#include "rules/patterns/regex_shape.h"

#include "rules/parse/named_node.h"
#include "rules/parse/regex_builder.h"

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

/* Only sequences in sequences: groups may be nested REGEX_DEPTH_LIMIT deep. */
bool regex_shape_has_open_gap(const struct regex_node *tree)
{
	if (regex_is_gap(tree))
		return tree->max >= REGEX_REPEAT_LIMIT;
	for (size_t i = 0; tree->kind == REGEX_SEQUENCE && i < tree->child_count; i++) {
		if (regex_shape_has_open_gap(tree->children[i]))
			return true;
	}
	return false;
}
