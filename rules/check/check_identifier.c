#include "rules/check/checker.h"

#include <string.h>

static const struct loop_variable *find_variable(const struct checker *checker, const char *name)
{
	for (uint32_t i = 0; i < checker->variable_count; i++) {
		const struct loop_variable *variable = &checker->variables[i];

		if (!variable->is_open && strcmp(variable->name, name) == 0)
			return variable;
	}
	return NULL;
}

static const struct condition *check_variable(struct checker *checker,
					      const struct loop_variable *variable)
{
	struct condition *condition = condition_new(checker, CONDITION_VARIABLE, variable->type, 0);

	if (!condition)
		return NULL;
	condition->slot = variable->slot;
	condition->declared = variable->declared;
	return condition;
}

/* Its value is not known to the checks: whether rules are right must not hang on what -d gives. */
static const struct condition *check_external(struct checker *checker, uint32_t number)
{
	enum value_type type = checker->out->externals[number].type;
	struct condition *condition = condition_new(checker, CONDITION_EXTERNAL,
						    type == TYPE_BOOLEAN ? TYPE_INTEGER : type, 0);

	if (condition)
		condition->external = number;
	return condition;
}

static const struct condition *check_module(struct checker *checker, uint32_t number)
{
	struct condition *condition;

	if (number == MODULE_REFUSED)
		return condition_unknown(checker);
	condition = condition_new(checker, CONDITION_MODULE, TYPE_STRUCTURE, 0);
	if (condition)
		condition->module = number;
	return condition;
}

static const struct condition *check_rule_name(struct checker *checker, uint32_t number)
{
	struct condition *condition = condition_new(checker, CONDITION_RULE, TYPE_BOOLEAN, 0);

	if (condition)
		condition->rule = number;
	return condition;
}

/* Loop variables first, then externals, modules and rules, as YARA looks. */
const struct condition *check_identifier(struct checker *checker,
					 const struct expression *expression)
{
	const char *name = expression->name;
	size_t length = strlen(name);
	uint32_t scope = checker->rule->namespace_number;
	const struct loop_variable *variable = find_variable(checker, name);
	uint32_t number = 0;

	if (variable)
		return check_variable(checker, variable);
	if (name_map_find(&checker->externals, 0, name, length, &number))
		return check_external(checker, number);
	if (name_map_find(&checker->modules, scope, name, length, &number))
		return check_module(checker, number);
	if (name_map_find(&checker->rules, scope, name, length, &number))
		return check_rule_name(checker, number);
	checker_error(checker, expression->span, "undefined-identifier",
		      "undefined identifier \"%s\"", name);
	return condition_unknown(checker);
}
