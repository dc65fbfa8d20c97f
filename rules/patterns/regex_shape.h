#ifndef CKPT_RULES_PATTERNS_REGEX_SHAPE_H
#define CKPT_RULES_PATTERNS_REGEX_SHAPE_H

#include <stdbool.h>

#include "engine/base/arena.h"
#include "engine/base/bytes.h"
#include "engine/regex.h"

/* A lazy gap with a bound above this splits a string into a chain, as YARA does it. */
#define CHAINING_THRESHOLD 200u

/*
 * Whether the tree is nothing but fixed bytes; then *@out is them, in @arena, or of length 0 and without data
 * when there is no memory.
 */
bool regex_shape_literal(const struct regex_node *tree, struct arena *arena, struct bytes *out);
/* Whether YARA would split it into a chain. */
bool regex_shape_chained(const struct regex_node *tree);
/* Whether it holds .* or .+ or .{n,}. */
bool regex_shape_has_open_gap(const struct regex_node *tree);

#endif
