#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rules/cache_directory.h"
#include "rules/rule_cache.h"

/* A home of its own, removed when the test ends. */
struct fixture {
	char home[64], cache[128], included[128];
};

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	strcpy(fixture->home, "/tmp/ckpt-cache-test.XXXXXX");
	assert_non_null(mkdtemp(fixture->home));
	snprintf(fixture->cache, sizeof(fixture->cache), "%s/.cache/ckpt-scan", fixture->home);
	snprintf(fixture->included, sizeof(fixture->included), "%s/part.yar", fixture->home);
	unsetenv("XDG_CACHE_HOME");
	setenv("HOME", fixture->home, 1);
	write_file(fixture->included, "rule part { condition: true }");
	*state = fixture;
	return 0;
}

static void remove_files(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory)))
		unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	chmod(fixture->cache, 0700);
	remove_files(fixture->cache);
	rmdir(fixture->cache);
	snprintf(fixture->cache, sizeof(fixture->cache), "%s/.cache", fixture->home);
	rmdir(fixture->cache);
	remove_files(fixture->home);
	rmdir(fixture->home);
	free(fixture);
	return 0;
}

/* One way to ask: everything that may differ between two runs. */
struct question {
	const char *name, *namespace_name, *text, *external, *pattern;
	int64_t value;
	enum external_kind kind;
};

static const struct question usual = { "a.yar",		"default", "rule a { condition: x == 1 }",
				       "x=1",		"needle",  1,
				       EXTERNAL_INTEGER };

struct answer {
	struct diagnostics *notes;
	struct compiled_rules *compiled;
	bool found;
	size_t rule_count;
};

static void ask(const struct question *question, bool keep, struct answer *out)
{
	const struct rule_text text = { question->name,
					question->namespace_name,
					{ (const uint8_t *)question->text,
					  strlen(question->text) } };
	const struct external external = { .name = question->external,
					   .kind = question->kind,
					   .integer = question->value };
	const struct search_pattern pattern = { .text = { (const uint8_t *)question->pattern,
							  strlen(question->pattern) } };
	const struct compile_options options = { .externals = &external,
						 .external_count = 1,
						 .patterns = &pattern,
						 .pattern_count = 1 };
	struct rule_cache_query query;
	struct ruleset *rules = NULL;
	struct error err;

	*out = (struct answer){ 0 };
	assert_int_equal(diagnostics_new(&out->notes, &err), 0);
	assert_true(rule_cache_query_init(&query, &text, 1, &options));
	out->found = rule_cache_find(&out->compiled, &query, NEED_LISTED, out->notes);
	if (!out->found && keep) {
		assert_int_equal(ruleset_compile(&rules, &text, 1, &options, out->notes, &err), 0);
		assert_int_equal(
			compiled_rules_new(&out->compiled, rules, NEED_LISTED, out->notes, &err),
			0);
		rule_cache_keep(out->compiled, &query, out->notes);
	}
	if (out->compiled)
		ruleset_rules(compiled_rules_ruleset(out->compiled), &out->rule_count);
	compiled_rules_release(out->compiled);
	diagnostics_free(out->notes);
}

static bool finds(const struct question *question)
{
	struct answer answer;

	ask(question, false, &answer);
	return answer.found;
}

static void keeps(const struct question *question)
{
	struct answer answer;

	ask(question, true, &answer);
	assert_false(answer.found);
}

static void what_was_kept_is_found(void **state)
{
	struct question other_value = usual;

	(void)state;
	assert_false(finds(&usual));
	keeps(&usual);
	assert_true(finds(&usual));
	other_value.value = 2;
	assert_true(finds(&other_value));
}

