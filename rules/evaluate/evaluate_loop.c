#include "rules/evaluate/evaluation.h"

#include <string.h>

/*
 * A loop on its way. YARA adds up what its body gives: a truth value is 0 or 1, but an integer counts as it is,
 * so that `for all i in (1..2) : (2)` comes to 4 of 2 and is false.
 */
struct loop {
	struct goal goal;
	uint64_t rounds; /* that ended; at least one, or the loop is false */
	int64_t sum;
	bool decided;
};

/* What a body adds: of a float its bits, for YARA keeps all values in one slot. */
static int64_t body_number(const struct value *value)
{
	int64_t bits;

	switch (value->kind) {
	case VALUE_INTEGER:
		return value->integer;
	case VALUE_FLOAT:
		memcpy(&bits, &value->real, sizeof(bits));
		return bits;
	case VALUE_TEXT:
		return value->text.length > 0;
	case VALUE_REGEX:
	case VALUE_PLACE:
	case VALUE_UNDEFINED:
		break;
	}
	return 0;
}

/* Whether YARA ends the loop after a round that gave @last. */
static bool is_decided(const struct loop *loop, const struct value *last)
{
	if (last->kind == VALUE_UNDEFINED)
		return false;
	switch (loop->goal.kind) {
	case QUANTIFIER_ALL:
		return body_number(last) == 0;
	case QUANTIFIER_NONE:
		return body_number(last) == 1;
	default:
		return loop->sum >= loop->goal.count;
	}
}

static int run_body(struct evaluation *run, const struct condition *condition, struct loop *loop)
{
	struct value last;
	int ret = condition_evaluate(run, condition->children[0], &last);

	if (ret < 0)
		return ret;
	loop->rounds++;
	loop->sum = (int64_t)((uint64_t)loop->sum + (uint64_t)body_number(&last));
	loop->decided = is_decided(loop, &last);
	return 0;
}

static bool goal_reached(const struct loop *loop)
{
	switch (loop->goal.kind) {
	case QUANTIFIER_ALL:
		return loop->sum == (int64_t)loop->rounds;
	case QUANTIFIER_NONE:
		return loop->sum == 0;
	default:
		return loop->sum >= loop->goal.count;
	}
}

/* No round at all is false, whatever the quantifier. */
static struct value loop_result(const struct loop *loop)
{
	return value_integer(loop->rounds && goal_reached(loop));
}

int evaluate_for_strings(struct evaluation *run, const struct condition *condition,
			 struct value *out)
{
	struct loop loop = { 0 };
	uint32_t outer = run->loop_string;
	int ret = goal_evaluate(run, &condition->quantifier, &loop.goal);

	for (size_t i = 0; i < condition->set.count && ret == 0 && !loop.decided; i++) {
		run->loop_string = number_set_at(&condition->set, i);
		ret = run_body(run, condition, &loop);
	}
	run->loop_string = outer;
	*out = loop_result(&loop);
	return ret;
}

int evaluate_for_range(struct evaluation *run, const struct condition *condition, struct value *out)
{
	struct loop loop = { 0 };
	int64_t bounds[2];
	bool defined;
	int ret = goal_evaluate(run, &condition->quantifier, &loop.goal);

	*out = value_integer(0);
	if (ret == 0)
		ret = evaluate_range(run, condition->children[1], condition->children[2], bounds,
				     &defined);
	if (ret < 0 || !defined || bounds[0] > bounds[1])
		return ret;
	for (int64_t i = bounds[0];; i++) {
		run->slots[condition->slot] = value_integer(i);
		ret = run_body(run, condition, &loop);
		if (ret < 0 || loop.decided || i == bounds[1])
			break;
	}
	*out = loop_result(&loop);
	return ret;
}

/* Items are evaluated as they come, outside of the loop: they cannot name its variable. */
int evaluate_for_list(struct evaluation *run, const struct condition *condition, struct value *out)
{
	struct loop loop = { 0 };
	int ret = goal_evaluate(run, &condition->quantifier, &loop.goal);

	for (size_t i = 1; i < condition->child_count && ret == 0 && !loop.decided; i++) {
		struct value item;

		ret = condition_evaluate(run, condition->children[i], &item);
		if (ret < 0)
			break;
		run->slots[condition->slot] = item;
		ret = run_body(run, condition, &loop);
	}
	*out = loop_result(&loop);
	return ret;
}
