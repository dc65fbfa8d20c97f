#include "rules/check/checker.h"

#include <string.h>

static bool enter_loop(struct checker *checker, const struct expression *expression)
{
	if (checker->loop_depth == LOOP_NESTING_LIMIT)
		return checker_error(checker, expression->span, "loop-nesting-limit",
				     "loop nesting limit exceeded");
	checker->loop_depth++;
	return true;
}

static void leave_loop(struct checker *checker, uint32_t variable_count)
{
	checker->loop_depth--;
	checker->variable_count = variable_count;
}

/* What the body asks of the string at hand, it asks of each. */
static const struct condition *check_strings_body(struct checker *checker,
						  const struct expression *expression,
						  const struct number_set *set)
{
	const struct condition *body;

	checker->loop_set = set;
	checker->loop_need = NEED_NOTHING;
	body = check_boolean(checker, expression->children[0]);
	for (size_t i = 0; i < set->count; i++)
		checker_need(checker, number_set_at(set, i), checker->loop_need);
	checker->loop_set = NULL;
	return body;
}

static const struct condition *check_nested_for_of(struct checker *checker,
						   const struct expression *expression)
{
	checker_error(checker, expression->span, "nested-for-of",
		      "'for <quantifier> of <string set>' loops can't be nested");
	return check_boolean(checker, expression->children[0]) ? condition_unknown(checker) : NULL;
}

/* Bodies are checked even when their loop is wrong, so that all errors are said at once. */
static const struct condition *check_for_of_inside(struct checker *checker,
						   const struct expression *expression,
						   struct condition *loop)
{
	bool good = check_quantifier(checker, &expression->quantifier, &loop->quantifier);

	good &= check_string_set(checker, expression->set, &loop->set);
	if (checker->failed)
		return NULL;
	if (checker->loop_set)
		return check_nested_for_of(checker, expression);
	loop->children[0] = check_strings_body(checker, expression, &loop->set);
	if (!loop->children[0])
		return NULL;
	return good ? loop : condition_unknown(checker);
}

const struct condition *check_for_of(struct checker *checker, const struct expression *expression)
{
	struct condition *loop = condition_new(checker, CONDITION_FOR_STRINGS, TYPE_BOOLEAN, 1);
	uint32_t variable_count = checker->variable_count;
	const struct condition *checked;

	if (!loop || !enter_loop(checker, expression))
		return NULL;
	checked = check_for_of_inside(checker, expression, loop);
	leave_loop(checker, variable_count);
	return checked;
}

static bool open_variable(struct checker *checker, const struct expression *expression,
			  const struct loop_variable *variable)
{
	const char *name = variable->name;

	for (uint32_t i = 0; i < checker->variable_count; i++) {
		if (strcmp(checker->variables[i].name, name) != 0)
			continue;
		/* One error is enough: what uses the name means the one that is refused. */
		checker->variables[i].is_open = false;
		return checker_error(checker, expression->span, "duplicate-loop-identifier",
				     "duplicated loop identifier \"%s\"", name);
	}
	checker->variables[checker->variable_count++] = *variable;
	return true;
}

/* Before what they run over: loops in there may not have their names. */
static bool open_variables(struct checker *checker, const struct expression *expression,
			   uint32_t slot)
{
	bool good = true;

	for (uint32_t i = 0; i < expression->variable_count && i < LOOP_VARIABLES_LIMIT; i++) {
		struct loop_variable variable = {
			.name = expression->variables[i],
			.slot = slot + i,
			.is_open = true,
		};

		good &= open_variable(checker, expression, &variable);
	}
	return good;
}

/* @types: of the variables from number @first on; those that were refused have no place. */
static void close_variables(struct checker *checker, uint32_t first, uint32_t slot,
			    const struct loop_variable types[LOOP_VARIABLES_LIMIT])
{
	for (uint32_t i = first; i < checker->variable_count; i++) {
		struct loop_variable *variable = &checker->variables[i];

		variable->type = types[variable->slot - slot].type;
		variable->declared = types[variable->slot - slot].declared;
		variable->is_open = false;
	}
}

static bool check_list(struct checker *checker, const struct iterator *iterator,
		       struct condition *loop, enum value_type *type)
{
	bool good = true;

	*type = TYPE_UNKNOWN;
	for (size_t i = 0; i < iterator->child_count; i++) {
		const struct expression *item = iterator->children[i];
		const struct condition *checked = check_expression(checker, item);

		if (!checked)
			return false;
		loop->children[1 + i] = checked;
		if (checked->type == TYPE_UNKNOWN)
			continue;
		if (checked->type != TYPE_INTEGER && checked->type != TYPE_TEXT)
			good = checker_error(checker, item->span, "wrong-type",
					     "wrong type for enumeration item");
		else if (*type != TYPE_UNKNOWN && checked->type != *type)
			good = checker_error(checker, item->span, "wrong-type",
					     "enumerations must be all the same type");
		else
			*type = checked->type;
	}
	return good;
}

