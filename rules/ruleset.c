#include "rules/ruleset.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/bitmap.h"
#include "engine/base/digest.h"
#include "rules/check/checker.h"
#include "rules/check/not_evaluated.h"
#include "rules/evaluate/judge.h"
#include "rules/import_warnings.h"
#include "rules/parse/parser.h"
#include "rules/patterns/from_pattern.h"
#include "rules/ruleset_parts.h"

static void checked_rules_release(struct checked_rules *checked)
{
	for (size_t i = 0; i < checked->program_count; i++)
		regex_program_free(checked->programs[i]);
	free(checked->programs);
	free(checked->modules);
	free(checked->rules);
	free(checked->patterns);
	free(checked->pattern_spans);
	arena_free(checked->arena);
}

void ruleset_free(struct ruleset *rules)
{
	if (!rules)
		return;
	checked_rules_release(&rules->checked);
	free(rules->faces);
	free(rules);
}

/* Remembers that the next file of @notes is that text. */
static int add_source(struct ruleset *rules, const struct rule_text *text,
		      const struct diagnostics *notes, struct error *err)
{
	struct ruleset_sources *sources = &rules->sources;
	const char *name = arena_copy_string(rules->checked.arena, text->namespace_name,
					     strlen(text->namespace_name));

	if (!name)
		return error_no_memory(err, "rules");
	sources->texts[sources->text_count++] =
		(struct ruleset_text){ .file = (uint32_t)diagnostics_file_count(notes),
				       .namespace_name = name };
	return 0;
}

static int parse_texts(struct ruleset *rules, struct rules_tree *tree,
		       const struct rule_text *texts, size_t count,
		       const struct compile_options *options, struct diagnostics *notes,
		       struct error *err)
{
	struct arena *arena = rules->checked.arena;

	rules->sources.texts = arena_alloc_array(arena, count, sizeof(*rules->sources.texts));
	if (!rules->sources.texts)
		return error_no_memory(err, "rules");
	for (size_t i = 0; i < count; i++) {
		struct parse_options parsing = { .allow_includes = !options->no_includes,
						 .included = options->included
								     ? options->included[i]
								     : NULL };
		int ret = add_source(rules, &texts[i], notes, err);

		if (ret == 0)
			ret = rules_parse(tree, arena, texts[i].name, texts[i].namespace_name,
					  texts[i].text, &parsing, notes, err);
		if (ret < 0)
			return ret;
	}
	rules->sources.pattern_file = (uint32_t)diagnostics_file_count(notes);
	for (size_t i = 0; i < options->pattern_count; i++) {
		struct pattern_place place = { i + 1, options->pattern_count };
		int ret = rule_from_pattern(tree, arena, &options->patterns[i], place, notes, err);

		if (ret < 0)
			return ret;
	}
	return 0;
}

static int list_not_evaluated(struct ruleset *rules, struct error *err)
{
	const struct checked_rules *checked = &rules->checked;

	rules->modules_not_evaluated =
		modules_not_evaluated(checked, &rules->modules_not_evaluated_count);
	if (!rules->modules_not_evaluated)
		return error_no_memory(err, "rules");
	for (size_t i = 0; i < checked->rule_count; i++)
		rules->rules_not_evaluated += checked->rules[i].not_evaluated;
	return 0;
}

int ruleset_describe(struct ruleset *rules, bool every_live, struct error *err)
{
	size_t count = rules->checked.rule_count;
	int ret;

	rules->faces = calloc(count + 1, sizeof(*rules->faces));
	if (!rules->faces)
		return error_no_memory(err, "rules");
	for (size_t i = 0; i < count; i++)
		rules->faces[i] = &rules->checked.rules[i].face;
	ret = live_rules_make(&rules->live, &rules->checked, every_live, rules->checked.arena, err);
	return ret < 0 ? ret : list_not_evaluated(rules, err);
}

static int add_text(struct digest *sum, const char *text, struct error *err)
{
	return digest_add_sized(sum, text, strlen(text), err);
}

static int add_number(struct digest *sum, uint64_t number, struct error *err)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (8 * i));
	return digest_add(sum, bytes, sizeof(bytes), err);
}

