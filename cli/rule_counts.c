#include "cli/rule_counts.h"

#include <stdlib.h>
#include <string.h>

static int by_namespace(const void *left, const void *right)
{
	const struct rule *const *first = left, *const *second = right;

	return strcmp((*first)->namespace_name, (*second)->namespace_name);
}

static int count_namespaces(struct rule_counts *counts, const struct rule *const *rules,
			    struct error *err)
{
	const struct rule **sorted = calloc(counts->rules + 1, sizeof(*sorted));

	if (!sorted)
		return error_no_memory(err, "what is in the rules");
	for (size_t i = 0; i < counts->rules; i++)
		sorted[i] = rules[i];
	qsort(sorted, counts->rules, sizeof(*sorted), by_namespace);
	for (size_t i = 0; i < counts->rules; i++)
		counts->namespaces += !i || by_namespace(&sorted[i - 1], &sorted[i]) != 0;
	free(sorted);
	return 0;
}

static void count_string(struct rule_counts *counts, const struct rule_string *string)
{
	counts->texts += string->kind == RULE_STRING_TEXT;
	counts->hexes += string->kind == RULE_STRING_HEX;
	counts->regexes += string->kind == RULE_STRING_REGEX;
	counts->private_strings += string->is_private;
}

static int count_rules(struct rule_counts *counts, const struct ruleset *ruleset, struct error *err)
{
	const struct rule *const *rules = ruleset_rules(ruleset, &counts->rules);

	for (size_t i = 0; i < counts->rules; i++) {
		counts->private_rules += rules[i]->is_private;
		counts->global_rules += rules[i]->is_global;
		for (size_t j = 0; j < rules[i]->string_count; j++)
			count_string(counts, &rules[i]->strings[j]);
	}
	counts->not_evaluated =
		ruleset_not_evaluated(ruleset, &counts->modules, &counts->module_count);
	return count_namespaces(counts, rules, err);
}

static void count_pattern(struct rule_counts *counts, const struct pattern *pattern)
{
	counts->nocase += (pattern->flags & PATTERN_NOCASE) != 0;
	counts->wide += (pattern->flags & PATTERN_WIDE) != 0;
	counts->fullword += (pattern->flags & PATTERN_FULLWORD) != 0;
	counts->xored += (pattern->flags & PATTERN_XOR) != 0;
}

static void count_strategy(struct rule_counts *counts, const struct database *database,
			   uint32_t pattern)
{
	struct strategy strategy;

	database_strategy(database, pattern, &strategy);
	counts->searched[strategy.kind]++;
	counts->chained += strategy.part_count > 1;
}

static void count_live(struct live_count *count, const struct ruleset *ruleset,
		       const struct target_facts *facts)
{
	size_t rule_count;
	const struct rule *const *rules = ruleset_rules(ruleset, &rule_count);

	for (size_t i = 0; i < rule_count; i++) {
		if (!ruleset_rule_is_live(ruleset, facts, i))
			continue;
		count->rules++;
		count->strings += rules[i]->string_count;
	}
}

int rule_counts_make(struct rule_counts *out, const struct compiled_rules *compiled,
		     const struct diagnostics *notes, struct error *err)
{
	const struct ruleset *rules = compiled_rules_ruleset(compiled);
	const struct database *database = compiled_rules_database(compiled, PURPOSE_PROCESS);
	const struct pattern *patterns;
	int ret;

	*out = (struct rule_counts){ .sources = diagnostics_file_count(notes) };
	ret = count_rules(out, rules, err);
	if (ret)
		return ret;
	patterns = ruleset_patterns(rules, &out->strings);
	for (size_t i = 0; i < out->strings; i++) {
		count_pattern(out, &patterns[i]);
		count_strategy(out, database, (uint32_t)i);
	}
	count_live(&out->live_in_processes, rules, &(struct target_facts){ .is_process = true });
	count_live(&out->live_in_files, rules, &(struct target_facts){ .is_process = false });
	return 0;
}

static void add_count(struct text *text, const char *what, size_t count)
{
	text_add_format(text, "%-24s%10zu\n", what, count);
}

static void add_part(struct text *text, const char *what, size_t count)
{
	if (count)
		text_add_format(text, "  %-22s%10zu\n", what, count);
}

static void add_not_evaluated(struct text *text, const struct rule_counts *counts)
{
	if (!counts->not_evaluated)
		return;
	text_add_format(text, "  %-22s%10zu  (", "not evaluated", counts->not_evaluated);
	for (size_t i = 0; i < counts->module_count; i++)
		text_add_format(text, "%s%s", i ? ", " : "", counts->modules[i]);
	text_add(text, ")\n");
}

static void add_searched(struct text *text, const struct rule_counts *counts)
{
	const size_t *searched = counts->searched;

	add_count(text, "searched in processes", counts->strings - searched[STRATEGY_NONE]);
	add_part(text, "by atoms", searched[STRATEGY_ATOMS]);
	add_part(text, "by windows", searched[STRATEGY_WINDOWS]);
	add_part(text, "every byte", searched[STRATEGY_WHOLE]);
	add_part(text, "in several parts", counts->chained);
}

static void add_live(struct text *text, const char *where, const struct live_count *count)
{
	text_add_format(text, "live in %-16s%10zu  rules, %zu strings\n", where, count->rules,
			count->strings);
}

void rule_counts_add_text(struct text *text, const struct rule_counts *counts)
{
	add_count(text, "sources", counts->sources);
	add_count(text, "namespaces", counts->namespaces);
	add_count(text, "rules", counts->rules);
	add_part(text, "private", counts->private_rules);
	add_part(text, "global", counts->global_rules);
	add_not_evaluated(text, counts);
	add_count(text, "strings", counts->strings);
	add_part(text, "text", counts->texts);
	add_part(text, "hex", counts->hexes);
	add_part(text, "regex", counts->regexes);
	add_part(text, "private", counts->private_strings);
	add_part(text, "nocase", counts->nocase);
	add_part(text, "wide", counts->wide);
	add_part(text, "fullword", counts->fullword);
	add_part(text, "xor", counts->xored);
	add_live(text, "processes", &counts->live_in_processes);
	add_live(text, "files", &counts->live_in_files);
	add_searched(text, counts);
}
