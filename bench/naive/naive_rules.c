#include <stdlib.h>

#include "bench/naive/file_bytes.h"
#include "bench/naive/naive_database.h"
#include "rules/ruleset.h"

static int add_all(struct expression_list *list, const struct ruleset *rules, struct error *err)
{
	size_t count;
	const struct pattern *patterns = ruleset_patterns(rules, &count);
	int ret = 0;

	for (size_t i = 0; i < count && ret == 0; i++)
		ret = expression_list_add(list, &patterns[i], err);
	return ret;
}

/* The first thing that is wrong. */
static int explain(struct diagnostics *notes, int code, struct error *err)
{
	size_t count;
	const struct diagnostic *list = diagnostics_list(notes, &count);

	for (size_t i = 0; i < count && code == ERROR_RULES; i++)
		if (list[i].severity == SEVERITY_ERROR)
			return error_set(err, ERROR_RULES, 0, "line %u: %s", list[i].span.line,
					 list[i].message);
	return code;
}

int naive_rules_read(struct expression_list *list, const char *path, struct error *err)
{
	struct compile_options options = { 0 };
	struct byte_writer bytes = { 0 };
	struct diagnostics *notes = NULL;
	struct ruleset *rules = NULL;
	int ret = file_bytes_read(&bytes, path, err);

	if (ret == 0)
		ret = diagnostics_new(&notes, err);
	if (ret == 0) {
		const struct rule_text text = { path, "default", { bytes.data, bytes.length } };

		ret = ruleset_compile(&rules, &text, 1, &options, notes, err);
		if (ret)
			ret = explain(notes, ret, err);
	}
	if (ret == 0)
		ret = add_all(list, rules, err);
	if (ret)
		error_context(err, "%s", path);
	ruleset_free(rules);
	diagnostics_free(notes);
	byte_writer_release(&bytes);
	return ret;
}
