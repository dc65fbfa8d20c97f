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
	struct arena_mark mark; /* of what the evaluation had before the rounds */
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

/* After the quantifier, and before anything is made for the first round. */
static void begin_rounds(const struct evaluation *run, struct loop *loop)
{
	loop->mark = arena_mark(run->texts);
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
	arena_rewind(run->texts, loop->mark);
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

	begin_rounds(run, &loop);
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
	begin_rounds(run, &loop);
	for (int64_t i = bounds[0];; i++) {
		run->slots[condition->slot] = value_integer(i);
		ret = run_body(run, condition, &loop);
		if (ret < 0 || loop.decided || i == bounds[1])
			break;
	}
	*out = loop_result(&loop);
	return ret;
}

/* All before the first round, as in YARA: what they log is seen even where the loop ends early. */
static int evaluate_items(struct evaluation *run, const struct condition *condition,
			  struct value **items)
{
	size_t count = condition->child_count - 1;
	int ret = 0;

	*items = arena_alloc_array(run->texts, count, sizeof(**items));
	if (!*items) {
		run->stop = STOP_FAILED;
		return error_no_memory(run->err, "the items of a loop");
	}
	for (size_t i = 0; i < count && ret == 0; i++)
		ret = condition_evaluate(run, condition->children[1 + i], &(*items)[i]);
	return ret;
}

int evaluate_for_list(struct evaluation *run, const struct condition *condition, struct value *out)
{
	struct loop loop = { 0 };
	struct value *items = NULL;
	int ret = goal_evaluate(run, &condition->quantifier, &loop.goal);

	if (ret == 0)
		ret = evaluate_items(run, condition, &items);
	begin_rounds(run, &loop);
	for (size_t i = 1; i < condition->child_count && ret == 0 && !loop.decided; i++) {
		run->slots[condition->slot] = items[i - 1];
		ret = run_body(run, condition, &loop);
	}
	*out = loop_result(&loop);
	return ret;
}

/* Sets the variables for round @index. */
typedef int set_variables(struct evaluation *run, const struct condition *condition,
			  const struct module_place *place, uint32_t index);

/* An array or dictionary that is not defined has no rounds. */
static int run_over_place(struct evaluation *run, const struct condition *condition,
			  set_variables *set, struct value *out)
{
	struct loop loop = { 0 };
	struct value place = value_undefined();
	uint32_t count = 0;
	int ret = goal_evaluate(run, &condition->quantifier, &loop.goal);

	if (ret == 0)
		ret = condition_evaluate(run, condition->children[1], &place);
	if (ret == 0 && place.kind == VALUE_PLACE)
		ret = place_count(run, &place.place, &count);
	begin_rounds(run, &loop);
	for (uint32_t i = 0; i < count && ret == 0 && !loop.decided; i++) {
		ret = set(run, condition, &place.place, i);
		if (ret == 0)
			ret = run_body(run, condition, &loop);
	}
	*out = loop_result(&loop);
	return ret;
}

static int set_element(struct evaluation *run, const struct condition *condition,
		       const struct module_place *place, uint32_t index)
{
	return place_element(run, place, index, &run->slots[condition->slot]);
}

static int set_entry(struct evaluation *run, const struct condition *condition,
		     const struct module_place *place, uint32_t index)
{
	int ret = place_key(run, place, index, &run->slots[condition->slot]);

	return ret < 0 ? ret : place_element(run, place, index, &run->slots[condition->slot + 1]);
}

int evaluate_for_array(struct evaluation *run, const struct condition *condition, struct value *out)
{
	return run_over_place(run, condition, set_element, out);
}

int evaluate_for_dictionary(struct evaluation *run, const struct condition *condition,
			    struct value *out)
{
	return run_over_place(run, condition, set_entry, out);
}
