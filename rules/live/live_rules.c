#include "rules/live/live_rules.h"

#include "engine/base/bitmap.h"
#include "rules/live/outcome.h"

static const struct target_facts facts_of[LIVE_KINDS] = {
	[LIVE_PROCESS] = { .is_process = true },
	[LIVE_LOW_PROCESS] = { .is_process = true, .has_low_memory = true },
	[LIVE_FILE] = { .is_process = false },
};

enum live_kind live_kind_of(const struct target_facts *facts)
{
	if (!facts->is_process)
		return LIVE_FILE;
	return facts->has_low_memory ? LIVE_LOW_PROCESS : LIVE_PROCESS;
}

/* One kind while it is worked out. */
struct making {
	const struct checked_rules *rules;
	uint64_t *may_hold; /* a bit for each rule: its condition alone may be true */
	uint64_t *closed; /* a bit for each namespace: a global rule of it never is */
	uint64_t *live;
};

static uint64_t *bits_new(struct arena *arena, size_t count)
{
	return arena_alloc_array(arena, BITMAP_WORDS(count) + 1, sizeof(uint64_t));
}

/* In order, since rules refer to earlier ones only. */
static void find_what_may_hold(struct making *making, const struct target_facts *facts)
{
	const struct checked_rules *rules = making->rules;
	const struct outlook outlook = { rules, facts, making->may_hold };

	for (size_t i = 0; i < rules->rule_count; i++) {
		const struct checked_rule *rule = &rules->rules[i];

		if (condition_outcome(&outlook, rule->condition).bits & OUTCOME_TRUE)
			bitmap_set(making->may_hold, i);
		else if (rule->face.is_global)
			bitmap_set(making->closed, rule->namespace_number);
	}
}

static bool calls_console(const struct checked_rules *rules, const struct condition *condition)
{
	const struct condition *module = NULL;

	if (condition->kind == CONDITION_CALL)
		module = condition_module(condition);
	return module && rules->modules[module->module]->logs;
}

static bool may_log(const struct checked_rules *rules, const struct condition *condition)
{
	if (calls_console(rules, condition))
		return true;
	if (condition->quantifier.value && may_log(rules, condition->quantifier.value))
		return true;
	for (size_t i = 0; i < condition->child_count; i++)
		if (may_log(rules, condition->children[i]))
			return true;
	return false;
}

static void revive(struct making *making, uint32_t rule)
{
	if (bitmap_test(making->may_hold, rule))
		bitmap_set(making->live, rule);
}

static void revive_referred(struct making *making, const struct condition *condition)
{
	if (condition->kind == CONDITION_RULE)
		revive(making, condition->rule);
	if (condition->kind == CONDITION_OF_RULES)
		for (size_t i = 0; i < condition->set.count; i++)
			revive(making, number_set_at(&condition->set, i));
	if (condition->quantifier.value)
		revive_referred(making, condition->quantifier.value);
	for (size_t i = 0; i < condition->child_count; i++)
		revive_referred(making, condition->children[i]);
}

/* Backwards, so that whoever refers to a rule has been looked at before it. */
static void find_live(struct making *making)
{
	const struct checked_rules *rules = making->rules;

	for (size_t i = rules->rule_count; i-- > 0;) {
		const struct checked_rule *rule = &rules->rules[i];

		if (bitmap_test(making->may_hold, i) &&
		    !bitmap_test(making->closed, rule->namespace_number))
			bitmap_set(making->live, i);
		else if (may_log(rules, rule->condition))
			bitmap_set(making->live, i);
		if (bitmap_test(making->live, i))
			revive_referred(making, rule->condition);
	}
}

static int make_kind(struct live_rules *out, const struct checked_rules *rules, enum live_kind kind,
		     struct arena *arena, struct error *err)
{
	struct making making = {
		.rules = rules,
		.may_hold = bits_new(arena, rules->rule_count),
		.closed = bits_new(arena, rules->namespace_count),
		.live = bits_new(arena, rules->rule_count),
	};

	if (!making.may_hold || !making.closed || !making.live)
		return error_no_memory(err, "what can be true");
	find_what_may_hold(&making, &facts_of[kind]);
	find_live(&making);
	out->kinds[kind] = making.live;
	return 0;
}

static int make_every(struct live_rules *out, const struct checked_rules *rules,
		      struct arena *arena, struct error *err)
{
	uint64_t *live = bits_new(arena, rules->rule_count);

	if (!live)
		return error_no_memory(err, "what can be true");
	for (size_t i = 0; i < rules->rule_count; i++)
		bitmap_set(live, i);
	for (int kind = 0; kind < LIVE_KINDS; kind++)
		out->kinds[kind] = live;
	return 0;
}

int live_rules_make(struct live_rules *out, const struct checked_rules *rules, bool every,
		    struct arena *arena, struct error *err)
{
	int ret = 0;

	if (every)
		return make_every(out, rules, arena, err);
	for (int kind = 0; kind < LIVE_KINDS && ret == 0; kind++)
		ret = make_kind(out, rules, (enum live_kind)kind, arena, err);
	return ret;
}
