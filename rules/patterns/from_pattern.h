#ifndef CKPT_RULES_PATTERNS_FROM_PATTERN_H
#define CKPT_RULES_PATTERNS_FROM_PATTERN_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "rules/parse/tree.h"
#include "rules/ruleset.h"

/* Which of how many patterns it is, from 1. */
struct pattern_place {
	size_t number, count;
};

/*
 * Adds the rule pattern_N of namespace command_line for what was given on the command line, as if it had been
 * written in a file. What is wrong with it goes to @notes, in a file named after the option, or where there are
 * several patterns after the rule. Fails only without memory.
 */
int rule_from_pattern(struct rules_tree *tree, struct arena *arena,
		      const struct search_pattern *pattern, struct pattern_place place,
		      struct diagnostics *notes, struct error *err);

#endif
