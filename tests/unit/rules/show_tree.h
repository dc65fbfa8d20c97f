#ifndef CKPT_TESTS_RULES_SHOW_TREE_H
#define CKPT_TESTS_RULES_SHOW_TREE_H

#include "engine/base/text.h"
#include "rules/parse/tree.h"

/*
 * Trees as one line of text, so that a test's row can hold them.
 *
 * Regexes: a byte as itself or xNN, with a mask xNN/MM, any byte as ".", a class as [ranges], a sequence as
 * (one two), an alternation as (one | two), a repeat as one{min,max} with "?" for a lazy one, nothing as _,
 * anchors as ^ $ \b \B.
 */
void show_regex(struct text *out, const struct regex_node *node);

/* Expressions: (operator operand operand), leaves as they are written. */
void show_expression(struct text *out, const struct expression *expression);

#endif
