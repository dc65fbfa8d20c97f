#ifndef CKPT_TESTS_REGEX_ORACLE_H
#define CKPT_TESTS_REGEX_ORACLE_H

#include "engine/regex.h"

/*
 * The oracle: a backtracking matcher that walks the tree itself and tries one
 * way after the other, so it shares nothing with the two that are tested.
 */

/* As regex_match_at(), for short texts. False: it took too long and gave up. */
bool oracle_match(const struct regex_node *tree, uint32_t flags, const struct regex_text *text,
		  size_t start, bool *matched, size_t *length);

/*
 * Whether the order of preference is open. It is in an endless repeat whose
 * rounds may be empty, where greedy and lazy are mixed, or where a round must
 * come that may be empty at some places only, as in (^|a)+.
 */
bool oracle_order_open(const struct regex_node *node);

#endif
