#include "rules/check/checker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

static bool invalid_value(struct checker *checker, struct source_span span, const char *text)
{
	checker_error(checker, span, "invalid-value", "invalid value in condition: \"%s\"", text);
	return false;
}

/* Constants that are no count. */
static bool check_count(struct checker *checker, const struct quantifier *quantifier,
			const struct condition *value)
{
	char text[128];

	switch (value->type) {
	case TYPE_FLOAT:
		return invalid_value(checker, quantifier->span,
				     "float in for_expression is invalid");
	case TYPE_REGEX:
		return invalid_value(checker, quantifier->span,
				     "regexp in for_expression is invalid");
	case TYPE_TEXT:
		if (value->kind != CONDITION_CONSTANT)
			return invalid_value(checker, quantifier->span,
					     "string in for_expression is invalid");
		snprintf(text, sizeof(text), "%.*s",
			 (int)(value->constant.text.length < 100 ? value->constant.text.length
								 : 100),
			 (const char *)value->constant.text.data);
		return invalid_value(checker, quantifier->span, text);
	default:
		break;
	}
	if (!value->is_known || value->known > 0)
		return true;
	if (value->known < 0) {
		snprintf(text, sizeof(text), "%" PRId64, value->known);
		return invalid_value(checker, quantifier->span, text);
	}
	checker_warning(checker, quantifier->span, "ambiguous-zero",
			"consider using \"none\" keyword, it is less ambiguous.");
	return true;
}

static bool check_percentage(struct checker *checker, const struct quantifier *quantifier,
			     const struct condition *value)
{
	if (!check_type(checker, value, TYPE_INTEGER, quantifier->span, "%"))
		return false;
	if (value->is_known && (value->known < 1 || value->known > 100))
		return checker_error(checker, quantifier->span, "invalid-percentage",
				     "percentage must be between 1 and 100 (inclusive)");
	return true;
}

bool check_quantifier(struct checker *checker, const struct quantifier *quantifier,
		      struct condition_quantifier *out)
{
	out->kind = quantifier->kind;
	out->value = NULL;
	if (quantifier->kind != QUANTIFIER_COUNT && quantifier->kind != QUANTIFIER_PERCENT)
		return true;
	out->value = check_expression(checker, quantifier->value);
	if (!out->value)
		return false;
	if (quantifier->kind == QUANTIFIER_PERCENT)
		return check_percentage(checker, quantifier, out->value);
	return check_count(checker, quantifier, out->value);
}

/* A set while it is gathered. */
struct set_builder {
	uint32_t *items;
	size_t count, capacity;
};

static bool set_push(struct checker *checker, struct set_builder *builder, uint32_t number)
{
	uint32_t *grown =
		array_grow(builder->items, &builder->capacity, builder->count + 1, sizeof(*grown));

	if (!grown)
		return checker_no_memory(checker);
	builder->items = grown;
	builder->items[builder->count++] = number;
	return true;
}

/*
 * Wildcards look at every candidate, so what they cost is counted against a limit for all rules. The first set
 * beyond it is the error; those after it would say the same.
 */
static bool spend_elements(struct checker *checker, size_t count, struct source_span span)
{
	if (checker->sets_refused)
		return false;
	if (count > SET_ELEMENTS_LIMIT - checker->set_elements) {
		checker->sets_refused = true;
		return checker_error(checker, span, "too-many-elements",
				     "the sets of these rules have too many elements");
	}
	checker->set_elements += (uint32_t)count;
	return true;
}

static bool set_end(struct checker *checker, struct set_builder *builder, struct number_set *out)
{
	uint32_t *items =
		arena_copy(checker->out->arena, builder->items, builder->count * sizeof(*items));

	*out = (struct number_set){ .items = items, .count = builder->count };
	return items || checker_no_memory(checker);
}

