#ifndef CKPT_RULES_RULESET_H
#define CKPT_RULES_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/deadline.h"
#include "engine/base/error.h"
#include "engine/pattern.h"
#include "rules/diagnostic.h"
#include "rules/module.h"
#include "rules/rule.h"
#include "rules/target_view.h"

/* A text that others may include under its name. */
struct included_text {
	const char *name; /* as the including text's directory and the name in it make it */
	struct bytes text;
};

/* What a text that was saved with compiled rules includes: these, and nothing from disk. */
struct included_texts {
	const struct included_text *items;
	size_t count;
};

/* One text to compile. */
struct rule_text {
	const char *name; /* of the file, for messages and for includes */
	const char *namespace_name; /* "default" where none was given */
	struct bytes text;
};

/* -e, --search, --patterns: each becomes a rule pattern_N of namespace command_line with string $p. */
struct search_pattern {
	struct bytes text;
	bool is_regex;
	bool nocase, wide; /* wide: also, beside ascii */
};

enum external_kind { EXTERNAL_INTEGER, EXTERNAL_FLOAT, EXTERNAL_BOOLEAN, EXTERNAL_TEXT };

struct external {
	const char *name; /* ends at "=" or at its end, so that an argument need not be copied */
	enum external_kind kind;
	int64_t integer; /* also the boolean */
	double real;
	struct bytes text;
};

/* "name=value" as yara's -d reads it: true/false, integer, float, else text. ERROR_USAGE: no name. @out borrows @argument. */
int external_parse(struct external *out, const char *argument, struct error *err);

struct compile_options {
	const struct external *externals;
	size_t external_count;
	const struct search_pattern *patterns; /* come after the texts, in this order */
	size_t pattern_count;
	bool no_includes;
	/* No rule is left out where it cannot be true: the same answers by more work, for whoever compares. */
	bool every_rule_live;
	/* One per text; NULL, or NULL for a text: includes are read from disk. */
	const struct included_texts *const *included;
	const struct module *const
		*modules; /* beside the built-in ones; ends with NULL; may be NULL */
};

/* Checked rules with their patterns. Immutable; any number of threads. */
struct ruleset;

/*
 * All errors and warnings go to @notes; ERROR_RULES when there was an error; ERROR_USAGE where an external has
 * no identifier for a name, or two have the same. Texts and options may be freed afterwards.
 */
int ruleset_compile(struct ruleset **out, const struct rule_text *texts, size_t count,
		    const struct compile_options *options, struct diagnostics *notes,
		    struct error *err);
void ruleset_free(struct ruleset *rules);

/* In order of definition; private ones too. */
const struct rule *const *ruleset_rules(const struct ruleset *rules, size_t *count);
const struct pattern *ruleset_patterns(const struct ruleset *rules, size_t *count);
/* Source place of the string behind a pattern, for an engine's refusal. */
struct source_span ruleset_pattern_span(const struct ruleset *rules, uint32_t pattern);
/* SHA-256 over all source text, included files too, externals and ad hoc patterns, in order. */
const uint8_t *ruleset_digest(const struct ruleset *rules);

/*
 * What can be true for such a target: one need per pattern, at least what conditions ask of it and, for
 * patterns of rules that may be reported, @outputs; NEED_NOTHING for patterns of rules that cannot be true there. Of
 * @facts only the kind counts. Returns whether a live condition reads bytes of memory.
 */
bool ruleset_needs(const struct ruleset *rules, const struct target_facts *facts,
		   enum match_need outputs, enum match_need *needs);

/* Whether rule @index is evaluated for such a target: it can be true there, or others need it, or it may log. */
bool ruleset_rule_is_live(const struct ruleset *rules, const struct target_facts *facts,
			  size_t index);

/* Result of one target. */
enum verdict { VERDICT_FALSE, VERDICT_TRUE, VERDICT_UNDECIDED };

/* What a rule said by console.log(). */
struct console_line {
	uint32_t rule; /* its number */
	struct bytes text; /* any bytes */
};

struct verdicts {
	enum verdict *
		rules; /* one per rule, in order: what is to be reported (globals applied, private ones too); malloc'd */
	size_t count;
	struct console_line *lines; /* in order of evaluation, that is of rules */
	size_t line_count;
	uint64_t lines_dropped; /* beyond CONSOLE_BYTES_LIMIT */
	struct arena *console; /* owns lines and texts; NULL: none */
};

/* Of one target, all rules together. */
#define CONSOLE_BYTES_LIMIT (1u << 20)

void verdicts_release(struct verdicts *verdicts);

struct deadlines {
	double rule_seconds; /* a rule's condition on one target; 0: none */
	struct deadline checkpoint; /* of everything */
	const _Atomic int *stop; /* non-zero: ends with ERROR_INTERRUPTED; may be NULL */
};

/*
 * Judges one target. A rule past its own deadline is VERDICT_UNDECIDED; the others stand. ERROR_NOT_KEPT as
 * in target_view.h; ERROR_TIMEOUT when the checkpoint's deadline passed; ERROR_INTERRUPTED when told to stop.
 */
int ruleset_evaluate(const struct ruleset *rules, struct target_view *view,
		     const struct deadlines *deadlines, struct verdicts *out, struct error *err);
/* Rules that use a module without values, and those modules: names in order, each once; lent. */
size_t ruleset_not_evaluated(const struct ruleset *rules, const char *const **modules,
			     size_t *module_count);
/* Whether rule @index's condition uses counts, places or lengths of @pattern (then a cut-off count matters). */
bool ruleset_rule_counts(const struct ruleset *rules, size_t index, uint32_t pattern);

#endif
