#ifndef TESTS_UNIT_RULES_JUDGED_TARGET_H
#define TESTS_UNIT_RULES_JUDGED_TARGET_H

#include "rules/ruleset.h"

/*
 * A target made of arrays. Its matches are found by comparing bytes at every place, for patterns that are one
 * literal; there is no engine in these tests.
 */
struct judged_block {
	uint64_t address;
	const char *data;
	size_t length;
};

struct judged_target {
	struct target_view view;
	struct target_facts facts;
	const struct judged_block *blocks;
	size_t block_count;
	int lend_error; /* what lend() fails with; 0: it lends */
	size_t lend_calls;
	struct match_table *table;
};

/* Compiles one text in namespace "default"; NULL after errors. @notes is made here, and the caller's. */
struct ruleset *compile_text(const char *text, const struct compile_options *options,
			     struct diagnostics **notes);
/* Ends the test when there are errors. */
struct ruleset *compile_good(const char *text);

void judged_target_init(struct judged_target *target, const struct ruleset *rules,
			const struct judged_block *blocks, size_t block_count);
void judged_target_release(struct judged_target *target);

/* The verdict of rule @index; ends the test when the evaluation fails. */
enum verdict judge_rule_at(const struct ruleset *rules, struct judged_target *target, size_t index);

#endif