/* What was read: the texts, what they include, patterns. */
static int digest_files(struct digest *sum, const struct ruleset_sources *sources,
			const struct diagnostics *notes, struct error *err)
{
	int ret = add_number(sum, sources->file_count, err);

	for (uint32_t i = 0; i < sources->file_count && ret == 0; i++) {
		struct bytes text = diagnostics_file_text(notes, sources->first_file + i);

		ret = digest_add_sized(sum, text.data, text.length, err);
	}
	return ret;
}

/* A text's namespace is part of what its rules mean. */
static int digest_namespaces(struct digest *sum, const struct rule_text *texts, size_t count,
			     struct error *err)
{
	int ret = add_number(sum, count, err);

	for (size_t i = 0; i < count && ret == 0; i++)
		ret = add_text(sum, texts[i].namespace_name, err);
	return ret;
}

static int digest_external(struct digest *sum, const struct external *external, struct error *err)
{
	uint64_t bits;
	int ret = digest_add_sized(sum, external->name, strcspn(external->name, "="), err);

	memcpy(&bits, &external->real, sizeof(bits));
	if (ret == 0)
		ret = add_number(sum, external->kind, err);
	if (ret < 0)
		return ret;
	switch (external->kind) {
	case EXTERNAL_TEXT:
		return digest_add_sized(sum, external->text.data, external->text.length, err);
	case EXTERNAL_FLOAT:
		return add_number(sum, bits, err);
	default:
		return add_number(sum, (uint64_t)external->integer, err);
	}
}

static int digest_patterns(struct digest *sum, const struct compile_options *options,
			   struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < options->pattern_count && ret == 0; i++) {
		const struct search_pattern *pattern = &options->patterns[i];
		unsigned flags = (unsigned)pattern->is_regex | (unsigned)pattern->nocase << 1 |
				 (unsigned)pattern->wide << 2;

		ret = add_number(sum, flags, err);
	}
	return ret;
}

static int make_source_digest(struct ruleset *rules, const struct rule_text *texts, size_t count,
			      const struct compile_options *options,
			      const struct diagnostics *notes, struct error *err)
{
	struct digest *sum;
	int ret = digest_new(&sum, err);

	if (ret < 0)
		return ret;
	ret = digest_namespaces(sum, texts, count, err);
	if (ret == 0)
		ret = digest_files(sum, &rules->sources, notes, err);
	if (ret == 0)
		ret = digest_patterns(sum, options, err);
	if (ret == 0)
		ret = digest_end(sum, rules->sources.digest, err);
	digest_free(sum);
	return ret;
}

int ruleset_make_digest(struct ruleset *rules, const struct external *externals, size_t count,
			struct error *err)
{
	struct digest *sum;
	int ret = digest_new(&sum, err);

	if (ret < 0)
		return ret;
	ret = digest_add(sum, rules->sources.digest, sizeof(rules->sources.digest), err);
	for (size_t i = 0; i < count && ret == 0; i++)
		ret = digest_external(sum, &externals[i], err);
	if (ret == 0)
		ret = digest_end(sum, rules->digest, err);
	digest_free(sum);
	return ret;
}

static int compile(struct ruleset *rules, const struct rule_text *texts, size_t count,
		   const struct compile_options *options, struct diagnostics *notes,
		   struct error *err)
{
	size_t errors = diagnostics_count(notes, SEVERITY_ERROR);
	struct rules_tree tree = { 0 };
	int ret;

	rules->sources.first_file = (uint32_t)diagnostics_file_count(notes);
	ret = parse_texts(rules, &tree, texts, count, options, notes, err);
	rules->sources.file_count =
		(uint32_t)diagnostics_file_count(notes) - rules->sources.first_file;
	if (ret == 0)
		ret = checker_run(&rules->checked, &tree, options, notes, err);
	if (ret < 0)
		return ret;
	errors = diagnostics_count(notes, SEVERITY_ERROR) - errors;
	if (errors)
		return error_set(err, ERROR_RULES, 0, "%zu error%s in the rules", errors,
				 errors == 1 ? "" : "s");
	ret = ruleset_describe(rules, options->every_rule_live, err);
	if (ret == 0)
		ret = import_warnings_add(notes, &tree, rules->modules_not_evaluated,
					  rules->modules_not_evaluated_count, err);
	if (ret == 0)
		ret = make_source_digest(rules, texts, count, options, notes, err);
	if (ret == 0)
		ret = ruleset_make_digest(rules, options->externals, options->external_count, err);
	return ret;
}

