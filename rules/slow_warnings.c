#include "rules/slow_warnings.h"

/*
 * For a GB: one for each 200 bytes. An atom of two common letters gives fewer, any single byte or a class of a
 * few letters repeated gives more.
 */
#define MOST_CANDIDATES 5e6

static bool is_slow(const struct database *database, uint32_t pattern)
{
	struct strategy strategy;

	database_strategy(database, pattern, &strategy);
	return strategy.kind == STRATEGY_WHOLE ||
	       (strategy.kind != STRATEGY_NONE && strategy.candidates > MOST_CANDIDATES);
}

static void check_rule(struct diagnostics *notes, const struct ruleset *rules,
		       const struct rule *rule, const struct database *database)
{
	for (size_t i = 0; i < rule->string_count; i++) {
		const struct rule_string *string = &rule->strings[i];

		if (is_slow(database, string->pattern))
			diagnostics_add(notes, SEVERITY_WARNING,
					ruleset_pattern_span(rules, string->pattern), "slow-string",
					rule->name, "string \"$%s\" may slow down scanning",
					string->name);
	}
}

void slow_warnings_add(struct diagnostics *notes, const struct ruleset *rules,
		       const struct database *database)
{
	size_t count;
	const struct rule *const *list = ruleset_rules(rules, &count);

	for (size_t i = 0; i < count; i++)
		check_rule(notes, rules, list[i], database);
}
