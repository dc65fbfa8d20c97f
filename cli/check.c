#include "cli/check.h"

#include <errno.h>
#include <stdio.h>

#include "cli/compile.h"
#include "cli/message.h"
#include "cli/rule_counts.h"
#include "cli/string_table.h"

static int write_out(const struct text *text, struct error *err)
{
	if (text->failed)
		return error_no_memory(err, "what is in the rules");
	if (fwrite(text->data, 1, text->length, stdout) != text->length || fflush(stdout) != 0)
		return error_set(err, ERROR_SYSTEM, errno, "write to standard output");
	return 0;
}

static void add_strings(struct text *text, const struct settings *settings,
			const struct compiled_rules *rules, const struct diagnostics *notes)
{
	if (settings->slow)
		string_table_add_worst(text, rules, notes);
	else
		string_table_add(text, rules, notes);
}

static int describe(const struct settings *settings, const struct compiled_rules *rules,
		    const struct diagnostics *notes, struct error *err)
{
	struct rule_counts counts;
	struct text text = { 0 };
	int ret;

	ret = rule_counts_make(&counts, rules, notes, err);
	if (ret)
		return ret;
	/* The numbers come last: they are what a terminal still shows of a long list. */
	if (counts.strings) {
		add_strings(&text, settings, rules, notes);
		text_add_byte(&text, '\n');
	}
	rule_counts_add_text(&text, &counts);
	ret = write_out(&text, err);
	text_release(&text);
	return ret;
}

static int check(const struct settings *settings, struct diagnostics *notes, struct error *err)
{
	const struct scan_options all_rules = { 0 };
	struct compiled_rules *rules;
	int ret = compile_rules_aloud(&rules, settings, &all_rules, notes, err);

	if (ret)
		return ret;
	ret = describe(settings, rules, notes, err);
	compiled_rules_release(rules);
	return ret;
}

enum exit_code check_command(const struct settings *settings)
{
	struct diagnostics *notes = NULL;
	struct error err;
	int ret = diagnostics_new(&notes, &err);

	if (!ret)
		ret = check(settings, notes, &err);
	diagnostics_free(notes);
	return ret ? exit_code_of_failed_start(ret, &err) : EXIT_COMPLETE;
}
