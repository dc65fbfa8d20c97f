#include "rules/evaluate/evaluation.h"

#include <stdatomic.h>
#include <string.h>

/* Looking at the clock costs about as much as this many nodes. */
#define STEPS_PER_LOOK 1024u

static bool told_to_stop(const struct deadlines *deadlines)
{
	return deadlines->stop && atomic_load_explicit(deadlines->stop, memory_order_relaxed);
}

int evaluation_look(struct evaluation *run)
{
	if (told_to_stop(run->deadlines)) {
		run->stop = STOP_FAILED;
		return error_set(run->err, ERROR_INTERRUPTED, 0,
				 "told to stop while rules were judged");
	}
	if (deadline_passed(run->deadlines->checkpoint)) {
		run->stop = STOP_FAILED;
		return error_set(run->err, ERROR_TIMEOUT, 0,
				 "the time for this checkpoint is over");
	}
	if (deadline_passed(run->rule_deadline)) {
		run->stop = STOP_RULE_DEADLINE;
		return ERROR_TIMEOUT;
	}
	return 0;
}

int evaluation_step(struct evaluation *run)
{
	return ++run->steps % STEPS_PER_LOOK ? 0 : evaluation_look(run);
}

int evaluation_scratch(struct evaluation *run)
{
	int ret;

	if (run->scratch)
		return 0;
	ret = regex_scratch_new(&run->scratch, run->err);
	if (ret == 0)
		regex_scratch_set_stop(run->scratch, run->deadlines->stop);
	return ret;
}

/* A float is true unless all of its bits are 0, so -0.0 is true: YARA looks at the bits. */
static bool float_is_true(double real)
{
	uint64_t bits;

	memcpy(&bits, &real, sizeof(bits));
	return bits;
}

bool value_is_true(const struct value *value)
{
	switch (value->kind) {
	case VALUE_INTEGER:
		return value->integer;
	case VALUE_FLOAT:
		return float_is_true(value->real);
	case VALUE_TEXT:
		return value->text.length;
	case VALUE_REGEX:
	case VALUE_PLACE:
		return true;
	case VALUE_UNDEFINED:
		break;
	}
	return false;
}

int condition_holds(struct evaluation *run, const struct condition *condition, bool *out)
{
	struct value value = value_undefined();
	int ret = condition_evaluate(run, condition, &value);

	*out = value_is_true(&value);
	return ret;
}

static int evaluate_constant(struct evaluation *run, const struct condition *condition,
			     struct value *out)
{
	(void)run;
	*out = condition->constant;
	return 0;
}

static int evaluate_variable(struct evaluation *run, const struct condition *condition,
			     struct value *out)
{
	*out = run->slots[condition->slot];
	return 0;
}

static int evaluate_external(struct evaluation *run, const struct condition *condition,
			     struct value *out)
{
	*out = run->rules->externals[condition->external].value;
	return 0;
}

/* A rule that got no verdict in its time gives none to those that build on it either. */
static int evaluate_rule(struct evaluation *run, const struct condition *condition,
			 struct value *out)
{
	enum verdict verdict = run->raw[condition->rule];

	if (verdict == VERDICT_UNDECIDED) {
		run->stop = STOP_RULE_DEADLINE;
		return ERROR_TIMEOUT;
	}
	*out = value_integer(verdict == VERDICT_TRUE);
	return 0;
}

static int evaluate_not(struct evaluation *run, const struct condition *condition,
			struct value *out)
{
	int ret = condition_evaluate(run, condition->children[0], out);

	if (ret == 0 && out->kind != VALUE_UNDEFINED)
		*out = value_integer(!value_is_true(out));
	return ret;
}

static int evaluate_defined(struct evaluation *run, const struct condition *condition,
			    struct value *out)
{
	int ret = condition_evaluate(run, condition->children[0], out);

	if (ret == 0)
		*out = value_integer(out->kind != VALUE_UNDEFINED);
	return ret;
}

/* From operand @first on; ends at one that is @decisive; undefined counts as false. */
static int evaluate_junction(struct evaluation *run, const struct condition *condition,
			     size_t first, bool decisive, struct value *out)
{
	for (size_t i = first; i < condition->child_count; i++) {
		bool holds;
		int ret = condition_holds(run, condition->children[i], &holds);

		if (ret < 0)
			return ret;
		if (holds == decisive) {
			*out = value_integer(decisive);
			return 0;
		}
	}
	*out = value_integer(!decisive);
	return 0;
}

