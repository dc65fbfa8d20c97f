#include "cli/compile_command.h"

#include "cli/compile.h"
#include "cli/compiled_file.h"

static int check_output(const struct settings *settings, struct error *err)
{
	if (settings->compiled_outputs.count == 1)
		return 0;
	return error_set(err, ERROR_USAGE, 0,
			 "compile writes one file: name it with --output FILE, once");
}

static int write_rules(const struct settings *settings, const struct compiled_rules *rules,
		       struct diagnostics *notes, struct error *err)
{
	struct byte_writer file = { 0 };
	int ret = compiled_rules_save(rules, notes, &file, err);

	if (!ret)
		ret = compiled_file_write(settings->compiled_outputs.items[0],
					  (struct bytes){ file.data, file.length }, err);
	byte_writer_release(&file);
	return ret;
}

static int compile(const struct settings *settings, struct diagnostics *notes, struct error *err)
{
	const struct scan_options all_rules = { 0 };
	struct compiled_rules *rules;
	int ret = check_output(settings, err);

	if (!ret)
		ret = compile_rules_aloud(&rules, settings, &all_rules, notes, err);
	if (ret)
		return ret;
	ret = write_rules(settings, rules, notes, err);
	compiled_rules_release(rules);
	return ret;
}

enum exit_code compile_command(const struct settings *settings)
{
	struct diagnostics *notes = NULL;
	struct error err;
	int ret = diagnostics_new(&notes, &err);

	if (!ret)
		ret = compile(settings, notes, &err);
	diagnostics_free(notes);
	return ret ? exit_code_of_failed_start(ret, &err) : EXIT_COMPLETE;
}
