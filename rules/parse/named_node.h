#ifndef CKPT_RULES_PARSE_NAMED_NODE_H
#define CKPT_RULES_PARSE_NAMED_NODE_H

#include <stdbool.h>

#include "engine/regex.h"

/*
 * Nodes of what has a name in a regex: the dot, and \w \W \s \S \d \D. Each is one constant node, so that a class in
 * brackets that happens to hold the same bytes can be told from it.
 */

/* `.`; @dot_all: line feeds too, as `??` in hex strings. */
const struct regex_node *regex_dot(bool dot_all);
bool regex_is_dot(const struct regex_node *node);

/* NULL: @letter names none. */
const struct regex_node *regex_named_class(int letter);
bool regex_is_named_class(const struct regex_node *node);

/* Whether it is a dot that is repeated. */
static inline bool regex_is_gap(const struct regex_node *node)
{
	return node->kind == REGEX_REPEAT && regex_is_dot(node->children[0]);
}

#endif