int ruleset_compile(struct ruleset **out, const struct rule_text *texts, size_t count,
		    const struct compile_options *options, struct diagnostics *notes,
		    struct error *err)
{
	struct ruleset *rules = calloc(1, sizeof(*rules));
	int ret;

	if (!rules)
		return error_no_memory(err, "rules");
	rules->checked.arena = arena_new(0);
	if (!rules->checked.arena)
		ret = error_no_memory(err, "rules");
	else
		ret = compile(rules, texts, count, options, notes, err);
	if (ret < 0) {
		ruleset_free(rules);
		return ret;
	}
	*out = rules;
	return 0;
}

const struct rule *const *ruleset_rules(const struct ruleset *rules, size_t *count)
{
	*count = rules->checked.rule_count;
	return rules->faces;
}

const struct pattern *ruleset_patterns(const struct ruleset *rules, size_t *count)
{
	*count = rules->checked.pattern_count;
	return rules->checked.patterns;
}

struct source_span ruleset_pattern_span(const struct ruleset *rules, uint32_t pattern)
{
	return rules->checked.pattern_spans[pattern];
}

const uint8_t *ruleset_digest(const struct ruleset *rules)
{
	return rules->digest;
}

static void add_needs(const struct checked_rule *rule, enum match_need outputs,
		      enum match_need *needs)
{
	for (size_t i = 0; i < rule->face.string_count; i++) {
		bool reported = !rule->face.is_private && !rule->face.strings[i].is_private;
		enum match_need need = rule->needs[i];

		if (reported && need < outputs)
			need = outputs;
		needs[rule->first_pattern + i] = need;
	}
}

static void drop_needs(const struct checked_rule *rule, enum match_need *needs)
{
	for (size_t i = 0; i < rule->face.string_count; i++)
		needs[rule->first_pattern + i] = NEED_NOTHING;
}

bool ruleset_rule_is_live(const struct ruleset *rules, const struct target_facts *facts,
			  size_t index)
{
	return bitmap_test(rules->live.kinds[live_kind_of(facts)], index);
}

bool ruleset_needs(const struct ruleset *rules, const struct target_facts *facts,
		   enum match_need outputs, enum match_need *needs)
{
	const struct checked_rules *checked = &rules->checked;
	bool reads_bytes = false;

	for (size_t i = 0; i < checked->rule_count; i++) {
		if (!ruleset_rule_is_live(rules, facts, i)) {
			drop_needs(&checked->rules[i], needs);
			continue;
		}
		add_needs(&checked->rules[i], outputs, needs);
		reads_bytes |= checked->rules[i].reads_bytes;
	}
	return reads_bytes;
}

void verdicts_release(struct verdicts *verdicts)
{
	free(verdicts->rules);
	arena_free(verdicts->console);
	*verdicts = (struct verdicts){ 0 };
}

int ruleset_evaluate(const struct ruleset *rules, struct target_view *view,
		     const struct deadlines *deadlines, struct verdicts *out, struct error *err)
{
	size_t count = rules->checked.rule_count;
	struct verdicts verdicts = { .rules = calloc(count + 1, sizeof(*verdicts.rules)),
				     .count = count };
	struct console console = { 0 };
	int ret;

	if (!verdicts.rules)
		return error_no_memory(err, "verdicts");
	ret = judge(&rules->checked, rules->live.kinds[live_kind_of(view->facts)], view, deadlines,
		    verdicts.rules, &console, err);
	verdicts.console = console.arena;
	verdicts.lines = console.lines;
	verdicts.line_count = console.count;
	verdicts.lines_dropped = console.dropped;
	if (ret < 0) {
		verdicts_release(&verdicts);
		return ret;
	}
	*out = verdicts;
	return 0;
}

size_t ruleset_not_evaluated(const struct ruleset *rules, const char *const **modules,
			     size_t *count)
{
	*modules = rules->modules_not_evaluated;
	*count = rules->modules_not_evaluated_count;
	return rules->rules_not_evaluated;
}

bool ruleset_rule_counts(const struct ruleset *rules, size_t index, uint32_t pattern)
{
	const struct checked_rule *rule = &rules->checked.rules[index];

	if (pattern < rule->first_pattern ||
	    pattern - rule->first_pattern >= rule->face.string_count)
		return false;
	return rule->needs[pattern - rule->first_pattern] >= NEED_COUNT;
}
