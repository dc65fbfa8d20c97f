#include "rules/evaluate/evaluation.h"

/* A loop on its way: how often its body ran, and how often it held. */
struct loop {
	struct goal goal;
	uint64_t rounds, held;
	bool decided;
};

/* Whether more rounds can change what comes out. */
static bool is_decided(const struct loop *loop)
{
	switch (loop->goal.kind) {
	case QUANTIFIER_ALL:
		return loop->held < loop->rounds;
	case QUANTIFIER_NONE:
		return loop->held > 0;
	case QUANTIFIER_PERCENT:
		return false;
	default:
		return loop->goal.count < 0 || loop->held >= (uint64_t)loop->goal.count;
	}
}

static int run_body(struct evaluation *run, const struct condition *condition, struct loop *loop)
{
	bool holds;
	int ret = condition_holds(run, condition->children[0], &holds);

	if (ret < 0)
		return ret;
	loop->rounds++;
	loop->held += holds;
	loop->decided = is_decided(loop);
	return 0;
}

/* No round at all is false, whatever the quantifier. */
static struct value loop_result(const struct loop *loop)
{
	if (!loop->rounds)
		return value_integer(0);
	return goal_result(&loop->goal, loop->held, loop->rounds);
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
