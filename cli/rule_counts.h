#ifndef CKPT_CLI_RULE_COUNTS_H
#define CKPT_CLI_RULE_COUNTS_H

#include <stddef.h>

#include "engine/base/text.h"
#include "rules/compiled_rules.h"

/* What has to be judged and searched for in one kind of target; the other rules cannot be true there. */
struct live_count {
	size_t rules, strings;
};

/* What is in a set of rules, and how its strings are searched in processes. */
struct rule_counts {
	size_t sources; /* files, those that they include, and patterns of the command line */
	size_t namespaces;
	size_t rules, private_rules, global_rules;
	size_t not_evaluated; /* rules that use a module without values */
	const char *const *modules; /* those modules, by name; of the ruleset */
	size_t module_count;
	size_t strings, private_strings;
	size_t texts, hexes, regexes; /* as they were written */
	size_t nocase, wide, fullword, xored;
	size_t searched[STRATEGY_WHOLE + 1]; /* by enum strategy_kind */
	size_t chained; /* of them: in several parts */
	struct live_count live_in_processes, live_in_files;
};

/* Fails only without memory. @out borrows from @compiled. */
int rule_counts_make(struct rule_counts *out, const struct compiled_rules *compiled,
		     const struct diagnostics *notes, struct error *err);
/* A line each; what is not there is left out. */
void rule_counts_add_text(struct text *text, const struct rule_counts *counts);

#endif