static void every_difference_is_another_key(void **state)
{
	const struct question cases[] = {
		{ "b.yar", "default", usual.text, "x=1", "needle", 1, EXTERNAL_INTEGER },
		{ "a.yar", "other", usual.text, "x=1", "needle", 1, EXTERNAL_INTEGER },
		{ "a.yar", "default", "rule b { condition: x == 1 }", "x=1", "needle", 1,
		  EXTERNAL_INTEGER },
		{ "a.yar", "default", usual.text, "y=1", "needle", 1, EXTERNAL_INTEGER },
		{ "a.yar", "default", usual.text, "x=1", "thread", 1, EXTERNAL_INTEGER },
		{ "a.yar", "default", usual.text, "x=1", "needle", 1, EXTERNAL_BOOLEAN },
		{ "a.yar", "default", usual.text, "x=1", "needle", 1, EXTERNAL_FLOAT },
		/* the same when one is written behind the other */
		{ "a.yard", "efault", usual.text, "x=1", "needle", 1, EXTERNAL_INTEGER },
		{ "a.yar", "defaultrule", usual.text + 4, "x=1", "needle", 1, EXTERNAL_INTEGER },
	};

	(void)state;
	keeps(&usual);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (finds(&cases[i]))
			fail_msg("case %zu", i);
}

static void a_changed_included_file_is_seen(void **state)
{
	const struct fixture *fixture = *state;
	char text[256];
	struct question question = usual;

	snprintf(text, sizeof(text), "include \"%s\"\nrule a { condition: part }",
		 fixture->included);
	question.text = text;
	keeps(&question);
	assert_true(finds(&question));
	write_file(fixture->included, "rule part { condition: false }");
	assert_false(finds(&question));
	unlink(fixture->included);
	assert_false(finds(&question));
}

/* Of the one file that is kept. */
static void kept_file(const struct fixture *fixture, char out[512])
{
	DIR *directory = opendir(fixture->cache);
	const struct dirent *entry;

	assert_non_null(directory);
	out[0] = '\0';
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			snprintf(out, 512, "%s/%s", fixture->cache, entry->d_name);
	closedir(directory);
	assert_true(out[0]);
}

static void files_are_for_the_user_alone(void **state)
{
	const struct fixture *fixture = *state;
	char path[512];
	struct stat info;

	keeps(&usual);
	kept_file(fixture, path);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	assert_int_equal(stat(fixture->cache, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0700);
	assert_int_equal(chmod(path, 0620), 0);
	assert_false(finds(&usual));
	assert_int_equal(chmod(path, 0600), 0);
	assert_true(finds(&usual));
	assert_int_equal(chmod(fixture->cache, 0770), 0);
	assert_false(finds(&usual));
}

static void what_belongs_to_others_is_not_used(void **state)
{
	const struct fixture *fixture = *state;
	char path[512];

	if (geteuid() != 0)
		skip();
	keeps(&usual);
	kept_file(fixture, path);
	assert_int_equal(chown(path, 1234, 0), 0);
	assert_false(finds(&usual));
	assert_int_equal(chown(path, 0, 0), 0);
	assert_true(finds(&usual));
	assert_int_equal(chown(fixture->cache, 1234, 0), 0);
	assert_false(finds(&usual));
}

/* As with `sudo`: directories of root's there would be in the user's way. */
static void nothing_is_made_in_the_home_of_somebody_else(void **state)
{
	const struct fixture *fixture = *state;
	char path[512];

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(fixture->home, 1234, 0), 0);
	keeps(&usual);
	assert_false(finds(&usual));
	snprintf(path, sizeof(path), "%s/.cache", fixture->home);
	assert_int_equal(access(path, F_OK), -1);
}

static void a_directory_that_is_a_link_is_not_used(void **state)
{
	const struct fixture *fixture = *state;
	char moved[160];

	keeps(&usual);
	snprintf(moved, sizeof(moved), "%s/moved", fixture->home);
	assert_int_equal(rename(fixture->cache, moved), 0);
	assert_int_equal(symlink(moved, fixture->cache), 0);
	assert_false(finds(&usual));
	unlink(fixture->cache);
	assert_int_equal(rename(moved, fixture->cache), 0);
	assert_true(finds(&usual));
}

static size_t count_kept(const struct fixture *fixture)
{
	DIR *directory = opendir(fixture->cache);
	const struct dirent *entry;
	size_t count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory)))
		count += entry->d_name[0] != '.';
	closedir(directory);
	return count;
}

