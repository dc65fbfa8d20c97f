#include "rules/check/not_evaluated.h"

#include <stdlib.h>
#include <string.h>

static bool is_look(const struct condition *condition)
{
	if (condition->kind == CONDITION_CALL)
		return true;
	return condition->kind == CONDITION_MEMBER && !condition->member->constant &&
	       condition->member->type != MODULE_STRUCTURE;
}

/* Sets @used for each module that @condition looks at; its depth is limited. */
static void mark(const struct condition *condition, bool *used)
{
	const struct condition *module = NULL;

	if (is_look(condition))
		module = condition_module(condition);
	if (module)
		used[module->module] = true;
	if (condition->quantifier.value)
		mark(condition->quantifier.value, used);
	for (size_t i = 0; i < condition->child_count; i++)
		mark(condition->children[i], used);
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

const char *const *modules_not_evaluated(const struct checked_rules *rules, size_t *count)
{
	bool *used = arena_alloc_array(rules->arena, rules->module_count, sizeof(*used));
	const char **names = arena_alloc_array(rules->arena, rules->module_count, sizeof(*names));

	*count = 0;
	if (!used || !names)
		return NULL;
	for (size_t i = 0; i < rules->rule_count; i++) {
		if (rules->rules[i].not_evaluated && rules->rules[i].condition)
			mark(rules->rules[i].condition, used);
	}
	for (size_t i = 0; i < rules->module_count; i++) {
		if (used[i] && !rules->modules[i]->evaluated)
			names[(*count)++] = rules->modules[i]->name;
	}
	qsort(names, *count, sizeof(*names), compare_names);
	return names;
}