static bool check_array(struct checker *checker, const struct expression *expression,
			struct condition *loop, struct loop_variable *variables)
{
	const struct expression *array = expression->iterator->children[0];

	if (expression->variable_count != 1)
		return checker_error(checker, expression->iterator->span, "syntax-error",
				     "iterator for \"%s\" yields a single item on each iteration, "
				     "but the loop expects %zu",
				     expression_identifier(array), expression->variable_count);
	loop->kind = CONDITION_FOR_ARRAY;
	check_declared(loop->children[1]->declared->members, &variables[0].type,
		       &variables[0].declared);
	return true;
}

static bool check_dictionary(struct checker *checker, const struct expression *expression,
			     struct condition *loop, struct loop_variable *variables)
{
	const struct expression *dictionary = expression->iterator->children[0];

	if (expression->variable_count != 2)
		return checker_error(checker, expression->iterator->span, "syntax-error",
				     "iterator for \"%s\" yields a key,value pair item on each "
				     "iteration",
				     expression_identifier(dictionary));
	loop->kind = CONDITION_FOR_DICTIONARY;
	variables[0].type = TYPE_TEXT;
	check_declared(loop->children[1]->declared->members, &variables[1].type,
		       &variables[1].declared);
	return true;
}

static bool check_iterable(struct checker *checker, const struct expression *expression,
			   struct condition *loop, struct loop_variable *variables)
{
	const struct expression *iterable = expression->iterator->children[0];
	const struct condition *checked = check_place(checker, iterable);

	if (!checked || checked->type == TYPE_UNKNOWN)
		return false;
	loop->children[1] = checked;
	if (checked->type == TYPE_ARRAY)
		return check_array(checker, expression, loop, variables);
	if (checked->type == TYPE_DICTIONARY)
		return check_dictionary(checker, expression, loop, variables);
	return checker_error(checker, iterable->span, "wrong-type",
			     "identifier \"%s\" is not iterable", expression_identifier(iterable));
}

static bool check_iterator(struct checker *checker, const struct expression *expression,
			   struct condition *loop, struct loop_variable *variables)
{
	const struct iterator *iterator = expression->iterator;

	switch (iterator->kind) {
	case ITERATOR_RANGE:
		variables[0].type = TYPE_INTEGER;
		return check_range(checker, iterator->children, &loop->children[1],
				   &loop->children[2]);
	case ITERATOR_LIST:
		return check_list(checker, iterator, loop, &variables[0].type);
	case ITERATOR_EXPRESSION:
		break;
	}
	return check_iterable(checker, expression, loop, variables);
}

static bool check_variable_count(struct checker *checker, const struct expression *expression)
{
	size_t count = expression->variable_count;

	if (count > LOOP_VARIABLES_LIMIT)
		return checker_error(checker, expression->span, "syntax-error",
				     "too many loop variables");
	if (count > 1 && expression->iterator->kind != ITERATOR_EXPRESSION)
		return checker_error(checker, expression->iterator->span, "syntax-error",
				     "iterator yields one value on each iteration, but the loop "
				     "expects %zu",
				     count);
	return true;
}

static struct condition *loop_new(struct checker *checker, const struct iterator *iterator)
{
	enum condition_kind kind =
		iterator->kind == ITERATOR_RANGE ? CONDITION_FOR_RANGE : CONDITION_FOR_LIST;
	struct condition *loop =
		condition_new(checker, kind, TYPE_BOOLEAN, 1 + iterator->child_count);

	if (loop)
		loop->slot = checker->loop_depth * LOOP_VARIABLES_LIMIT;
	return loop;
}

static const struct condition *check_for_in_inside(struct checker *checker,
						   const struct expression *expression,
						   struct condition *loop)
{
	struct loop_variable variables[LOOP_VARIABLES_LIMIT] = { 0 };
	bool good = check_quantifier(checker, &expression->quantifier, &loop->quantifier);
	uint32_t first = checker->variable_count;

	good &= open_variables(checker, expression, loop->slot);
	good &= check_variable_count(checker, expression);
	good &= check_iterator(checker, expression, loop, variables);
	if (checker->failed)
		return NULL;
	if (!good)
		memset(variables, 0, sizeof(variables));
	close_variables(checker, first, loop->slot, variables);
	loop->children[0] = check_boolean(checker, expression->children[0]);
	if (!loop->children[0])
		return NULL;
	return good ? loop : condition_unknown(checker);
}

const struct condition *check_for_in(struct checker *checker, const struct expression *expression)
{
	struct condition *loop = loop_new(checker, expression->iterator);
	uint32_t variable_count = checker->variable_count;
	const struct condition *checked;

	if (!loop || !enter_loop(checker, expression))
		return NULL;
	checked = check_for_in_inside(checker, expression, loop);
	leave_loop(checker, variable_count);
	return checked;
}
