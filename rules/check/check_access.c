#include "rules/check/checker.h"

#include <string.h>

/* More is the declaration of no function. */
#define ARGUMENTS_LIMIT 128u

const char *expression_identifier(const struct expression *expression)
{
	while (!expression->name && expression->child_count)
		expression = expression->children[0];
	return expression->name ? expression->name : "expression";
}

static enum value_type type_of(enum module_type type)
{
	switch (type) {
	case MODULE_INTEGER:
		return TYPE_INTEGER;
	case MODULE_FLOAT:
		return TYPE_FLOAT;
	case MODULE_TEXT:
		return TYPE_TEXT;
	case MODULE_STRUCTURE:
		return TYPE_STRUCTURE;
	case MODULE_ARRAY:
		return TYPE_ARRAY;
	case MODULE_DICTIONARY:
		return TYPE_DICTIONARY;
	case MODULE_FUNCTION:
		break;
	}
	return TYPE_FUNCTION;
}

bool is_composite(enum value_type type)
{
	return type == TYPE_STRUCTURE || type == TYPE_ARRAY || type == TYPE_DICTIONARY ||
	       type == TYPE_FUNCTION;
}

void check_declared(const struct module_member *member, enum value_type *type,
		    const struct module_member **declared)
{
	*type = type_of(member->type);
	*declared = is_composite(*type) ? member : NULL;
}

static struct condition *place_new(struct checker *checker, enum condition_kind kind,
				   const struct module_member *member, size_t child_count)
{
	struct condition *condition = condition_new(checker, kind, TYPE_UNKNOWN, child_count);

	if (condition)
		check_declared(member, &condition->type, &condition->declared);
	return condition;
}

/* The module that a place is in; NULL below a loop variable: what it stands for has been counted with the loop. */
static const struct module *module_of(const struct checker *checker,
				      const struct condition *condition)
{
	const struct condition *module = condition_module(condition);

	return module ? checker->out->modules[module->module] : NULL;
}

/* What the rule as a whole is, because its condition looks at @member below @place. */
static void note_use(struct checker *checker, const struct condition *place,
		     const struct module_member *member)
{
	const struct module *module = module_of(checker, place);

	if (!module || member->constant || member->type == MODULE_STRUCTURE)
		return;
	if (!module->evaluated)
		checker->rule->not_evaluated = true;
	else if (!module->reads_nothing && !member->reads_nothing)
		checker->rule->reads_bytes = true;
	checker->log_calls += module->logs;
}

static const struct module_member *members_of(const struct checker *checker,
					      const struct condition *structure)
{
	if (structure->kind == CONDITION_MODULE)
		return checker->out->modules[structure->module]->members;
	return structure->declared->members;
}

static const struct module_member *find_member(const struct module_member *members,
					       const char *name)
{
	for (; members && members->name; members++) {
		if (strcmp(members->name, name) == 0)
			return members;
	}
	return NULL;
}

static const struct condition *not_a(struct checker *checker, const struct expression *base,
				     const char *what)
{
	checker_error(checker, base->span, "wrong-type", "\"%s\" is not %s",
		      expression_identifier(base), what);
	return condition_unknown(checker);
}

static const struct condition *check_field(struct checker *checker,
					   const struct expression *expression)
{
	const struct condition *base = check_place(checker, expression->children[0]);
	const struct module_member *member;
	struct condition *condition;

	if (!base || base->type == TYPE_UNKNOWN)
		return base;
	if (base->type != TYPE_STRUCTURE)
		return not_a(checker, expression->children[0], "a structure");
	member = find_member(members_of(checker, base), expression->name);
	if (!member) {
		checker_error(checker, expression->span, "invalid-field-name",
			      "invalid field name \"%s\"", expression->name);
		return condition_unknown(checker);
	}
	condition = place_new(checker, CONDITION_MEMBER, member, 1);
	if (!condition)
		return NULL;
	condition->member = member;
	condition->children[0] = base;
	if (member->type != MODULE_FUNCTION)
		note_use(checker, base, member);
	return condition;
}

static bool check_index_type(struct checker *checker, const struct condition *base,
			     const struct condition *index, struct source_span span)
{
	if (index->type == TYPE_UNKNOWN)
		return false;
	if (base->type == TYPE_ARRAY && index->type != TYPE_INTEGER)
		return checker_error(checker, span, "wrong-type",
				     "array indexes must be of integer type");
	if (base->type == TYPE_DICTIONARY && index->type != TYPE_TEXT)
		return checker_error(checker, span, "wrong-type",
				     "dictionary keys must be of string type");
	return true;
}

