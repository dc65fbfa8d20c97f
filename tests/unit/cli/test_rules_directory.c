#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/rules_input.h"

static char root[] = "/tmp/test_rules_directory_XXXXXX";

static const char *path_of(const char *below)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, below);
	return path;
}

static int make_directory(const char *below)
{
	return mkdir(path_of(below), 0700);
}

static int make_file(const char *below)
{
	FILE *stream = fopen(path_of(below), "w");

	if (!stream)
		return -1;
	fputs(below, stream);
	return fclose(stream);
}

static int make_link(const char *target, const char *below)
{
	return symlink(target, path_of(below));
}

static int fill_directory(void **state)
{
	(void)state;
	if (!mkdtemp(root))
		return -1;
	return make_directory("a") | make_directory("a/deep") | make_directory("empty") |
	       make_directory(".hidden") | make_directory("x.yar") | make_file("b.yar") |
	       make_file("a-b.rules") | make_file("a/z.yara") | make_file("a/deep/one.yar") |
	       make_file("a/notes.txt") | make_file("a/yar") | make_file(".c.yar") |
	       make_file(".hidden/d.yar") | make_file("x.yar/inside.yar") |
	       make_link("a/z.yara", "linked.yar") | make_link("..", "a/up") |
	       make_link("../a", "a/loop.yar") | mkfifo(path_of("waits.yar"), 0600);
}

static int empty_directory(void **state)
{
	char command[300];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static int read_rules(struct rules_input *input, const char *argument, struct error *err)
{
	struct settings settings = { .rules = { .items = &argument, .count = 1 } };

	return rules_input_read(input, &settings, err);
}

static const char *const expected[] = {
	"a-b.rules", "a/deep/one.yar", "a/z.yara", "b.yar", "linked.yar", "x.yar/inside.yar",
};

#define EXPECTED (sizeof(expected) / sizeof(*expected))

static void reads_each_file_into_a_namespace_of_its_own(void **state)
{
	struct rules_input input;
	struct error err;

	(void)state;
	assert_int_equal(read_rules(&input, root, &err), 0);
	assert_int_equal(input.text_count, EXPECTED);
	for (size_t i = 0; i < EXPECTED; i++) {
		assert_string_equal(input.texts[i].namespace_name, expected[i]);
		assert_string_equal(input.texts[i].name, path_of(expected[i]));
	}
	rules_input_release(&input);
}

static void reads_all_into_the_namespace_that_is_named(void **state)
{
	char argument[300];
	struct rules_input input;
	struct error err;

	(void)state;
	snprintf(argument, sizeof(argument), "ns:%s/", root);
	assert_int_equal(read_rules(&input, argument, &err), 0);
	assert_int_equal(input.text_count, EXPECTED);
	for (size_t i = 0; i < EXPECTED; i++) {
		assert_string_equal(input.texts[i].namespace_name, "ns");
		assert_string_equal(input.texts[i].name, path_of(expected[i]));
	}
	rules_input_release(&input);
}

static void follows_the_link_that_was_named(void **state)
{
	struct rules_input input;
	struct error err;

	(void)state;
	assert_int_equal(make_link("a", "named"), 0);
	assert_int_equal(read_rules(&input, path_of("named"), &err), 0);
	assert_int_equal(input.text_count, 2);
	assert_string_equal(input.texts[0].namespace_name, "deep/one.yar");
	assert_string_equal(input.texts[1].namespace_name, "z.yara");
	rules_input_release(&input);
	assert_int_equal(unlink(path_of("named")), 0);
}

static void says_where_there_are_no_rules(void **state)
{
	struct rules_input input;
	struct error err;
	char message[300];

	(void)state;
	snprintf(message, sizeof(message), "%s: no *.yar, *.yara or *.rules below it",
		 path_of("empty"));
	assert_int_equal(read_rules(&input, path_of("empty"), &err), ERROR_NOT_FOUND);
	assert_string_equal(err.message, message);
}

static void says_which_link_leads_nowhere(void **state)
{
	struct rules_input input;
	struct error err;
	char message[300];

	(void)state;
	assert_int_equal(make_link("broken.yar", "broken.yar"), 0);
	assert_int_equal(read_rules(&input, root, &err), ERROR_NOT_FOUND);
	assert_non_null(strstr(err.message, "broken.yar: "));
	assert_int_equal(unlink(path_of("broken.yar")), 0);
	assert_int_equal(make_link("nothing", "broken.yar"), 0);
	assert_int_equal(read_rules(&input, root, &err), ERROR_NOT_FOUND);
	snprintf(message, sizeof(message), "%s: No such file or directory", path_of("broken.yar"));
	assert_string_equal(err.message, message);
	assert_int_equal(unlink(path_of("broken.yar")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_file_into_a_namespace_of_its_own),
		cmocka_unit_test(reads_all_into_the_namespace_that_is_named),
		cmocka_unit_test(follows_the_link_that_was_named),
		cmocka_unit_test(says_where_there_are_no_rules),
		cmocka_unit_test(says_which_link_leads_nowhere),
	};

	return cmocka_run_group_tests(tests, fill_directory, empty_directory);
}