/* SIGXFSZ would end the scan. */
static void a_limit_of_file_sizes_costs_the_cache_alone(void **state)
{
	const struct fixture *fixture = *state;
	struct rlimit before, small;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 500;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	keeps(&usual);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_false(finds(&usual));
	assert_int_equal(count_kept(fixture), 0);
}

static void keep_again_and_again(void)
{
	for (unsigned int i = 0; i < 10; i++) {
		struct answer answer;

		ask(&usual, true, &answer);
		if (answer.rule_count != 2)
			_exit(1);
	}
	_exit(0);
}

static void processes_do_not_disturb_each_other(void **state)
{
	const struct fixture *fixture = *state;
	pid_t processes[4];
	char path[512];

	keeps(&usual);
	kept_file(fixture, path);
	for (size_t i = 0; i < 4; i++) {
		processes[i] = fork();
		assert_true(processes[i] >= 0);
		if (processes[i] == 0)
			keep_again_and_again();
	}
	for (unsigned int i = 0; i < 1000; i++)
		unlink(path);
	for (size_t i = 0; i < 4; i++) {
		int status;

		assert_int_equal(waitpid(processes[i], &status, 0), processes[i]);
		assert_int_equal(status, 0);
	}
	assert_true(count_kept(fixture) <= 1);
}

static void links_are_not_followed(void **state)
{
	const struct fixture *fixture = *state;
	char path[512], moved[160];

	keeps(&usual);
	kept_file(fixture, path);
	snprintf(moved, sizeof(moved), "%s/moved", fixture->home);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(symlink(moved, path), 0);
	assert_false(finds(&usual));
}

static void a_damaged_file_is_replaced(void **state)
{
	const struct fixture *fixture = *state;
	char path[512];
	int descriptor;

	keeps(&usual);
	kept_file(fixture, path);
	descriptor = open(path, O_WRONLY);
	assert_int_equal(pwrite(descriptor, "x", 1, 400), 1);
	close(descriptor);
	assert_false(finds(&usual));
	keeps(&usual);
	assert_true(finds(&usual));
	assert_int_equal(truncate(path, 10), 0);
	assert_false(finds(&usual));
}

static void without_a_home_nothing_is_kept(void **state)
{
	(void)state;
	unsetenv("HOME");
	keeps(&usual);
	assert_false(finds(&usual));
	setenv("HOME", "relative", 1);
	assert_int_equal(cache_directory_open(), -1);
}

static void what_was_used_last_stays(void **state)
{
	static const uint8_t bytes[1000];
	static const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	int directory = cache_directory_open();
	uint8_t *data = NULL;
	size_t length;

	(void)state;
	assert_true(directory >= 0);
	assert_true(cache_directory_write(directory, "a", (struct bytes){ bytes, 1000 }));
	assert_true(cache_directory_write(directory, "b", (struct bytes){ bytes, 1000 }));
	assert_true(cache_directory_write(directory, "c", (struct bytes){ bytes, 1000 }));
	assert_int_equal(utimensat(directory, "a", old, 0), 0);
	assert_int_equal(utimensat(directory, "b", old, 0), 0);
	assert_true(cache_directory_read(directory, "a", &data, &length));
	assert_int_equal(length, 1000);
	free(data);
	cache_directory_shrink(directory, 2500);
	assert_int_equal(faccessat(directory, "a", F_OK, 0), 0);
	assert_int_equal(faccessat(directory, "b", F_OK, 0), -1);
	assert_int_equal(faccessat(directory, "c", F_OK, 0), 0);
	close(directory);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_kept_is_found),
		TEST(every_difference_is_another_key),
		TEST(a_changed_included_file_is_seen),
		TEST(files_are_for_the_user_alone),
		TEST(links_are_not_followed),
		TEST(a_damaged_file_is_replaced),
		TEST(without_a_home_nothing_is_kept),
		TEST(what_was_used_last_stays),
		TEST(what_belongs_to_others_is_not_used),
		TEST(nothing_is_made_in_the_home_of_somebody_else),
		TEST(a_directory_that_is_a_link_is_not_used),
		TEST(a_limit_of_file_sizes_costs_the_cache_alone),
		TEST(processes_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
