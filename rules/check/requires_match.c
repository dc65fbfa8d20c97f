#include "rules/check/checker.h"

/* Whether an `of` can only hold when something is found. */
static bool quantifier_requires(const struct condition *condition)
{
	const struct condition_quantifier *quantifier = &condition->quantifier;

	switch (quantifier->kind) {
	case QUANTIFIER_ALL:
	case QUANTIFIER_ANY:
		return true;
	case QUANTIFIER_COUNT:
	case QUANTIFIER_PERCENT:
		return quantifier->value->is_known && quantifier->value->known > 0;
	case QUANTIFIER_NONE:
		break;
	}
	return false;
}

static bool any_child(const struct condition *condition)
{
	for (size_t i = 0; i < condition->child_count; i++) {
		if (condition_requires_match(condition->children[i]))
			return true;
	}
	return false;
}

static bool all_children(const struct condition *condition)
{
	for (size_t i = 0; i < condition->child_count; i++) {
		if (!condition_requires_match(condition->children[i]))
			return false;
	}
	return true;
}

bool condition_requires_match(const struct condition *condition)
{
	switch (condition->kind) {
	case CONDITION_FOUND:
	case CONDITION_FOUND_AT:
	case CONDITION_FOUND_IN:
		return true;
	case CONDITION_OF_STRINGS:
	case CONDITION_OF_STRINGS_AT:
	case CONDITION_OF_STRINGS_IN:
		return quantifier_requires(condition);
	case CONDITION_AND:
		return any_child(condition);
	case CONDITION_OR:
		return all_children(condition);
	default:
		return false;
	}
}