static bool has_prefix(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool push_strings_like(struct checker *checker, struct set_builder *builder,
			      const struct set_element *element)
{
	const struct rule_definition *definition = checker->definition;
	size_t before = builder->count;

	if (!spend_elements(checker, definition->string_count, element->span))
		return false;
	for (uint32_t i = 0; i < definition->string_count; i++) {
		if (!has_prefix(definition->strings[i].name, element->name))
			continue;
		checker->referenced[i] = true;
		if (!set_push(checker, builder, checker->rule->first_pattern + i))
			return false;
	}
	if (builder->count == before)
		return checker_undefined_string(checker, element->span, element->name, "*");
	return true;
}

/* A plain $ in a set means every anonymous string. */
static bool push_anonymous(struct checker *checker, struct set_builder *builder,
			   const struct set_element *element)
{
	const struct rule_definition *definition = checker->definition;
	size_t before = builder->count;

	if (!spend_elements(checker, definition->string_count, element->span))
		return false;
	for (uint32_t i = 0; i < definition->string_count; i++) {
		if (*definition->strings[i].name)
			continue;
		checker->referenced[i] = true;
		if (!set_push(checker, builder, checker->rule->first_pattern + i))
			return false;
	}
	if (builder->count == before)
		return checker_undefined_string(checker, element->span, "", "");
	return true;
}

static bool push_string(struct checker *checker, struct set_builder *builder,
			const struct set_element *element)
{
	uint32_t number;

	if (element->wildcard)
		return push_strings_like(checker, builder, element);
	if (!*element->name)
		return push_anonymous(checker, builder, element);
	if (!spend_elements(checker, 1, element->span))
		return false;
	if (!name_map_find(&checker->strings, 0, element->name, strlen(element->name), &number))
		return checker_undefined_string(checker, element->span, element->name, "");
	checker->referenced[number - checker->rule->first_pattern] = true;
	return set_push(checker, builder, number);
}

static bool all_strings(struct checker *checker, const struct string_set *set,
			struct number_set *out)
{
	size_t count = checker->definition->string_count;

	if (!count)
		return checker_undefined_string(checker, set->span, "", "*");
	for (size_t i = 0; i < count; i++)
		checker->referenced[i] = true;
	*out = (struct number_set){ .first = checker->rule->first_pattern, .count = count };
	return true;
}

bool check_string_set(struct checker *checker, const struct string_set *set, struct number_set *out)
{
	struct set_builder builder = { 0 };
	bool good = true;

	if (set->them)
		return all_strings(checker, set, out);
	for (size_t i = 0; i < set->count && !checker->failed; i++)
		good &= push_string(checker, &builder, &set->elements[i]);
	if (good)
		good = set_end(checker, &builder, out);
	free(builder.items);
	return good && !checker->failed;
}

/* The rule at hand is one of them when its name fits: it then sees itself as false, as in YARA. */
static bool push_rules_like(struct checker *checker, struct set_builder *builder,
			    const struct set_element *element)
{
	uint32_t scope = checker->rule->namespace_number;
	size_t before = builder->count;

	if (!name_map_add(&checker->wildcards, scope, element->name, strlen(element->name), 0))
		return checker_no_memory(checker);
	if (!spend_elements(checker, checker->out->rule_count, element->span))
		return false;
	for (uint32_t i = 0; i < checker->out->rule_count; i++) {
		const struct checked_rule *rule = &checker->out->rules[i];

		if (rule->namespace_number == scope && has_prefix(rule->face.name, element->name) &&
		    !set_push(checker, builder, i))
			return false;
	}
	if (builder->count == before)
		return checker_error(checker, element->span, "undefined-identifier",
				     "undefined identifier \"%s\"", element->name);
	return true;
}

static bool push_rule(struct checker *checker, struct set_builder *builder,
		      const struct set_element *element)
{
	uint32_t scope = checker->rule->namespace_number;
	uint32_t number;

	if (element->wildcard)
		return push_rules_like(checker, builder, element);
	if (!spend_elements(checker, 1, element->span))
		return false;
	if (!name_map_find(&checker->rules, scope, element->name, strlen(element->name), &number))
		return checker_error(checker, element->span, "undefined-identifier",
				     "undefined identifier \"%s\"", element->name);
	return set_push(checker, builder, number);
}

static bool check_rule_set(struct checker *checker, const struct string_set *set,
			   struct number_set *out)
{
	struct set_builder builder = { 0 };
	bool good = true;

	for (size_t i = 0; i < set->count && !checker->failed; i++)
		good &= push_rule(checker, &builder, &set->elements[i]);
	if (good)
		good = set_end(checker, &builder, out);
	free(builder.items);
	return good && !checker->failed;
}

static void warn_of_quantifier(struct checker *checker, const struct expression *expression,
			       const struct condition *condition)
{
	const struct condition_quantifier *quantifier = &condition->quantifier;
	bool known = quantifier->kind == QUANTIFIER_COUNT && quantifier->value->is_known;

	if (known && quantifier->value->known > (int64_t)condition->set.count)
		checker_warning(checker, expression->span, "always-false",
				"expression always false - requesting %" PRId64 " of %zu.",
				quantifier->value->known, condition->set.count);
	if (condition->kind != CONDITION_OF_STRINGS_AT)
		return;
	if ((known && quantifier->value->known > 1) ||
	    (quantifier->kind == QUANTIFIER_ALL && condition->set.count > 1))
		checker_warning(checker, expression->span, "many-at-one-offset",
				"multiple strings at an offset is usually false.");
}

static bool check_of_place(struct checker *checker, const struct expression *expression,
			   struct condition *condition)
{
	const struct condition *at;

	if (expression->child_count == 2)
		return check_range(checker, expression->children, &condition->children[0],
				   &condition->children[1]);
	at = check_expression(checker, expression->children[0]);
	if (!at)
		return false;
	condition->children[0] = at;
	if (at->type != TYPE_INTEGER && at->type != TYPE_UNKNOWN)
		return invalid_value(checker, expression->children[0]->span,
				     "at expression must be an integer");
	return true;
}

static enum condition_kind kind_of(const struct expression *expression)
{
	if (expression->set->of_rules)
		return CONDITION_OF_RULES;
	if (expression->child_count == 2)
		return CONDITION_OF_STRINGS_IN;
	return expression->child_count ? CONDITION_OF_STRINGS_AT : CONDITION_OF_STRINGS;
}

static void need_set(struct checker *checker, const struct condition *condition)
{
	enum match_need need = condition->kind == CONDITION_OF_STRINGS ? NEED_PRESENCE : NEED_ALL;

	for (size_t i = 0; i < condition->set.count; i++)
		checker_need(checker, number_set_at(&condition->set, i), need);
}

const struct condition *check_of(struct checker *checker, const struct expression *expression)
{
	struct condition *condition =
		condition_new(checker, kind_of(expression), TYPE_BOOLEAN, expression->child_count);
	bool good;

	if (!condition)
		return NULL;
	good = check_quantifier(checker, &expression->quantifier, &condition->quantifier);
	if (condition->kind == CONDITION_OF_RULES)
		good &= check_rule_set(checker, expression->set, &condition->set);
	else
		good &= check_string_set(checker, expression->set, &condition->set);
	if (expression->child_count)
		good &= check_of_place(checker, expression, condition);
	if (!good)
		return checker->failed ? NULL : condition_unknown(checker);
	if (condition->kind != CONDITION_OF_RULES)
		need_set(checker, condition);
	warn_of_quantifier(checker, expression, condition);
	return condition;
}
