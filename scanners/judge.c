#include "scanners/judge.h"

#define RULE_SECONDS 10.0

/* What one condition may ask for at once; integer reads want four bytes. */
#define LENT_BYTES 4096

struct memory_view {
	struct target_view view;
	const struct process_memory *memory;
	const struct file_table *files;
	uint8_t buffer[LENT_BYTES];
};

static int view_lend(struct target_view *view, uint64_t address, size_t wanted, struct bytes *out,
		     struct error *err)
{
	struct memory_view *memory = (struct memory_view *)view;

	return process_memory_lend(memory->memory, memory->files, address, wanted, memory->buffer,
				   sizeof(memory->buffer), out, err);
}

static bool view_next_block(struct target_view *view, uint64_t address, struct address_range *out)
{
	return process_memory_next_block(((struct memory_view *)view)->memory, address, out);
}

static void warn_undecided(const struct judge *judge, const struct target *target,
			   const struct rule *const *rules, const struct verdicts *verdicts)
{
	struct warning warning = { .code = WARNING_TIMEOUT,
				   .has_memory = true,
				   .pid = target->process->pid };

	for (size_t i = 0; i < verdicts->count; i++)
		if (verdicts->rules[i] == VERDICT_UNDECIDED)
			warning_list_add(judge->warnings, &warning,
					 "rule %s:%s took too long on process %u and is undecided",
					 rules[i]->namespace_name, rules[i]->name, warning.pid);
}

/* A count that stopped matters only to rules whose condition uses it. */
static void warn_limited(const struct judge *judge, const struct target *target,
			 const struct rule *rule, size_t index, const struct match_table *matches)
{
	const struct ruleset *rules = compiled_rules_ruleset(judge->rules);

	for (size_t i = 0; i < rule->string_count; i++) {
		const struct rule_string *string = &rule->strings[i];
		bool used = ruleset_rule_counts(rules, index, string->pattern);
		struct warning warning = {
			.code = used ? WARNING_TOO_MANY_MATCHES_USED : WARNING_TOO_MANY_MATCHES,
			.has_memory = true,
			.pid = target->process->pid,
		};

		if (match_table_limited(matches, string->pattern))
			warning_list_add(judge->warnings, &warning,
					 "too many matches for $%s of rule %s:%s in process %u",
					 string->name, rule->namespace_name, rule->name,
					 warning.pid);
	}
}

/* Where the budget of matches ends, counting goes on; of the matches themselves the lowest are known. */
static void warn_left_out(const struct judge *judge, const struct target *target,
			  const struct rule *rule, const struct match_table *matches)
{
	for (size_t i = 0; i < rule->string_count; i++) {
		const struct rule_string *string = &rule->strings[i];
		struct warning warning = {
			.code = WARNING_LIMIT,
			.has_memory = true,
			.pid = target->process->pid,
		};

		if (match_table_left_out(matches, string->pattern))
			warning_list_add(judge->warnings, &warning,
					 "no room to keep all matches of $%s of rule %s:%s in "
					 "process %u",
					 string->name, rule->namespace_name, rule->name,
					 warning.pid);
	}
}

static int settle(const struct judge *judge, struct target *target, const struct verdicts *verdicts,
		  const struct match_table *matches, struct error *err)
{
	const struct ruleset *ruleset = compiled_rules_ruleset(judge->rules);
	size_t count;
	const struct rule *const *rules = ruleset_rules(ruleset, &count);

	warn_undecided(judge, target, rules, verdicts);
	for (size_t i = 0; i < count; i++) {
		warn_limited(judge, target, rules[i], i, matches);
		warn_left_out(judge, target, rules[i], matches);
	}
	target->state = TARGET_JUDGED;
	return held_hits_new(&target->hits, ruleset, verdicts, matches, judge->options, err);
}

static void fail_target(const struct judge *judge, struct target *target,
			const struct error *reason)
{
	struct warning warning = {
		.code = reason->code == ERROR_TIMEOUT ? WARNING_TIMEOUT : WARNING_READ_ERROR,
		.has_memory = true,
		.pid = target->process->pid,
	};

	target->state = TARGET_FAILED;
	warning_list_add(judge->warnings, &warning, "process %u could not be judged: %s",
			 warning.pid, reason->message);
}

int judge_target(const struct judge *judge, struct target *target, struct match_table *matches,
		 struct error *err)
{
	struct target_facts facts = {
		.is_process = true,
		.has_low_memory = target->purpose == PURPOSE_LOW_PROCESS,
		.lowest_address = process_memory_lowest(target->memory),
	};
	struct memory_view view = {
		.view = { .facts = &facts,
			  .matches = matches,
			  .lend = view_lend,
			  .next_block = view_next_block },
		.memory = target->memory,
		.files = judge->files,
	};
	double seconds =
		judge->options->rule_seconds > 0 ? judge->options->rule_seconds : RULE_SECONDS;
	struct deadlines deadlines = { .rule_seconds = seconds, .stop = judge->options->stop };
	struct verdicts verdicts = { 0 };
	struct error problem = { 0 };
	int ret = ruleset_evaluate(compiled_rules_ruleset(judge->rules), &view.view, &deadlines,
				   &verdicts, &problem);

	if (ret == ERROR_NOT_KEPT) {
		target->state = TARGET_ASIDE;
		target->matches = matches;
		return 0;
	}
	if (ret == 0)
		ret = settle(judge, target, &verdicts, matches, &problem);
	verdicts_release(&verdicts);
	match_table_free(matches);
	if (ret == ERROR_INTERRUPTED)
		target->state = TARGET_FAILED;
	if (ret == ERROR_MEMORY || ret == ERROR_INTERRUPTED) {
		*err = problem;
		return ret;
	}
	if (ret)
		fail_target(judge, target, &problem);
	return 0;
}
