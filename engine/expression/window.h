#ifndef CKPT_ENGINE_EXPRESSION_WINDOW_H
#define CKPT_ENGINE_EXPRESSION_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/expression/atom.h"
#include "engine/expression/layout.h"

/*
 * The best place of a regex to look for: a set of atoms of which every match holds at least one, at the
 * distance that its use says.
 */
struct window {
	struct lead *leads; /* in the arena */
	size_t count; /* 0: the tree has no place worth looking for */
	size_t capacity;
	int weight; /* of the worst atom, see weights.h */
	bool fits_zeros; /* some atom lies in a run of zeros; only where no place is better */
};

int window_choose(struct window *out, const struct regex_node *tree,
		  const struct layout_options *options, struct arena *arena, struct error *err);

#endif
