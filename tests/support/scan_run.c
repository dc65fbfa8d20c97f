#include "tests/support/scan_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/format.h"

#define MEMORY_BYTES (256u << 20)

static struct compiled_rules *compile(const struct scan_setup *setup)
{
	struct rule_text text = { .name = "test.yar", .namespace_name = "default" };
	struct compile_options options = { .patterns = setup->patterns,
					   .pattern_count = setup->pattern_count,
					   .every_rule_live = setup->every_rule_live };
	struct diagnostics *notes;
	struct ruleset *rules;
	struct compiled_rules *compiled;
	struct error err;

	assert_int_equal(diagnostics_new(&notes, &err), 0);
	if (setup->rules)
		text.text = (struct bytes){ (const uint8_t *)setup->rules, strlen(setup->rules) };
	if (ruleset_compile(&rules, &text, setup->rules ? 1 : 0, &options, notes, &err) != 0) {
		size_t count;
		const struct diagnostic *list = diagnostics_list(notes, &count);

		fail_msg("rules do not compile: %s (%s)", err.message,
			 count ? list[0].message : "");
	}
	if (compiled_rules_new(&compiled, rules, NEED_LISTED, notes, &err) != 0)
		fail_msg("rules do not compile: %s", err.message);
	diagnostics_free(notes);
	return compiled;
}

static json_t *parse_lines(const char *text)
{
	json_t *lines = json_array();

	while (*text) {
		json_error_t problem;
		json_t *line = json_loads(text, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &problem);

		if (!line)
			fail_msg("not JSON: %s at %s", problem.text, text);
		json_array_append_new(lines, line);
		text = strchr(text, '\n');
		assert_non_null(text);
		text++;
	}
	return lines;
}

int scan_run_into(const struct scan_setup *setup, const struct hit_sink *sink,
		  struct scan_result *out, struct error *err)
{
	struct scan_options options = setup->options;
	struct compiled_rules *rules = compile(setup);
	struct workers *workers;
	int ret;

	options.list_matches = true;
	if (!options.memory.memory_bytes)
		options.memory.memory_bytes = MEMORY_BYTES;
	assert_int_equal(workers_new(&workers, setup->threads ? setup->threads : 2, err), 0);

	struct scan_job job = { workers, rules, &options, setup->path };

	ret = scan_job_run(&job, sink, out, err);
	workers_free(workers);
	compiled_rules_release(rules);
	return ret;
}

void scan_run(const struct scan_setup *setup, struct scan_run *out)
{
	struct report_options options = { .max_listed = setup->options.max_listed };
	struct run_facts_buffer buffer;
	struct run_facts facts;
	struct report *report;
	struct error err = { 0 };
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	assert_int_equal(run_facts_init(&facts, &buffer, &err), 0);
	assert_int_equal(report_json.open(&report, stream, &facts, &options, &err), 0);
	if (scan_run_into(setup, report_json.sink(report), &out->result, &err) != 0)
		fail_msg("scan failed: %s", err.message);
	report_json.close(report);
	fclose(stream);
	out->lines = parse_lines(text);
	free(text);
}

void scan_run_release(struct scan_run *run)
{
	json_decref(run->lines);
	run->lines = NULL;
}

static void drop(json_t *object, const char *const *keys)
{
	for (; *keys; keys++)
		json_object_del(object, *keys);
}

char *scan_run_normalized(const struct scan_run *run)
{
	static const char *const of_line[] = { "run", NULL };
	static const char *const of_checkpoint[] = { "path",	    "member",	   "form",
						     "size",	    "time",	   "sha256",
						     "time_source", "compression", NULL };
	char *text = NULL;
	size_t length, index;
	FILE *stream = open_memstream(&text, &length);
	json_t *line;

	assert_non_null(stream);
	json_array_foreach(run->lines, index, line)
	{
		json_t *copy = json_deep_copy(line);

		drop(copy, of_line);
		drop(json_object_get(copy, "checkpoint"), of_checkpoint);
		json_dumpf(copy, stream, JSON_SORT_KEYS);
		fputc('\n', stream);
		json_decref(copy);
	}
	fclose(stream);
	return text;
}

json_t *scan_run_summary(const struct scan_run *run)
{
	size_t index;
	json_t *line;

	json_array_foreach(run->lines, index, line)
	{
		if (strcmp(json_string_value(json_object_get(line, "type")), "summary") == 0)
			return line;
	}
	fail_msg("no summary in the report");
	return NULL;
}

bool scan_run_warns(const struct scan_run *run, const char *code)
{
	size_t index;
	json_t *line;

	json_array_foreach(run->lines, index, line)
	{
		const char *found = json_string_value(json_object_get(line, "code"));

		if (found && strcmp(found, code) == 0)
			return true;
	}
	return false;
}

json_t *json_lines_load(const char *path)
{
	FILE *file = fopen(path, "r");
	json_t *lines = json_array();
	char *line = NULL;
	size_t size = 0;

	if (!file)
		fail_msg("cannot read %s", path);
	while (getline(&line, &size, file) > 0) {
		json_t *object = json_loads(line, 0, NULL);

		assert_non_null(object);
		json_array_append_new(lines, object);
	}
	free(line);
	fclose(file);
	return lines;
}

void temporary_directory(char *out, size_t size)
{
	const char *parent = getenv("TMPDIR");

	snprintf(out, size, "%s/ckpt-scan-test.XXXXXX", parent ? parent : "/tmp");
	assert_non_null(mkdtemp(out));
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	(void)walk;
	return remove(path);
}

void temporary_remove(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

bool file_is_there(const char *path)
{
	return access(path, R_OK) == 0;
}
