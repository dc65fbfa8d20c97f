#ifndef CKPT_RULES_PATTERNS_REGEX_SHAPE_H
#define CKPT_RULES_PATTERNS_REGEX_SHAPE_H

#include <stdbool.h>

#include "engine/base/arena.h"
#include "engine/base/bytes.h"
#include "engine/regex.h"

/* Questions to trees as the parsers make them (see named_node.h). */

/*
 * Whether the tree is nothing but fixed bytes; then *@out is them, in @arena, or of length 0 and without data
 * when there is no memory.
 */
bool regex_shape_literal(const struct regex_node *tree, struct arena *arena, struct bytes *out);
/* Whether it holds .* or .+ or .{n,}, but for alternatives and repeated groups: where YARA warns. */
bool regex_shape_has_open_gap(const struct regex_node *tree);

#endif
