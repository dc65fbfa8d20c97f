#ifndef CKPT_RULES_CHECK_CHECKER_H
#define CKPT_RULES_CHECK_CHECKER_H

#include "engine/base/error.h"
#include "rules/check/checked_rules.h"
#include "rules/check/name_map.h"
#include "rules/parse/tree.h"
#include "rules/ruleset.h"

/* How many elements of sets wildcards and lists may come to, all rules together. */
#define SET_ELEMENTS_LIMIT (1u << 25)
#define STRINGS_PER_RULE_LIMIT 10000u

struct loop_variable {
	const char *name;
	enum value_type type;
	const struct module_member *declared; /* of a structure, array or dictionary */
	uint32_t slot;
	bool is_open; /* what it runs over is being checked: its name is taken, but has no value */
};

/* The number of a module whose import was refused: nothing is said of its uses. */
#define MODULE_REFUSED UINT32_MAX

/*
 * One run of the checks over all rules, in order. One thread. Functions of check/ that return a pointer return
 * NULL after an error that was reported (or without memory, then @failed is set).
 */
struct checker {
	struct checked_rules *out;
	struct diagnostics *notes;
	const struct compile_options *options;
	struct error *err;
	int failed; /* no memory: everything ends */

	struct name_map namespaces; /* name -> number */
	struct name_map rules; /* by namespace */
	struct name_map wildcards; /* prefixes used in rule sets, by namespace */
	size_t import; /* the next to be checked */
	struct name_map modules; /* imported, by namespace -> number */
	struct name_map externals; /* name -> number */
	uint32_t set_elements;
	bool sets_refused; /* beyond the limit */

	/* the rule at hand */
	const struct rule_definition *definition;
	struct checked_rule *rule;
	struct name_map strings;
	bool *referenced; /* one per string */
	size_t referenced_capacity;
	size_t log_calls; /* to functions that write console lines, so far */
	bool misnamed; /* a name in the condition is no string's: it may have meant any that is left over */
	/* where in its condition */
	struct loop_variable variables[LOOP_SLOTS];
	uint32_t variable_count, loop_depth, depth;
	const struct number_set *loop_set; /* of the loop over strings around; NULL: none */
	enum match_need loop_need; /* what its body asks of each of them */
};

/* Checks all of @tree into @out, whose arena is there. Negative: no memory. */
int checker_run(struct checked_rules *out, const struct rules_tree *tree,
		const struct compile_options *options, struct diagnostics *notes,
		struct error *err);

/* Reports an error in the rule at hand; returns NULL for "return checker_error(...)". */
void *checker_error(struct checker *checker, struct source_span span, const char *code,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same for a name that is no string's; @star: "*" or "". */
void *checker_undefined_string(struct checker *checker, struct source_span span, const char *name,
			       const char *star);
void checker_warning(struct checker *checker, struct source_span span, const char *code,
		     const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Remembers that there is no memory; returns NULL. */
void *checker_no_memory(struct checker *checker);
void *checker_alloc(struct checker *checker, size_t count, size_t item_bytes);

/* check_imports.c */
/* Those that come before rule @rule and have not been checked yet. */
void check_imports(struct checker *checker, const struct rules_tree *tree, size_t rule);
uint32_t checker_namespace(struct checker *checker, const char *name);

/* check_string.c: the definitions of the rule at hand, and its patterns */
void check_strings(struct checker *checker);

/* check_condition.c */
const struct condition *check_expression(struct checker *checker,
					 const struct expression *expression);
/* The same where a structure, array, dictionary or function may stand. */
const struct condition *check_place(struct checker *checker, const struct expression *expression);
/* As a truth value: says where a text stands for one. */
const struct condition *check_boolean(struct checker *checker, const struct expression *expression);
struct condition *condition_new(struct checker *checker, enum condition_kind kind,
				enum value_type type, size_t child_count);
struct condition *condition_unknown(struct checker *checker);
const char *value_type_name(enum value_type type);
/* False (and an error) unless @condition is of @type; unknown passes. */
bool check_type(struct checker *checker, const struct condition *condition, enum value_type type,
		struct source_span span, const char *operator);

/* check_operator.c */
const struct condition *check_unary(struct checker *checker, const struct expression *expression);
const struct condition *check_binary(struct checker *checker, const struct expression *expression);
/* A regular expression, ready to run; NULL after an error. */
const struct regex_program *check_program(struct checker *checker,
					  const struct expression *expression);

/* check_identifier.c */
const struct condition *check_identifier(struct checker *checker,
					 const struct expression *expression);

/* check_access.c: what modules have */
const struct condition *check_access(struct checker *checker, const struct expression *expression);
/* @condition, unless it is something that no operator takes. */
const struct condition *check_usage(struct checker *checker, const struct expression *expression,
				    const struct condition *condition);
/* What an access is to, without index and arguments, for messages. */
const char *expression_identifier(const struct expression *expression);
bool is_composite(enum value_type type);
/* The type of what @member declares, and what a place of it is a place of. */
void check_declared(const struct module_member *member, enum value_type *type,
		    const struct module_member **declared);

/* check_reference.c: strings, ranges */
const struct condition *check_string_reference(struct checker *checker,
					       const struct expression *expression);
/* Sets @low and @high; false after an error. */
bool check_range(struct checker *checker, struct expression *const *bounds,
		 const struct condition **low, const struct condition **high);
/* The condition asks that much of a string (or of all that the loop around is over). */
void checker_need(struct checker *checker, uint32_t string, enum match_need need);

/* check_set.c */
const struct condition *check_of(struct checker *checker, const struct expression *expression);
bool check_quantifier(struct checker *checker, const struct quantifier *quantifier,
		      struct condition_quantifier *out);
/* Strings of the rule at hand, as pattern numbers. */
bool check_string_set(struct checker *checker, const struct string_set *set,
		      struct number_set *out);

/* check_loop.c */
const struct condition *check_for_of(struct checker *checker, const struct expression *expression);
const struct condition *check_for_in(struct checker *checker, const struct expression *expression);

/* requires_match.c */
bool condition_requires_match(const struct condition *condition);

#endif
