#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/outputs.h"
#include "tests/unit/report/sample_hit.h"

static char directory[] = "/tmp/test_outputs_XXXXXX";

static char *read_file(const char *path)
{
	char *content = calloc(1, 65536);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_non_null(content);
	assert_true(fread(content, 1, 65535, file) > 0);
	fclose(file);
	return content;
}

/* One checkpoint with one hit through every output. */
static int report_once(const char **outputs, size_t count, struct error *err)
{
	const struct settings settings = { .outputs = { .items = outputs, .count = count },
					   .quiet = true,
					   .color = COLOR_NEVER };
	const struct run_summary run = { .checkpoints = 1 };
	struct outputs *opened;
	const struct hit_sink *sink;
	int ret = outputs_open(&opened, &settings, &sample_run, NULL, err);

	if (ret)
		return ret;
	sink = outputs_sink(opened);
	ret = sink->begin(sink->context, &sample_checkpoint, err);
	if (!ret)
		ret = sink->hit(sink->context, &sample_hit, err);
	if (!ret)
		ret = sink->end(sink->context, &sample_summary, err);
	assert_int_equal(outputs_failed(opened), ret != 0);
	if (!ret)
		ret = outputs_end_run(opened, &run, err);
	outputs_close(opened);
	return ret;
}

static void appends_each_format_to_its_file(void **state)
{
	char text[128], json[128], text_output[160], json_output[160];
	const char *outputs[] = { text_output, json_output };
	struct stat info;
	struct error err;
	char *content;

	(void)state;
	snprintf(text, sizeof(text), "%s/text", directory);
	snprintf(json, sizeof(json), "%s/json", directory);
	snprintf(text_output, sizeof(text_output), "text=%s", text);
	snprintf(json_output, sizeof(json_output), "json=%s", json);
	assert_int_equal(report_once(outputs, 2, &err), 0);
	assert_int_equal(report_once(outputs, 2, &err), 0);

	assert_int_equal(stat(json, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	content = read_file(text);
	assert_memory_equal(content, "checkpoint.tar: container api", 29);
	assert_non_null(strstr(strstr(content, "\nR pid 4") + 1, "\nR pid 4"));
	free(content);
	content = read_file(json);
	assert_memory_equal(content, "{\"type\":\"hit\"", 13);
	assert_non_null(strstr(strstr(content, "\"type\":\"end\"") + 1, "\"type\":\"end\""));
	free(content);
	unlink(text);
	unlink(json);
}

static void says_where_a_file_cannot_be_made(void **state)
{
	const char *output = "json=/nonexistent/file";
	struct error err;

	(void)state;
	assert_int_equal(report_once(&output, 1, &err), ERROR_SYSTEM);
	assert_string_equal(err.message, "/nonexistent/file: No such file or directory");
}

static void fails_where_a_file_takes_nothing_more(void **state)
{
	const char *output = "json=/dev/full";
	struct error err;

	(void)state;
	assert_int_equal(report_once(&output, 1, &err), ERROR_SYSTEM);
	assert_string_equal(err.message, "write the report: No space left on device");
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_each_format_to_its_file),
		cmocka_unit_test(says_where_a_file_cannot_be_made),
		cmocka_unit_test(fails_where_a_file_takes_nothing_more),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