/* For what the second operand logs: the result is false already, since the first is undefined. */
static int evaluate_and_logging(struct evaluation *run, const struct condition *condition,
				struct value *out)
{
	struct value first, unused;
	int ret = condition_evaluate(run, condition->children[0], &first);

	*out = value_integer(0);
	if (ret < 0 || (first.kind != VALUE_UNDEFINED && !value_is_true(&first)))
		return ret;
	if (first.kind == VALUE_UNDEFINED)
		return condition_evaluate(run, condition->children[1], &unused);
	return evaluate_junction(run, condition, 1, false, out);
}

static int evaluate_and(struct evaluation *run, const struct condition *condition,
			struct value *out)
{
	if (condition->logs_anyway)
		return evaluate_and_logging(run, condition, out);
	return evaluate_junction(run, condition, 0, false, out);
}

/* YARA leaves the first operand as it is where that decides: a loop around then counts it as the number it is. */
static int evaluate_or(struct evaluation *run, const struct condition *condition, struct value *out)
{
	int ret = condition_evaluate(run, condition->children[0], out);

	if (ret < 0)
		return ret;
	if (!value_is_true(out))
		return evaluate_junction(run, condition, 1, true, out);
	if (out->kind != VALUE_INTEGER && out->kind != VALUE_FLOAT)
		*out = value_integer(1);
	return 0;
}

static evaluate_function *const functions[CONDITION_KINDS] = {
	[CONDITION_CONSTANT] = evaluate_constant,
	[CONDITION_FILESIZE] = evaluate_filesize,
	[CONDITION_VARIABLE] = evaluate_variable,
	[CONDITION_RULE] = evaluate_rule,
	[CONDITION_READ] = evaluate_read,
	[CONDITION_FOUND] = evaluate_found,
	[CONDITION_FOUND_AT] = evaluate_found_at,
	[CONDITION_FOUND_IN] = evaluate_found_in,
	[CONDITION_COUNT] = evaluate_count,
	[CONDITION_COUNT_IN] = evaluate_count_in,
	[CONDITION_OFFSET] = evaluate_offset,
	[CONDITION_LENGTH] = evaluate_length,
	[CONDITION_NOT] = evaluate_not,
	[CONDITION_DEFINED] = evaluate_defined,
	[CONDITION_AND] = evaluate_and,
	[CONDITION_OR] = evaluate_or,
	[CONDITION_INTEGER_UNARY] = evaluate_integer_unary,
	[CONDITION_FLOAT_MINUS] = evaluate_float_minus,
	[CONDITION_INTEGER_BINARY] = evaluate_integer_binary,
	[CONDITION_FLOAT_BINARY] = evaluate_float_binary,
	[CONDITION_TEXT_COMPARE] = evaluate_text_compare,
	[CONDITION_TEXT_SEARCH] = evaluate_text_search,
	[CONDITION_MATCHES] = evaluate_matches,
	[CONDITION_OF_STRINGS] = evaluate_of_strings,
	[CONDITION_OF_STRINGS_AT] = evaluate_of_strings_at,
	[CONDITION_OF_STRINGS_IN] = evaluate_of_strings_in,
	[CONDITION_OF_RULES] = evaluate_of_rules,
	[CONDITION_FOR_STRINGS] = evaluate_for_strings,
	[CONDITION_FOR_RANGE] = evaluate_for_range,
	[CONDITION_FOR_LIST] = evaluate_for_list,
	[CONDITION_FOR_ARRAY] = evaluate_for_array,
	[CONDITION_FOR_DICTIONARY] = evaluate_for_dictionary,
	[CONDITION_MODULE] = evaluate_module,
	[CONDITION_MEMBER] = evaluate_member,
	[CONDITION_ELEMENT] = evaluate_element,
	[CONDITION_ENTRY] = evaluate_entry,
	[CONDITION_CALL] = evaluate_call,
	[CONDITION_REGEX] = evaluate_regex,
	[CONDITION_ENTRYPOINT] = evaluate_entrypoint,
	[CONDITION_EXTERNAL] = evaluate_external,
};

int condition_evaluate(struct evaluation *run, const struct condition *condition, struct value *out)
{
	int ret = evaluation_step(run);

	if (ret < 0)
		return ret;
	return functions[condition->kind](run, condition, out);
}