static const struct condition *check_element(struct checker *checker,
					     const struct expression *expression)
{
	const struct condition *base = check_place(checker, expression->children[0]);
	const struct condition *index = check_expression(checker, expression->children[1]);
	struct condition *condition;

	if (!base || !index)
		return NULL;
	if (base->type == TYPE_UNKNOWN)
		return base;
	if (base->type != TYPE_ARRAY && base->type != TYPE_DICTIONARY)
		return not_a(checker, expression->children[0], "an array or dictionary");
	if (!check_index_type(checker, base, index, expression->children[1]->span))
		return condition_unknown(checker);
	condition =
		place_new(checker, base->type == TYPE_ARRAY ? CONDITION_ELEMENT : CONDITION_ENTRY,
			  base->declared->members, 2);
	if (!condition)
		return NULL;
	condition->children[0] = base;
	condition->children[1] = index;
	return condition;
}

static const struct condition *check_argument(struct checker *checker,
					      const struct expression *expression)
{
	struct condition *regex;

	if (expression->kind != EXPRESSION_REGEX)
		return check_expression(checker, expression);
	regex = condition_new(checker, CONDITION_REGEX, TYPE_REGEX, 0);
	if (!regex)
		return NULL;
	regex->program = check_program(checker, expression);
	if (regex->program)
		return regex;
	return checker->failed ? NULL : condition_unknown(checker);
}

/* In declarations; 0: a type that is no argument's. */
static char letter_of(enum value_type type)
{
	switch (type) {
	case TYPE_INTEGER:
		return 'i';
	case TYPE_FLOAT:
		return 'f';
	case TYPE_TEXT:
		return 's';
	case TYPE_BOOLEAN:
		return 'b';
	case TYPE_REGEX:
		return 'r';
	default:
		return 0;
	}
}

/* Among those of one name, which follow each other, the one that takes exactly these types. */
static const struct module_member *find_overload(const struct module_member *function,
						 const struct condition *call)
{
	char letters[ARGUMENTS_LIMIT + 1] = "";
	size_t count = call->child_count - 1;

	if (count > ARGUMENTS_LIMIT)
		return NULL;
	for (size_t i = 0; i < count; i++)
		letters[i] = letter_of(call->children[i + 1]->type);
	for (const char *name = function->name; function->name; function++) {
		if (strcmp(function->name, name) != 0)
			return NULL;
		if (strcmp(function->arguments, letters) == 0)
			return function;
	}
	return NULL;
}

/* *@good false: the type of one is not known. NULL: as check_expression(). */
static struct condition *check_arguments(struct checker *checker,
					 const struct expression *expression, bool *good)
{
	struct condition *call =
		condition_new(checker, CONDITION_CALL, TYPE_UNKNOWN, expression->child_count);

	*good = true;
	for (size_t i = 1; call && i < expression->child_count; i++) {
		call->children[i] = check_argument(checker, expression->children[i]);
		if (!call->children[i])
			return NULL;
		*good &= call->children[i]->type != TYPE_UNKNOWN;
	}
	return call;
}

static const struct condition *check_call(struct checker *checker,
					  const struct expression *expression)
{
	const struct condition *base = check_place(checker, expression->children[0]);
	bool good;
	struct condition *call = check_arguments(checker, expression, &good);
	const struct module_member *function;

	if (!base || !call)
		return NULL;
	if (base->type == TYPE_UNKNOWN)
		return base;
	if (base->type != TYPE_FUNCTION)
		return not_a(checker, expression->children[0], "a function");
	if (!good)
		return condition_unknown(checker);
	function = find_overload(base->member, call);
	if (!function) {
		checker_error(checker, expression->span, "wrong-arguments",
			      "wrong arguments for function \"%s\"", base->member->name);
		return condition_unknown(checker);
	}
	call->type = type_of(function->result);
	call->member = function;
	call->children[0] = base->children[0];
	note_use(checker, base, function);
	return call;
}

const struct condition *check_access(struct checker *checker, const struct expression *expression)
{
	switch (expression->kind) {
	case EXPRESSION_INDEX:
		return check_element(checker, expression);
	case EXPRESSION_CALL:
		return check_call(checker, expression);
	default:
		return check_field(checker, expression);
	}
}

const struct condition *check_usage(struct checker *checker, const struct expression *expression,
				    const struct condition *condition)
{
	if (!condition || !is_composite(condition->type))
		return condition;
	checker_error(checker, expression->span, "wrong-type", "wrong usage of identifier \"%s\"",
		      expression_identifier(expression));
	return condition_unknown(checker);
}
