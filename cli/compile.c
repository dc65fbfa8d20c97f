#include "cli/compile.h"

#include <stdlib.h>

#include "cli/message.h"
#include "cli/rules_input.h"

static int check_selection(const struct ruleset *rules, const struct scan_options *options,
			   struct error *err)
{
	size_t count;

	ruleset_rules(rules, &count);
	if (!count)
		return error_set(err, ERROR_NOT_FOUND, 0, "no rule in what was given");
	if (!scan_options_select_rules(options, rules))
		return error_set(err, ERROR_NOT_FOUND, 0, "--rule and --tag select no rule");
	return 0;
}

static int read_ruleset(struct ruleset **out, const struct settings *settings,
			struct diagnostics *notes, struct error *err)
{
	struct rules_input input;
	int ret = rules_input_read(&input, settings, err);

	if (ret)
		return ret;

	const struct compile_options options = {
		.externals = input.externals,
		.external_count = settings->defines.count,
		.patterns = input.patterns,
		.pattern_count = input.pattern_count,
	};

	ret = ruleset_compile(out, input.texts, input.text_count, &options, notes, err);
	rules_input_release(&input);
	return ret;
}

int compile_rules(struct compiled_rules **out, const struct settings *settings,
		  const struct scan_options *options, struct diagnostics *notes, struct error *err)
{
	enum match_need outputs = settings_list_matches(settings) ? NEED_LISTED : NEED_PRESENCE;
	struct ruleset *rules;
	int ret = read_ruleset(&rules, settings, notes, err);

	if (ret)
		return ret;
	ret = check_selection(rules, options, err);
	if (ret) {
		ruleset_free(rules);
		return ret;
	}
	return compiled_rules_new(out, rules, outputs, notes, err);
}

void print_diagnostics(struct diagnostics *notes, bool warnings)
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
