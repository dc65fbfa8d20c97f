#ifndef CKPT_RULES_RULE_CACHE_H
#define CKPT_RULES_RULE_CACHE_H

#include "rules/compiled_rules.h"

/*
 * Compiled rules from one run to the next, in $XDG_CACHE_HOME/ckpt-scan or $HOME/.cache/ckpt-scan. They are found
 * by everything that they are made of: texts, names, namespaces, patterns, names and types of external variables,
 * modules, version and build of the program, kind of CPU. Of included files names and sums are kept, and looked at
 * again.
 *
 * Only a directory and files that belong to the effective user, and that nobody else may write, are used; no home of
 * another user than root. Whatever fails is as if there were no cache: nothing is said. One thread; several processes
 * may share it.
 */
struct rule_cache_query {
	const struct rule_text *texts;
	size_t text_count;
	const struct compile_options *options;
	uint8_t key[32];
};

/* False: these rules are not cached (texts that were compiled before, or no digest). */
bool rule_cache_query_init(struct rule_cache_query *query, const struct rule_text *texts,
			   size_t text_count, const struct compile_options *options);

/* As compiled_rules_load(), if there is something good for this query; else false. */
bool rule_cache_find(struct compiled_rules **out, const struct rule_cache_query *query,
		     enum match_need outputs, struct diagnostics *notes);
/* Keeps what was compiled for it; what was used least lately goes where all is more than RULE_CACHE_BYTES. */
void rule_cache_keep(const struct compiled_rules *compiled, const struct rule_cache_query *query,
		     struct diagnostics *notes);

#define RULE_CACHE_BYTES ((uint64_t)1 << 30)

#endif
