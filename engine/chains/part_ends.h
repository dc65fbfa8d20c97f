#ifndef CKPT_ENGINE_CHAINS_PART_ENDS_H
#define CKPT_ENGINE_CHAINS_PART_ENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/chains/pair_heap.h"
#include "engine/chains/start_set.h"
#include "engine/expression/expression.h"

/* Walks the matches of one part, both variants together, from the highest end to the lowest. */
struct part_ends {
	struct start_cursor cursors[VARIANTS];
	struct part_match next[VARIANTS]; /* of each cursor, where it has one */
	bool has_next[VARIANTS];
	struct pair_heap ahead; /* position: end, value: start; what may come before what follows */
};

/* @sets: one per variant, NULL: it has none. */
void part_ends_init(struct part_ends *ends, const struct start_set *const sets[VARIANTS]);
/* The next match, which stays; *@out NULL: there is none. Lent until the next call. */
int part_ends_peek(struct part_ends *ends, const struct pair **out, struct error *err);
/* Leaves behind what part_ends_peek() has shown. */
void part_ends_drop(struct part_ends *ends);
void part_ends_release(struct part_ends *ends);

#endif
