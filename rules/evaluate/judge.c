#include "rules/evaluate/judge.h"

#include <stdlib.h>

#include "engine/base/bitmap.h"
#include "rules/evaluate/evaluation.h"
#include "rules/evaluate/module_run.h"

/* Spares the evaluation, and above all the reading of bytes that a first pass may not have kept. */
static bool has_needed_match(const struct evaluation *run, const struct checked_rule *rule)
{
	if (!rule->requires_match)
		return true;
	for (size_t i = 0; i < rule->face.string_count; i++) {
		if (match_table_has(run->view->matches, rule->first_pattern + (uint32_t)i))
			return true;
	}
	return false;
}

static int judge_rule(struct evaluation *run, const struct checked_rule *rule, enum verdict *out)
{
	struct arena_mark mark = arena_mark(run->texts);
	bool holds = false;
	int ret;

	*out = VERDICT_FALSE;
	if (!has_needed_match(run, rule))
		return 0;
	run->stop = STOP_NOT;
	run->rule_deadline = deadline_in_seconds(run->deadlines->rule_seconds);
	ret = condition_holds(run, rule->condition, &holds);
	arena_rewind(run->texts, mark);
	if (ret < 0 && run->stop != STOP_RULE_DEADLINE)
		return ret;
	if (ret < 0)
		*out = VERDICT_UNDECIDED;
	else if (holds)
		*out = VERDICT_TRUE;
	return 0;
}

static int judge_all(struct evaluation *run, enum verdict *verdicts)
{
	run->raw = verdicts;
	for (size_t i = 0; i < run->rules->rule_count; i++) {
		int ret;

		if (!bitmap_test(run->live, i))
			continue;
		run->rule = (uint32_t)i;
		ret = judge_rule(run, &run->rules->rules[i], &verdicts[i]);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* The worst verdict of the global rules of each namespace; TRUE where there is none. */
static void gather_globals(const struct checked_rules *rules, const enum verdict *verdicts,
			   enum verdict *globals)
{
	for (uint32_t i = 0; i < rules->namespace_count; i++)
		globals[i] = VERDICT_TRUE;
	for (size_t i = 0; i < rules->rule_count; i++) {
		enum verdict *global = &globals[rules->rules[i].namespace_number];

		if (!rules->rules[i].face.is_global || *global == VERDICT_FALSE)
			continue;
		if (verdicts[i] != VERDICT_TRUE)
			*global = verdicts[i];
	}
}

/*
 * A false global rule makes all of its namespace false; one without a verdict leaves what would be true without
 * one. References have seen the raw results by now.
 */
static int apply_globals(const struct checked_rules *rules, enum verdict *verdicts,
			 struct error *err)
{
	enum verdict *globals;

	if (!rules->rule_count)
		return 0;
	globals = malloc(rules->namespace_count * sizeof(*globals));
	if (!globals)
		return error_no_memory(err, "verdicts");
	gather_globals(rules, verdicts, globals);
	for (size_t i = 0; i < rules->rule_count; i++) {
		enum verdict global = globals[rules->rules[i].namespace_number];

		if (global == VERDICT_FALSE || verdicts[i] == VERDICT_TRUE)
			verdicts[i] = global;
	}
	free(globals);
	return 0;
}

/* With all that evaluating needs, in @run. */
static int judge_with(struct evaluation *run, enum verdict *verdicts)
{
	int ret = evaluation_look(run);

	for (size_t i = 0; i < run->rules->rule_count; i++)
		verdicts[i] = VERDICT_FALSE;
	if (ret == 0)
		ret = judge_all(run, verdicts);
	if (ret == 0)
		ret = apply_globals(run->rules, verdicts, run->err);
	return ret;
}

int judge(const struct checked_rules *rules, const uint64_t *live, struct target_view *view,
	  const struct deadlines *deadlines, enum verdict *verdicts, struct console *console,
	  struct error *err)
{
	struct arena *arena = arena_new(0);
	struct evaluation run = {
		.rules = rules,
		.live = live,
		.view = view,
		.deadlines = deadlines,
		.err = err,
		.texts = arena_new(0),
		.console = console,
	};
	int ret;

	if (arena && run.texts)
		run.modules = module_runs_new(&run, arena);
	ret = run.modules ? judge_with(&run, verdicts) : error_no_memory(err, "the evaluation");
	regex_scratch_free(run.scratch);
	module_runs_free(run.modules);
	arena_free(run.texts);
	arena_free(arena);
	return ret;
}
