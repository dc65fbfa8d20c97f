#include "scanners/source/link_index.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"

#define NAMES_BYTES ((size_t)64 << 20)

/*
 * A binary search tree balanced by tsearch(): no name, however chosen, makes a look-up slow, as it would in a
 * hash table.
 */
struct link_index {
	struct arena *arena;
	void *root;
};

struct node {
	const char *name;
	struct link_target target;
};

int link_index_new(struct link_index **out, struct error *err)
{
	struct link_index *index = calloc(1, sizeof(*index));

	if (index)
		index->arena = arena_new(NAMES_BYTES);
	if (!index || !index->arena) {
		free(index);
		return error_no_memory(err, "an index of members");
	}
	*out = index;
	return 0;
}

static void keep_node(void *node)
{
	(void)node; /* the arena's */
}

void link_index_free(struct link_index *index)
{
	if (!index)
		return;
	tdestroy(index->root, keep_node);
	arena_free(index->arena);
	free(index);
}

static int compare_nodes(const void *left, const void *right)
{
	return strcmp(((const struct node *)left)->name, ((const struct node *)right)->name);
}

static struct node *find_node(const struct link_index *index, const char *name)
{
	const struct node wanted = { .name = name };
	struct node *const *place = tfind(&wanted, &index->root, compare_nodes);

	return place ? *place : NULL;
}

bool link_index_add(struct link_index *index, const char *name, const struct link_target *target)
{
	struct node *node = find_node(index, name);

	if (!node) {
		node = arena_alloc(index->arena, sizeof(*node));
		if (!node)
			return false;
		node->name = arena_copy_string(index->arena, name, strlen(name));
		if (!node->name || !tsearch(node, &index->root, compare_nodes))
			return false;
	}
	node->target = *target;
	return true;
}

bool link_index_find(const struct link_index *index, const char *name, struct link_target *out)
{
	const struct node *node = find_node(index, name);

	if (node)
		*out = node->target;
	return node != NULL;
}
