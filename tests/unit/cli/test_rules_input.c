#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/rules_input.h"

static char path[] = "/tmp/test_rules_input_XXXXXX";

static int write_file(void **state)
{
	static const char lines[] = "\xef\xbb\xbf"
				    "one\r\n\n\r\ntwo\rhalf\nthree";
	int descriptor = mkstemp(path);

	(void)state;
	if (descriptor < 0 || write(descriptor, lines, sizeof(lines) - 1) < 0)
		return -1;
	return close(descriptor);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void assert_text(struct bytes text, const char *expected)
{
	assert_int_equal(text.length, strlen(expected));
	assert_memory_equal(text.data, expected, text.length);
}

static void makes_a_pattern_of_each_line(void **state)
{
	struct pattern_argument arguments[] = {
		{ .source = PATTERN_TEXT, .value = "t" },
		{ .source = PATTERN_LINES, .value = path },
		{ .source = PATTERN_REGEX, .value = "r" },
	};
	struct settings settings = { .patterns = { .items = arguments, .count = 3 },
				     .ignore_case = true };
	static const char *const expected[] = { "t", "one", "two\rhalf", "three", "r" };
	struct rules_input input;
	struct error err;

	(void)state;
	assert_int_equal(rules_input_read(&input, &settings, &err), 0);
	assert_int_equal(input.pattern_count, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_text(input.patterns[i].text, expected[i]);
		assert_int_equal(input.patterns[i].is_regex, i != 0);
		assert_true(input.patterns[i].nocase);
		assert_false(input.patterns[i].wide);
	}
	rules_input_release(&input);

	settings.fixed_strings = true;
	assert_int_equal(rules_input_read(&input, &settings, &err), 0);
	for (size_t i = 0; i < 5; i++)
		assert_false(input.patterns[i].is_regex);
	rules_input_release(&input);
}

static void tells_a_namespace_from_a_path(void **state)
{
	char named[64], dotted[64];
	const char *files[] = { path, named, dotted };
	struct settings settings = { .rules = { .items = files, .count = 3 } };
	struct rules_input input;
	struct error err;

	(void)state;
	snprintf(named, sizeof(named), "ns:%s", path);
	snprintf(dotted, sizeof(dotted), "team-a.x_1:%s", path);
	assert_int_equal(rules_input_read(&input, &settings, &err), 0);
	assert_int_equal(input.text_count, 3);
	assert_string_equal(input.texts[0].namespace_name, "default");
	assert_string_equal(input.texts[0].name, path);
	assert_string_equal(input.texts[1].namespace_name, "ns");
	assert_string_equal(input.texts[1].name, path);
	assert_string_equal(input.texts[2].namespace_name, "team-a.x_1");
	assert_string_equal(input.texts[2].name, path);
	rules_input_release(&input);
}

static const struct {
	const char *argument, *message;
} refused[] = {
	{ "ns:", "--rules: \"ns:\" names no file" },
	{ "/nonexistent/a.yar", "/nonexistent/a.yar: No such file or directory" },
	{ "ns:/nonexistent/a.yar", "/nonexistent/a.yar: No such file or directory" },
	{ "./ns:nonexistent", "./ns:nonexistent: No such file or directory" },
	{ "ns:/nonexistent/", "/nonexistent/: No such file or directory" },
};

static void names_the_file_that_cannot_be_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const char *file = refused[i].argument;
		const struct settings settings = { .rules = { .items = &file, .count = 1 } };
		struct rules_input input;
		struct error err;

		assert_true(rules_input_read(&input, &settings, &err) < 0);
		assert_string_equal(err.message, refused[i].message);
	}
}

static void reads_external_variables(void **state)
{
	const char *defines[] = { "a=1", "b=text" }, *broken[] = { "nothing" };
	struct settings settings = { .defines = { .items = defines, .count = 2 } };
	struct rules_input input;
	struct error err;

	(void)state;
	assert_int_equal(rules_input_read(&input, &settings, &err), 0);
	assert_int_equal(input.externals[0].kind, EXTERNAL_INTEGER);
	assert_int_equal(input.externals[0].integer, 1);
	assert_int_equal(input.externals[1].kind, EXTERNAL_TEXT);
	rules_input_release(&input);

	settings.defines.items = broken;
	settings.defines.count = 1;
	assert_int_equal(rules_input_read(&input, &settings, &err), ERROR_USAGE);
	assert_non_null(strstr(err.message, "--define nothing: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_a_pattern_of_each_line),
		cmocka_unit_test(tells_a_namespace_from_a_path),
		cmocka_unit_test(names_the_file_that_cannot_be_read),
		cmocka_unit_test(reads_external_variables),
	};

	return cmocka_run_group_tests(tests, write_file, remove_file);
}
