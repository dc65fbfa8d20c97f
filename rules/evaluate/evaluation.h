#ifndef CKPT_RULES_EVALUATE_EVALUATION_H
#define CKPT_RULES_EVALUATE_EVALUATION_H

#include "engine/base/arena.h"
#include "engine/base/deadline.h"
#include "engine/base/error.h"
#include "rules/check/checked_rules.h"
#include "rules/evaluate/console.h"
#include "rules/ruleset.h"
#include "rules/target_view.h"

/* Why a condition ended before it had a value. */
enum evaluation_stop {
	STOP_NOT,
	STOP_RULE_DEADLINE, /* its own, or it needs a rule that has no verdict */
	STOP_FAILED, /* an error that ends the whole evaluation */
};

/*
 * One target being judged, by one thread. Functions of evaluate/ return 0, or a negative code when the walk
 * ends early: then @stop says what that means.
 */
struct evaluation {
	const struct checked_rules *rules;
	const uint64_t *live; /* a bit for each rule: it is to be evaluated */
	struct target_view *view;
	const struct deadlines *deadlines;
	struct deadline rule_deadline;
	struct error *err;
	enum evaluation_stop stop;
	uint64_t steps;
	struct regex_scratch *scratch; /* made when `matches` first needs it */
	enum verdict *raw; /* of the rules before the one at hand: what references see */
	uint32_t loop_string; /* pattern number of the loop over strings */
	struct value slots[LOOP_SLOTS];
	struct arena
		*texts; /* what the rule at hand has made, given back after each round of a loop */
	struct module_run *modules; /* one for each that the rules import */
	struct console *console;
	uint32_t rule; /* its number */
	struct value entry_point; /* of the target, once a rule has asked */
	bool entry_point_known;
};

int condition_evaluate(struct evaluation *run, const struct condition *condition,
		       struct value *out);
/* As and, or, not and loops see it. */
int condition_holds(struct evaluation *run, const struct condition *condition, bool *out);

/* Once for each piece of work: now and then looks at the clock and at the flag to stop. */
int evaluation_step(struct evaluation *run);
/* Before work that takes long at once: looks at both now. */
int evaluation_look(struct evaluation *run);

/* Makes @scratch, once it is needed. Does not set @stop. */
int evaluation_scratch(struct evaluation *run);

bool value_is_true(const struct value *value);

/* One function for each kind of node. */
typedef int evaluate_function(struct evaluation *run, const struct condition *condition,
			      struct value *out);

/* evaluate.c: constants, names, truth */
/* evaluate_number.c */
evaluate_function evaluate_integer_unary, evaluate_float_minus, evaluate_integer_binary,
	evaluate_float_binary;
/* evaluate_text.c */
evaluate_function evaluate_text_compare, evaluate_text_search, evaluate_matches;
/* evaluate_string.c */
evaluate_function evaluate_found, evaluate_found_at, evaluate_found_in, evaluate_count,
	evaluate_count_in, evaluate_offset, evaluate_length;
/* evaluate_memory.c */
evaluate_function evaluate_filesize, evaluate_read, evaluate_entrypoint;
/* evaluate_set.c */
evaluate_function evaluate_of_strings, evaluate_of_strings_at, evaluate_of_strings_in,
	evaluate_of_rules;
/* evaluate_loop.c */
evaluate_function evaluate_for_strings, evaluate_for_range, evaluate_for_list, evaluate_for_array,
	evaluate_for_dictionary;
/* evaluate_module.c */
evaluate_function evaluate_module, evaluate_member, evaluate_element, evaluate_entry, evaluate_call,
	evaluate_regex;

/* How many elements the array or dictionary @place has; 0 where that is not defined. */
int place_count(struct evaluation *run, const struct module_place *place, uint32_t *count);
/* Element or entry @index, which is below place_count(). */
int place_element(struct evaluation *run, const struct module_place *place, uint32_t index,
		  struct value *out);
/* The key of entry @index. */
int place_key(struct evaluation *run, const struct module_place *place, uint32_t index,
	      struct value *out);

/* Kept matches of @pattern whose start, read as a signed number, lies in [low, high]. */
uint64_t matches_in_range(const struct evaluation *run, uint32_t pattern, int64_t low,
			  int64_t high);
/* Low and high of children[0] and [1]; *@defined false: one of them is not. */
int evaluate_range(struct evaluation *run, const struct condition *low,
		   const struct condition *high, int64_t bounds[2], bool *defined);

/* A quantifier with its value, as loops and sets need it. */
struct goal {
	enum quantifier_kind
		kind; /* COUNT: at least .count; a count that is undefined becomes ALL */
	int64_t count;
	bool undefined; /* a percentage without a value */
};

int goal_evaluate(struct evaluation *run, const struct condition_quantifier *quantifier,
		  struct goal *out);
/* What `of` gives when @found of @count are there. */
struct value goal_result(const struct goal *goal, uint64_t found, uint64_t count);

#endif
