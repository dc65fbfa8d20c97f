#include "rules/evaluate/evaluation.h"

static uint32_t pattern_of(const struct evaluation *run, const struct condition *condition)
{
	return condition->string == STRING_OF_LOOP ? run->loop_string : condition->string;
}

/* How many of the sorted matches start below @address. */
static size_t count_below(const struct match *matches, size_t count, uint64_t address)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;

		if (matches[middle].address < address)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

/* Both ends included. */
static uint64_t count_between(const struct match *matches, size_t count, uint64_t low,
			      uint64_t high)
{
	size_t end = high == UINT64_MAX ? count : count_below(matches, count, high + 1);

	return end - count_below(matches, end, low);
}

/*
 * Conditions compare addresses as signed numbers, so those of the upper half (the kernel's vsyscall page) are
 * negative, though they are the last in the table.
 */
uint64_t matches_in_range(const struct evaluation *run, uint32_t pattern, int64_t low, int64_t high)
{
	size_t kept;
	uint64_t true_count, found = 0;
	const struct match *matches =
		match_table_get(run->view->matches, pattern, &kept, &true_count);

	if (!matches || low > high)
		return 0;
	if (low < 0)
		found += count_between(matches, kept, (uint64_t)low,
				       high < 0 ? (uint64_t)high : UINT64_MAX);
	if (high >= 0)
		found += count_between(matches, kept, low < 0 ? 0 : (uint64_t)low, (uint64_t)high);
	return found;
}

int evaluate_range(struct evaluation *run, const struct condition *low,
		   const struct condition *high, int64_t bounds[2], bool *defined)
{
	struct value values[2];
	int ret = condition_evaluate(run, low, &values[0]);

	*defined = false;
	if (ret == 0)
		ret = condition_evaluate(run, high, &values[1]);
	if (ret < 0 || values[0].kind == VALUE_UNDEFINED || values[1].kind == VALUE_UNDEFINED)
		return ret;
	bounds[0] = values[0].integer;
	bounds[1] = values[1].integer;
	*defined = true;
	return 0;
}

int evaluate_found(struct evaluation *run, const struct condition *condition, struct value *out)
{
	*out = value_integer(match_table_has(run->view->matches, pattern_of(run, condition)));
	return 0;
}

int evaluate_found_at(struct evaluation *run, const struct condition *condition, struct value *out)
{
	int ret = condition_evaluate(run, condition->children[0], out);

	if (ret < 0 || out->kind == VALUE_UNDEFINED)
		return ret;
	*out = value_integer(
		matches_in_range(run, pattern_of(run, condition), out->integer, out->integer) > 0);
	return 0;
}

static int count_in(struct evaluation *run, const struct condition *condition, struct value *out)
{
	int64_t bounds[2];
	bool defined;
	int ret = evaluate_range(run, condition->children[0], condition->children[1], bounds,
				 &defined);

	*out = value_undefined();
	if (ret == 0 && defined)
		*out = value_integer((int64_t)matches_in_range(run, pattern_of(run, condition),
							       bounds[0], bounds[1]));
	return ret;
}

int evaluate_found_in(struct evaluation *run, const struct condition *condition, struct value *out)
{
	int ret = count_in(run, condition, out);

	if (ret == 0 && out->kind == VALUE_INTEGER)
		out->integer = out->integer > 0;
	return ret;
}

int evaluate_count_in(struct evaluation *run, const struct condition *condition, struct value *out)
{
	return count_in(run, condition, out);
}

int evaluate_count(struct evaluation *run, const struct condition *condition, struct value *out)
{
	size_t kept;
	uint64_t count = 0;

	match_table_get(run->view->matches, pattern_of(run, condition), &kept, &count);
	*out = value_integer((int64_t)count);
	return 0;
}

/* The match with the index of children[0], from 1; *@match NULL: undefined. */
static int indexed_match(struct evaluation *run, const struct condition *condition,
			 const struct match **match)
{
	struct value index;
	size_t kept;
	uint64_t count;
	const struct match *matches;
	int ret = condition_evaluate(run, condition->children[0], &index);

	*match = NULL;
	if (ret < 0 || index.kind != VALUE_INTEGER || index.integer < 1)
		return ret;
	matches = match_table_get(run->view->matches, pattern_of(run, condition), &kept, &count);
	if (matches && (uint64_t)index.integer <= kept)
		*match = &matches[index.integer - 1];
	return 0;
}

int evaluate_offset(struct evaluation *run, const struct condition *condition, struct value *out)
{
	const struct match *match;
	int ret = indexed_match(run, condition, &match);

	*out = match ? value_integer((int64_t)match->address) : value_undefined();
	return ret;
}

int evaluate_length(struct evaluation *run, const struct condition *condition, struct value *out)
{
	const struct match *match;
	int ret = indexed_match(run, condition, &match);

	*out = match ? value_integer((int64_t)match->length) : value_undefined();
	return ret;
}
