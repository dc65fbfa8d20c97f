#ifndef CKPT_RULES_CHECK_CHECKED_RULES_H
#define CKPT_RULES_CHECK_CHECKED_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/digest.h"
#include "engine/pattern.h"
#include "engine/regex.h"
#include "rules/check/condition.h"
#include "rules/diagnostic.h"
#include "rules/rule.h"

/* A rule as evaluate/ sees it. String i of the rule is pattern first_pattern + i. */
struct checked_rule {
	struct rule face;
	const struct condition *condition; /* NULL after an error */
	enum match_need *needs; /* what the condition asks, one per string */
	uint32_t first_pattern;
	uint32_t namespace_number;
	bool reads_bytes;
	bool requires_match; /* false for certain where none of its strings matches */
	bool not_evaluated; /* uses a module without values */
};

/* An external variable: its type is fixed when rules are checked, its value may be another when they are loaded. */
struct checked_external {
	const char *name;
	enum value_type type;
	struct value value;
};

/*
 * All that is known of a set of rules. Built once by check/, then immutable; everything but the regex programs
 * and the arrays lies in the arena.
 */
struct checked_rules {
	struct arena *arena;
	struct checked_rule *rules;
	size_t rule_count, rule_capacity;
	uint32_t namespace_count;
	struct pattern *patterns;
	struct source_span *pattern_spans;
	size_t pattern_count, pattern_capacity, span_capacity;
	struct regex_program **programs; /* of the operator `matches`, owned */
	size_t program_count, program_capacity;
	const struct module **modules; /* imported by any text, each once, in order of import */
	size_t module_count, module_capacity;
	struct checked_external *externals; /* in order of definition */
	size_t external_count;
};

#endif
