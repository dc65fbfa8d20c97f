#include "cli/compile.h"

#include <stdlib.h>

#include "cli/message.h"
#include "cli/rules_input.h"
#include "engine/base/deadline.h"
#include "engine/base/text.h"
#include "rules/rule_cache.h"

/* What compiles faster is not worth a file. */
#define WORTH_KEEPING_NS ((uint64_t)50 * 1000 * 1000)

/* Fails with what @text says; releases it. */
static int fail_with(struct text *text, struct error *err)
{
	int ret = text->failed ? error_no_memory(err, "a message")
			       : error_set(err, ERROR_NOT_FOUND, 0, "%s", text->data);

	text_release(text);
	return ret;
}

static const char *comma(const struct text *text)
{
	return text->length ? ", " : "";
}

static int fail_without_rules(const struct settings *settings, struct error *err)
{
	struct text text = { 0 };

	for (size_t i = 0; i < settings->rules.count; i++)
		text_add_format(&text, "%sno rule in %s", comma(&text), settings->rules.items[i]);
	for (size_t i = 0; i < settings->patterns.count; i++)
		if (settings->patterns.items[i].source == PATTERN_LINES)
			text_add_format(&text, "%sno pattern in %s", comma(&text),
					settings->patterns.items[i].value);
	return fail_with(&text, err);
}

/* Each value of --rule and --tag that chooses no rule even alone. */
static void add_idle_values(struct text *text, const struct ruleset *rules,
			    const struct scan_options *options)
{
	for (size_t i = 0; i < options->rule_name_count; i++) {
		const struct scan_options alone = { .rule_names = &options->rule_names[i],
						    .rule_name_count = 1 };

		if (!scan_options_select_rules(&alone, rules))
			text_add_format(text, "%s--rule %s", comma(text), options->rule_names[i]);
	}
	for (size_t i = 0; i < options->tag_count; i++) {
		const struct scan_options alone = { .tags = &options->tags[i], .tag_count = 1 };

		if (!scan_options_select_rules(&alone, rules))
			text_add_format(text, "%s--tag %s", comma(text), options->tags[i]);
	}
}

static void add_values(struct text *text, const char *option, const char *const *values,
		       size_t count)
{
	for (size_t i = 0; i < count; i++)
		text_add_format(text, "%s%s %s", i ? ", " : "", option, values[i]);
}

static int fail_without_choice(const struct ruleset *rules, const struct scan_options *options,
			       struct error *err)
{
	struct text idle = { 0 }, text = { 0 };

	add_idle_values(&idle, rules, options);
	text_add(&text, "no rule is chosen by ");
	if (idle.length) {
		text_add(&text, idle.data);
	} else {
		add_values(&text, "--rule", options->rule_names, options->rule_name_count);
		text_add(&text, " together with ");
		add_values(&text, "--tag", options->tags, options->tag_count);
	}
	text.failed |= idle.failed;
	text_release(&idle);
	return fail_with(&text, err);
}

static int check_selection(const struct ruleset *rules, const struct settings *settings,
			   const struct scan_options *options, struct error *err)
{
	size_t count;

	ruleset_rules(rules, &count);
	if (!count)
		return fail_without_rules(settings, err);
	if (!scan_options_select_rules(options, rules))
		return fail_without_choice(rules, options, err);
	return 0;
}

/* Of rules that were not compiled now; releases them on failure. */
static int choose_or_release(struct compiled_rules **rules, const struct settings *settings,
			     const struct scan_options *options, struct error *err)
{
	int ret = check_selection(compiled_rules_ruleset(*rules), settings, options, err);

	if (ret)
		compiled_rules_release(*rules);
	return ret;
}

static int compile_texts(struct compiled_rules **out, const struct rules_input *input,
			 const struct settings *settings, const struct scan_options *options,
			 struct diagnostics *notes, struct error *err)
{
	enum match_need outputs = settings_list_matches(settings) ? NEED_LISTED : NEED_PRESENCE;
	const struct compile_options compiling = {
		.externals = input->externals,
		.external_count = input->external_count,
		.patterns = input->patterns,
		.pattern_count = input->pattern_count,
		.included = input->included,
	};
	struct rule_cache_query query;
	bool cached = !settings->no_cache &&
		      rule_cache_query_init(&query, input->texts, input->text_count, &compiling);
	uint64_t began_ns = clock_now_ns();
	struct ruleset *rules;
	int ret;

	if (cached && rule_cache_find(out, &query, outputs, notes))
		return choose_or_release(out, settings, options, err);
	ret = ruleset_compile(&rules, input->texts, input->text_count, &compiling, notes, err);
	if (ret)
		return ret;
	ret = check_selection(rules, settings, options, err);
	if (ret) {
		ruleset_free(rules);
		return ret;
	}
	ret = compiled_rules_new(out, rules, outputs, notes, err);
	if (!ret && cached && clock_now_ns() - began_ns >= WORTH_KEEPING_NS)
		rule_cache_keep(*out, &query, notes);
	return ret;
}

static int load_rules(struct compiled_rules **out, const struct rules_input *input,
		      const struct settings *settings, const struct scan_options *options,
		      struct diagnostics *notes, struct error *err)
{
	enum match_need outputs = settings_list_matches(settings) ? NEED_LISTED : NEED_PRESENCE;
	const struct compile_options given = { .externals = input->externals,
					       .external_count = input->external_count };
	int ret = compiled_rules_load(out, input->compiled, &given, outputs, notes, err);

	if (ret)
		return error_context(err, "%s", settings->rules.items[0]);
	return choose_or_release(out, settings, options, err);
}

int compile_rules(struct compiled_rules **out, const struct settings *settings,
		  const struct scan_options *options, struct diagnostics *notes, struct error *err)
{
	struct rules_input input;
	int ret = rules_input_read(&input, settings, err);

	if (ret)
		return ret;
	ret = input.compiled.length ? load_rules(out, &input, settings, options, notes, err)
				    : compile_texts(out, &input, settings, options, notes, err);
	rules_input_release(&input);
	return ret;
}

/* To standard error, each with its line and caret. */
static void print_diagnostics(struct diagnostics *notes, bool warnings)
{
	size_t count;
	const struct diagnostic *list = diagnostics_list(notes, &count);

	for (size_t i = 0; i < count; i++) {
		char *formatted;
		struct text text = { 0 };

		if (list[i].severity == SEVERITY_WARNING && !warnings)
			continue;
		formatted = diagnostics_format(notes, &list[i]);
		text_add(&text, formatted ? formatted : "ckpt-scan: no memory for a message\n");
		message_write(&text);
		text_release(&text);
		free(formatted);
	}
}

static int fail_on_warnings(const struct diagnostics *notes, struct error *err)
{
	size_t count = diagnostics_count(notes, SEVERITY_WARNING);

	return error_set(err, ERROR_NOT_FOUND, 0, "%zu warning%s about the rules", count,
			 count == 1 ? "" : "s");
}

int compile_rules_aloud(struct compiled_rules **out, const struct settings *settings,
			const struct scan_options *options, struct diagnostics *notes,
			struct error *err)
{
	struct compiled_rules *rules;
	int ret = compile_rules(&rules, settings, options, notes, err);

	print_diagnostics(notes, !settings->quiet && !settings->no_warnings);
	if (ret == ERROR_RULES && !diagnostics_count(notes, SEVERITY_ERROR))
		message_error(err);
	if (ret)
		return ret;
	if (settings->fail_on_warnings && diagnostics_count(notes, SEVERITY_WARNING)) {
		compiled_rules_release(rules);
		return fail_on_warnings(notes, err);
	}
	*out = rules;
	return 0;
}
