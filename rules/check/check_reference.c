#include "rules/check/checker.h"

#include <string.h>

void checker_need(struct checker *checker, uint32_t string, enum match_need need)
{
	enum match_need *needs = checker->rule->needs;
	uint32_t first = checker->rule->first_pattern;

	if (string == STRING_OF_LOOP) {
		if (checker->loop_need < need)
			checker->loop_need = need;
		return;
	}
	checker->referenced[string - first] = true;
	if (needs[string - first] < need)
		needs[string - first] = need;
}

static bool find_string(struct checker *checker, const struct expression *expression,
			uint32_t *string)
{
	const char *name = expression->name;

	if (!*name) {
		*string = STRING_OF_LOOP;
		if (checker->loop_set)
			return true;
		checker->misnamed = true;
		return checker_error(checker, expression->span, "misplaced-anonymous-string",
				     "wrong use of anonymous string");
	}
	if (!name_map_find(&checker->strings, 0, name, strlen(name), string))
		return checker_undefined_string(checker, expression->span, name, "");
	return true;
}

bool check_range(struct checker *checker, struct expression *const *bounds,
		 const struct condition **low, const struct condition **high)
{
	bool good = true;

	*low = check_expression(checker, bounds[0]);
	*high = check_expression(checker, bounds[1]);
	if (!*low || !*high)
		return false;
	if ((*low)->type != TYPE_INTEGER && (*low)->type != TYPE_UNKNOWN)
		good = checker_error(checker, bounds[0]->span, "wrong-type",
				     "wrong type for range's lower bound");
	if ((*high)->type != TYPE_INTEGER && (*high)->type != TYPE_UNKNOWN)
		good = checker_error(checker, bounds[1]->span, "wrong-type",
				     "wrong type for range's upper bound");
	if (!good || !(*low)->is_known || !(*high)->is_known)
		return good;
	if ((*low)->known > (*high)->known)
		return checker_error(checker, bounds[0]->span, "invalid-value",
				     "invalid value in condition: \"range lower bound must be "
				     "less than upper bound\"");
	if ((*low)->known < 0)
		return checker_error(checker, bounds[0]->span, "invalid-value",
				     "invalid value in condition: \"range lower bound can not "
				     "be negative\"");
	return true;
}

static bool check_at(struct checker *checker, const struct expression *expression,
		     struct condition *condition)
{
	condition->children[0] = check_expression(checker, expression->children[0]);
	return condition->children[0] && check_type(checker, condition->children[0], TYPE_INTEGER,
						    expression->children[0]->span, "at");
}

static const struct condition *index_new(struct checker *checker, int64_t number)
{
	struct condition *index = condition_new(checker, CONDITION_CONSTANT, TYPE_INTEGER, 0);

	if (!index)
		return NULL;
	index->constant = (struct value){ .kind = VALUE_INTEGER, .integer = number };
	index->is_known = true;
	index->known = number;
	return index;
}

static bool is_number_of_match(const struct condition *index)
{
	return index->type == TYPE_INTEGER || index->type == TYPE_BOOLEAN ||
	       index->type == TYPE_UNKNOWN;
}

/* YARA takes an index of any type; a float, text or regex is never in range, as 0 is not. */
static bool check_index(struct checker *checker, const struct expression *expression,
			struct condition *condition)
{
	const struct condition *index;

	if (expression->child_count)
		index = check_expression(checker, expression->children[0]);
	else
		index = index_new(checker, 1);
	if (index && !is_number_of_match(index))
		index = index_new(checker, 0);
	condition->children[0] = index;
	return index;
}

/* What becomes of each form of a reference. */
struct reference_form {
	enum condition_kind kind;
	enum value_type type;
	size_t child_count;
	enum match_need need;
};

static struct reference_form form_of(const struct expression *expression)
{
	switch (expression->kind) {
	case EXPRESSION_STRING_AT:
		return (struct reference_form){ CONDITION_FOUND_AT, TYPE_BOOLEAN, 1, NEED_ALL };
	case EXPRESSION_STRING_IN:
		return (struct reference_form){ CONDITION_FOUND_IN, TYPE_BOOLEAN, 2, NEED_ALL };
	case EXPRESSION_STRING_COUNT:
		if (expression->child_count)
			return (struct reference_form){ CONDITION_COUNT_IN, TYPE_INTEGER, 2,
							NEED_ALL };
		return (struct reference_form){ CONDITION_COUNT, TYPE_INTEGER, 0, NEED_COUNT };
	case EXPRESSION_STRING_OFFSET:
		return (struct reference_form){ CONDITION_OFFSET, TYPE_INTEGER, 1, NEED_ALL };
	case EXPRESSION_STRING_LENGTH:
		return (struct reference_form){ CONDITION_LENGTH, TYPE_INTEGER, 1, NEED_ALL };
	default:
		return (struct reference_form){ CONDITION_FOUND, TYPE_BOOLEAN, 0, NEED_PRESENCE };
	}
}

static bool check_reference_operands(struct checker *checker, const struct expression *expression,
				     struct condition *condition)
{
	switch (condition->kind) {
	case CONDITION_FOUND_AT:
		return check_at(checker, expression, condition);
	case CONDITION_FOUND_IN:
	case CONDITION_COUNT_IN:
		return check_range(checker, expression->children, &condition->children[0],
				   &condition->children[1]);
	case CONDITION_OFFSET:
	case CONDITION_LENGTH:
		return check_index(checker, expression, condition);
	default:
		return true;
	}
}

/* The place of the first match is known wherever it is known that there is one. */
static enum match_need need_of(const struct condition *condition, enum match_need need)
{
	const struct condition *index;

	if (condition->kind != CONDITION_OFFSET)
		return need;
	index = condition->children[0];
	return index && index->is_known && index->known == 1 ? NEED_PRESENCE : need;
}

const struct condition *check_string_reference(struct checker *checker,
					       const struct expression *expression)
{
	struct reference_form form = form_of(expression);
	struct condition *condition =
		condition_new(checker, form.kind, form.type, form.child_count);
	uint32_t string;
	bool good;

	if (!condition)
		return NULL;
	good = check_reference_operands(checker, expression, condition);
	if (!find_string(checker, expression, &string))
		return condition_unknown(checker);
	checker_need(checker, string, need_of(condition, form.need));
	if (!good)
		return condition_unknown(checker);
	condition->string = string;
	return condition;
}
