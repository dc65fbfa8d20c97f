#include "scanners/judge.h"

#include "scanners/content_target.h"

#define RULE_SECONDS 10.0

/* What one condition may ask for at once; integer reads want four bytes. */
#define LENT_BYTES 4096

struct bytes_view {
	struct target_view view;
	const struct target *target;
	const struct file_table *files;
	uint8_t buffer[LENT_BYTES];
};

static int view_lend(struct target_view *view, uint64_t address, size_t wanted, struct bytes *out,
		     struct error *err)
{
	struct bytes_view *bytes = (struct bytes_view *)view;
	const struct target *target = bytes->target;

	if (target->kind == TARGET_PROCESS)
		return process_memory_lend(target->memory, bytes->files, address, wanted,
					   bytes->buffer, sizeof(bytes->buffer), out, err);
	return content_target_lend(&target->captured.content, bytes->files, address, wanted,
				   bytes->buffer, sizeof(bytes->buffer), out, err);
}

static bool view_next_block(struct target_view *view, uint64_t address, struct address_range *out)
{
	const struct target *target = ((struct bytes_view *)view)->target;

	if (target->kind == TARGET_PROCESS)
		return process_memory_next_block(target->memory, address, out);
	return content_target_next_block(&target->captured.content, address, out);
}

static struct target_facts facts_of(const struct target *target)
{
	if (target->kind != TARGET_PROCESS)
		return (struct target_facts){ .filesize = target->captured.content.length };
	return (struct target_facts){
		.is_process = true,
		.has_low_memory = target->purpose == PURPOSE_LOW_PROCESS,
		.lowest_address = process_memory_lowest(target->memory),
	};
}

static void warn_undecided(const struct judge *judge, const struct target *target,
			   const struct rule *const *rules, const struct verdicts *verdicts)
{
	struct warning warning = target_warning(target, WARNING_TIMEOUT);
	char label[TARGET_LABEL_BYTES];

	for (size_t i = 0; i < verdicts->count; i++)
		if (verdicts->rules[i] == VERDICT_UNDECIDED)
			warning_list_add(judge->warnings, &warning,
					 "rule %s:%s took too long on %s and is undecided",
					 rules[i]->namespace_name, rules[i]->name,
					 target_label(target, label));
}

/* A count that stopped matters only to rules whose condition uses it. */
static void warn_limited(const struct judge *judge, const struct target *target,
			 const struct rule *rule, size_t index, const struct match_table *matches)
{
	const struct ruleset *rules = compiled_rules_ruleset(judge->rules);

	for (size_t i = 0; i < rule->string_count; i++) {
		const struct rule_string *string = &rule->strings[i];
		bool used = ruleset_rule_counts(rules, index, string->pattern);
		struct warning warning = target_warning(target, used ? WARNING_TOO_MANY_MATCHES_USED
								     : WARNING_TOO_MANY_MATCHES);
		char label[TARGET_LABEL_BYTES];

		if (match_table_limited(matches, string->pattern))
			warning_list_add(judge->warnings, &warning,
					 "too many matches for $%s of rule %s:%s in %s",
					 string->name, rule->namespace_name, rule->name,
					 target_label(target, label));
	}
}

/* Where the budget of matches ends, counting goes on; of the matches themselves the lowest are known. */
static void warn_left_out(const struct judge *judge, const struct target *target,
			  const struct rule *rule, const struct match_table *matches)
{
	for (size_t i = 0; i < rule->string_count; i++) {
		const struct rule_string *string = &rule->strings[i];
		struct warning warning = target_warning(target, WARNING_LIMIT);
		char label[TARGET_LABEL_BYTES];

		if (match_table_left_out(matches, string->pattern))
			warning_list_add(judge->warnings, &warning,
					 "no room to keep all matches of $%s of rule %s:%s in %s",
					 string->name, rule->namespace_name, rule->name,
					 target_label(target, label));
	}
}

/* What rules say is evidence too, so what is missing of it is told. */
static void warn_dropped(const struct judge *judge, const struct target *target,
			 const struct verdicts *verdicts)
{
	struct warning warning = target_warning(target, WARNING_LIMIT);
	char label[TARGET_LABEL_BYTES];

	if (verdicts->lines_dropped)
		warning_list_add(judge->warnings, &warning,
				 "rules logged more about %s than is kept: %llu lines are left out",
				 target_label(target, label),
				 (unsigned long long)verdicts->lines_dropped);
}

static int settle(const struct judge *judge, struct target *target, const struct verdicts *verdicts,
		  const struct match_table *matches, struct error *err)
{
	const struct ruleset *ruleset = compiled_rules_ruleset(judge->rules);
	size_t count;
	const struct rule *const *rules = ruleset_rules(ruleset, &count);

	warn_undecided(judge, target, rules, verdicts);
	warn_dropped(judge, target, verdicts);
	for (size_t i = 0; i < count; i++) {
		warn_limited(judge, target, rules[i], i, matches);
		warn_left_out(judge, target, rules[i], matches);
	}
	target->state = TARGET_JUDGED;
	return held_hits_new(&target->hits, ruleset, verdicts, matches, judge->options, err);
}

static enum warning_code code_of_failure(int error)
{
	switch (error) {
	case ERROR_TIMEOUT:
		return WARNING_TIMEOUT;
	case ERROR_NOT_KEPT:
		return WARNING_LIMIT;
	default:
		return WARNING_READ_ERROR;
	}
}

static void fail_target(const struct judge *judge, struct target *target,
			const struct error *reason)
{
	struct warning warning = target_warning(target, code_of_failure(reason->code));
	char label[TARGET_LABEL_BYTES];

	target->state = TARGET_FAILED;
	warning_list_add(judge->warnings, &warning, "%s could not be judged: %s",
			 target_label(target, label), reason->message);
}

int judge_evaluate(const struct judge *judge, const struct target *target,
		   const struct match_table *matches, struct verdicts *out, struct error *err)
{
	struct target_facts facts = facts_of(target);
	struct bytes_view view = {
		.view = { .facts = &facts,
			  .matches = matches,
			  .lend = view_lend,
			  .next_block = view_next_block },
		.target = target,
		.files = judge->files,
	};
	double seconds =
		judge->options->rule_seconds > 0 ? judge->options->rule_seconds : RULE_SECONDS;
	struct deadlines deadlines = { .rule_seconds = seconds, .stop = judge->options->stop };

	return ruleset_evaluate(compiled_rules_ruleset(judge->rules), &view.view, &deadlines, out,
				err);
}

int judge_target(const struct judge *judge, struct target *target, struct match_table *matches,
		 struct error *err)
{
	struct verdicts verdicts = { 0 };
	struct error problem = { 0 };
	int ret = judge_evaluate(judge, target, matches, &verdicts, &problem);

	if (ret == ERROR_NOT_KEPT && target->kind == TARGET_PROCESS) {
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
