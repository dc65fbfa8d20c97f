#include "rules/patterns/chain.h"

#include "rules/parse/arena_array.h"
#include "rules/parse/named_node.h"
#include "rules/parse/regex_builder.h"

/* The limit tells .{n,}? from .*? and .+?, which have none. */
static bool is_long_gap(const struct regex_node *node)
{
	return regex_is_gap(node) && !node->greedy && node->max != REGEX_NO_LIMIT &&
	       node->max > CHAINING_THRESHOLD;
}

/* The children of @tree from @start up to @end, as a tree. */
static const struct regex_node *piece_of(struct arena *arena, const struct regex_node *tree,
					 size_t start, size_t end)
{
	struct regex_list list = { tree->children + start, end - start };

	return regex_join(arena, REGEX_SEQUENCE, &list);
}

static bool push_part(struct regex_chain *chain, struct arena *arena, const struct regex_node *part,
		      struct pattern_gap gap)
{
	struct regex_list parts = { chain->parts, chain->part_count };
	struct pattern_gap *gaps =
		arena_array_grow(arena, chain->gaps, chain->part_count, sizeof(*gaps));

	if (!gaps || !regex_list_push(arena, &parts, part))
		return false;
	gaps[chain->part_count] = gap;
	*chain = (struct regex_chain){ parts.items, gaps, parts.count };
	return true;
}

static bool split(struct regex_chain *chain, struct arena *arena, const struct regex_node *tree)
{
	size_t start = 0;

	for (size_t i = 1; i + 1 < tree->child_count; i++) {
		const struct regex_node *gap = tree->children[i];

		/* Of two gaps in a row the first parts the string; with the other begins what follows. */
		if (i == start || !is_long_gap(gap))
			continue;
		if (!push_part(chain, arena, piece_of(arena, tree, start, i),
			       (struct pattern_gap){ gap->min, gap->max }))
			return false;
		start = i + 1;
	}
	return push_part(chain, arena,
			 start ? piece_of(arena, tree, start, tree->child_count) : tree,
			 (struct pattern_gap){ 0 });
}

int regex_chain_split(struct regex_chain *out, struct arena *arena, const struct regex_node *tree,
		      struct error *err)
{
	struct regex_chain chain = { 0 };
	bool good = tree->kind == REGEX_SEQUENCE
			    ? split(&chain, arena, tree)
			    : push_part(&chain, arena, tree, (struct pattern_gap){ 0 });

	if (!good)
		return error_no_memory(err, "the parts of a regular expression");
	*out = chain;
	return 0;
}
