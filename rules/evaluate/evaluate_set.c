#include "rules/evaluate/evaluation.h"

/* A count without a value means all of them: that is how YARA encodes `all`. */
static void set_count(struct goal *goal, const struct value *value)
{
	if (value->kind == VALUE_UNDEFINED)
		goal->kind = QUANTIFIER_ALL;
	else if (value->integer == 0)
		goal->kind = QUANTIFIER_NONE;
	else
		goal->count = value->integer;
}

int goal_evaluate(struct evaluation *run, const struct condition_quantifier *quantifier,
		  struct goal *out)
{
	struct value value;
	int ret;

	*out = (struct goal){ .kind = quantifier->kind };
	if (quantifier->kind == QUANTIFIER_ANY)
		*out = (struct goal){ .kind = QUANTIFIER_COUNT, .count = 1 };
	if (!quantifier->value)
		return 0;
	ret = condition_evaluate(run, quantifier->value, &value);
	if (ret < 0)
		return ret;
	if (quantifier->kind == QUANTIFIER_COUNT) {
		set_count(out, &value);
	} else {
		out->undefined = value.kind == VALUE_UNDEFINED;
		out->count = out->undefined ? 0 : value.integer;
	}
	return 0;
}

static bool at_least(uint64_t found, int64_t count)
{
	return count < 0 || found >= (uint64_t)count;
}

static bool percentage_reached(const struct goal *goal, uint64_t found, uint64_t count)
{
	return (double)found / (double)count * 100 >= (double)goal->count;
}

struct value goal_result(const struct goal *goal, uint64_t found, uint64_t count)
{
	switch (goal->kind) {
	case QUANTIFIER_ALL:
		return value_integer(found >= count);
	case QUANTIFIER_NONE:
		return value_integer(found == 0);
	case QUANTIFIER_PERCENT:
		if (goal->undefined || !count)
			return value_undefined();
		return value_integer(percentage_reached(goal, found, count));
	default:
		return value_integer(at_least(found, goal->count));
	}
}

int evaluate_of_strings(struct evaluation *run, const struct condition *condition,
			struct value *out)
{
	struct goal goal;
	uint64_t found = 0;
	int ret = goal_evaluate(run, &condition->quantifier, &goal);

	for (size_t i = 0; i < condition->set.count && ret == 0; i++) {
		found += match_table_has(run->view->matches, number_set_at(&condition->set, i));
		ret = evaluation_step(run);
	}
	*out = goal_result(&goal, found, condition->set.count);
	return ret;
}

static int count_found_between(struct evaluation *run, const struct condition *condition,
			       const int64_t bounds[2], struct value *out)
{
	struct goal goal;
	uint64_t found = 0;
	int ret = goal_evaluate(run, &condition->quantifier, &goal);

	for (size_t i = 0; i < condition->set.count && ret == 0; i++) {
		uint32_t pattern = number_set_at(&condition->set, i);

		found += matches_in_range(run, pattern, bounds[0], bounds[1]) > 0;
		ret = evaluation_step(run);
	}
	*out = goal_result(&goal, found, condition->set.count);
	return ret;
}

int evaluate_of_strings_at(struct evaluation *run, const struct condition *condition,
			   struct value *out)
{
	int ret = condition_evaluate(run, condition->children[0], out);

	if (ret < 0 || out->kind == VALUE_UNDEFINED)
		return ret;
	return count_found_between(run, condition, (const int64_t[]){ out->integer, out->integer },
				   out);
}

int evaluate_of_strings_in(struct evaluation *run, const struct condition *condition,
			   struct value *out)
{
	int64_t bounds[2];
	bool defined;
	int ret = evaluate_range(run, condition->children[0], condition->children[1], bounds,
				 &defined);

	*out = value_undefined();
	if (ret < 0 || !defined)
		return ret;
	return count_found_between(run, condition, bounds, out);
}

int evaluate_of_rules(struct evaluation *run, const struct condition *condition, struct value *out)
{
	struct goal goal;
	uint64_t found = 0;
	int ret = goal_evaluate(run, &condition->quantifier, &goal);

	for (size_t i = 0; i < condition->set.count && ret == 0; i++) {
		enum verdict verdict = run->raw[number_set_at(&condition->set, i)];

		if (verdict == VERDICT_UNDECIDED) {
			run->stop = STOP_RULE_DEADLINE;
			return ERROR_TIMEOUT;
		}
		found += verdict == VERDICT_TRUE;
		ret = evaluation_step(run);
	}
	*out = goal_result(&goal, found, condition->set.count);
	return ret;
}
