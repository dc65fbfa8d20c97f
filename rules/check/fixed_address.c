#include "rules/check/fixed_address.h"

/* What a condition asks of one string. */
struct use {
	bool at; /* `at` the constant @address */
	bool elsewhere; /* also anything else */
	bool by_name; /* not only as the string that a loop is at */
	uint64_t address;
};

struct uses {
	struct use *items; /* one per string of the rule */
	uint32_t first; /* pattern number of the first */
	uint32_t count;
};

static bool is_at_constant(const struct condition *condition)
{
	return condition->kind == CONDITION_FOUND_AT && condition->children[0]->is_known;
}

static void note(struct use *use, const struct condition *condition)
{
	uint64_t address;

	if (!is_at_constant(condition)) {
		use->elsewhere = true;
		return;
	}
	address = (uint64_t)condition->children[0]->known;
	use->elsewhere |= use->at && use->address != address;
	use->at = true;
	use->address = address;
}

/* `$` in a loop counts for all strings of the rule, whatever the loop is over: so it does in YARA. */
static void note_reference(struct uses *uses, const struct condition *condition)
{
	uint32_t string = condition->string - uses->first;

	if (condition->string == STRING_OF_LOOP) {
		for (uint32_t i = 0; i < uses->count; i++)
			note(&uses->items[i], condition);
	} else if (string < uses->count) {
		note(&uses->items[string], condition);
		uses->items[string].by_name = true;
	}
}

static void note_set(struct uses *uses, const struct number_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		uint32_t string = number_set_at(set, i) - uses->first;

		if (string < uses->count)
			uses->items[string].elsewhere = true;
	}
}

static void note_node(struct uses *uses, const struct condition *condition)
{
	switch (condition->kind) {
	case CONDITION_FOUND:
	case CONDITION_FOUND_AT:
	case CONDITION_FOUND_IN:
	case CONDITION_COUNT:
	case CONDITION_COUNT_IN:
	case CONDITION_OFFSET:
	case CONDITION_LENGTH:
		note_reference(uses, condition);
		break;
	case CONDITION_OF_STRINGS:
	case CONDITION_OF_STRINGS_AT:
	case CONDITION_OF_STRINGS_IN:
	case CONDITION_FOR_STRINGS:
		note_set(uses, &condition->set);
		break;
	default:
		break;
	}
}

/* As deep as CONDITION_DEPTH_LIMIT. */
static void walk(struct uses *uses, const struct condition *condition)
{
	note_node(uses, condition);
	if (condition->quantifier.value)
		walk(uses, condition->quantifier.value);
	for (size_t i = 0; i < condition->child_count; i++)
		walk(uses, condition->children[i]);
}

/* Most rules have no `at`: they are looked through once, without anything noted. */
static bool has_at_constant(const struct condition *condition)
{
	if (is_at_constant(condition))
		return true;
	for (size_t i = 0; i < condition->child_count; i++) {
		if (has_at_constant(condition->children[i]))
			return true;
	}
	return condition->quantifier.value && has_at_constant(condition->quantifier.value);
}

static bool begins_with_plain_bytes(const struct pattern *pattern)
{
	return pattern->part_count && pattern->parts[0].literal.length;
}

void check_fixed_addresses(struct checker *checker)
{
	const struct checked_rule *rule = checker->rule;
	struct uses uses = { .first = rule->first_pattern,
			     .count = (uint32_t)rule->face.string_count };

	if (!has_at_constant(rule->condition))
		return;
	uses.items = checker_alloc(checker, uses.count, sizeof(*uses.items));
	if (!uses.items)
		return;
	walk(&uses, rule->condition);
	for (uint32_t i = 0; i < uses.count; i++) {
		struct pattern *pattern = &checker->out->patterns[uses.first + i];
		const struct use *use = &uses.items[i];

		if (!use->at || use->elsewhere || !use->by_name ||
		    !begins_with_plain_bytes(pattern))
			continue;
		pattern->is_fixed = true;
		pattern->fixed_address = use->address;
	}
}
