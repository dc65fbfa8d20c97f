#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/scanners/read_source.h"

/* A new directory, in which each test runs. */
static int enter_directory(void **state)
{
	char path[] = "/tmp/test_directory_XXXXXX";

	if (!mkdtemp(path) || chdir(path) < 0)
		return -1;
	*state = strdup(path);
	return 0;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)type;
	(void)walk;
	return remove(path);
}

static int leave_directory(void **state)
{
	int ret = chdir("/");

	nftw(*state, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(*state);
	return ret;
}

static void write_file(const char *path, size_t length)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (size_t i = 0; i < length; i++)
		fputc((int)(i % 251), file);
	fclose(file);
}

static void names_come_sorted_directories_before_what_is_in_them(void **state)
{
	(void)state;
	mkdir("b", 0700);
	mkdir("b/a", 0700);
	write_file("b/pages-1.img", 40000);
	write_file("b/a/x", 1);
	write_file("b.img", 0);
	write_file("Z", 3);
	write_file("c", 16384);
	assert_int_equal(symlink("../previous", "parent"), 0);
	struct opened opened = opened_new(".", 0, NULL);

	assert_int_equal(opened.code, 0);
	assert_int_equal(source_form(opened.source), FORM_DIRECTORY);
	assert_string_equal(source_form_name(FORM_DIRECTORY), "directory");
	assert_false(source_passes(opened.source));
	assert_true(source_can_repeat(opened.source));
	assert_int_equal(source_size(opened.source), 40000 + 1 + 3 + 16384);

	char *names = calloc(1, 1000);
	const struct member *member;

	while (source_next(opened.source, &member, NULL) == 0 && member) {
		char line[100];

		snprintf(line, sizeof(line), "%s %llu%s|", member->name,
			 (unsigned long long)member->length, member->link ? member->link : "");
		strcat(names, line);
	}
	assert_string_equal(names, "Z 3|b 0|b/a 0|b/a/x 1|b/pages-1.img 40000|b.img 0|c 16384|"
				   "parent 0../previous|");
	free(names);
	opened_release(&opened);
}

static void files_are_read_in_place(void **state)
{
	(void)state;
	write_file("large", 100000);
	write_file("small", 100);
	struct opened opened = opened_new(".", 0, NULL);
	const struct member *member;
	size_t length;
	uint8_t *data;

	while (source_next(opened.source, &member, NULL) == 0 && member) {
		assert_int_equal(source_read(opened.source, member, 100000, &data, &length, NULL),
				 0);
		assert_int_equal(length, member->length);
		for (size_t i = 0; i < length; i++)
			assert_int_equal(data[i], i % 251);
		free(data);
	}
	opened_release(&opened);
}

static void links_are_told_and_not_followed(void **state)
{
	(void)state;
	mkdir("real", 0700);
	write_file("real/x", 1);
	assert_int_equal(symlink(".", "real/loop"), 0);
	assert_int_equal(symlink("/etc", "etc"), 0);
	assert_int_equal(symlink("/etc/passwd", "passwd"), 0);
	struct opened opened = opened_new(".", 0, NULL);
	char *listing = opened_listing(&opened);

	assert_non_null(strstr(listing, "l etc 0 0 -> /etc\n"));
	assert_non_null(strstr(listing, "l passwd 0 0 -> /etc/passwd\n"));
	assert_non_null(strstr(listing, "l real/loop 0 0 -> .\n"));
	assert_null(strstr(listing, "etc/"
				    "hosts"));
	assert_null(strstr(listing, "loop/"));
	free(listing);
	opened_release(&opened);
	/* The operand itself may be a link. */
	assert_int_equal(symlink("real", "link"), 0);
	opened = opened_new("link", 0, NULL);
	listing = opened_listing(&opened);
	assert_non_null(strstr(listing, "f x 1 "));
	free(listing);
	opened_release(&opened);
}

static void fifos_are_not_opened(void **state)
{
	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	struct opened opened = opened_new(".", 0, NULL);
	char *listing = opened_listing(&opened), *warnings = opened_warnings(&opened);

	assert_string_equal(listing, "o fifo 0 0\n");
	assert_string_equal(warnings, "");
	free(listing);
	free(warnings);
	opened_release(&opened);
	/* As an operand it is one whose writer has gone. */
	opened = opened_new("fifo", 0, NULL);
	assert_int_equal(opened.code, ERROR_NOT_FOUND);
	assert_string_equal(opened.error.message, "fifo: empty file");
	opened_release(&opened);
}

static void a_file_that_vanishes_is_told(void **state)
{
	(void)state;
	write_file("a", 1);
	write_file("b", 1);
	write_file("c", 1);
	struct opened opened = opened_new(".", 0, NULL);
	const struct member *member;

	assert_int_equal(source_next(opened.source, &member, NULL), 0);
	unlink("b");
	assert_int_equal(source_next(opened.source, &member, NULL), 0);
	assert_string_equal(member->name, "c");

	char *warnings = opened_warnings(&opened);

	assert_string_equal(warnings,
			    "cannot-open b cannot be opened: No such file or directory\n");
	free(warnings);
	opened_release(&opened);
}

static void a_file_that_is_cut_while_read_is_told(void **state)
{
	(void)state;
	write_file("pages-1.img", 100000);
	struct opened opened = opened_new(".", 0, NULL);
	const struct member *member;
	struct error error;
	uint8_t *data;
	size_t length;

	assert_int_equal(source_next(opened.source, &member, NULL), 0);
	assert_int_equal(truncate("pages-1.img", 50001), 0);
	assert_int_equal(source_read(opened.source, member, 100000, &data, &length, &error),
			 ERROR_TRUNCATED);
	assert_int_equal(length, 50001);
	assert_int_equal(data[50000], 50000 % 251);
	free(data);
	assert_true(opened_has_warning(&opened, WARNING_CHANGED_WHILE_READ));
	opened_release(&opened);
}

static void directories_too_deep_are_told(void **state)
{
	(void)state;
	char start[4096];

	assert_non_null(getcwd(start, sizeof(start)));
	for (int i = 0; i < 70; i++) {
		assert_int_equal(mkdir("d", 0700), 0);
		assert_int_equal(chdir("d"), 0);
	}
	assert_int_equal(chdir(start), 0);
	struct opened opened = opened_new(".", 0, NULL);
	char *listing = opened_listing(&opened), *warnings = opened_warnings(&opened);

	assert_non_null(strstr(warnings, "limit d/d/d"));
	assert_non_null(strstr(warnings, "more than 64 levels of directories"));
	free(listing);
	free(warnings);
	opened_release(&opened);
}

static void more_members_than_the_limit_are_told(void **state)
{
	(void)state;
	struct source_options few = { .member_count = 2 };

	write_file("a", 1);
	write_file("b", 1);
	write_file("c", 1);
	struct opened opened = opened_new(".", 0, &few);
	char *listing = opened_listing(&opened);

	assert_null(strstr(listing, "f c"));
	assert_true(opened_has_warning(&opened, WARNING_LIMIT));
	assert_true(source_truncated(opened.source));
	free(listing);
	opened_release(&opened);
}

static void an_empty_directory_has_no_members(void **state)
{
	(void)state;
	struct opened opened = opened_new(".", 0, NULL);
	char *listing = opened_listing(&opened);

	assert_string_equal(listing, "");
	free(listing);
	opened_release(&opened);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_come_sorted_directories_before_what_is_in_them),
		TEST(files_are_read_in_place),
		TEST(links_are_told_and_not_followed),
		TEST(fifos_are_not_opened),
		TEST(a_file_that_vanishes_is_told),
		TEST(a_file_that_is_cut_while_read_is_told),
		TEST(directories_too_deep_are_told),
		TEST(more_members_than_the_limit_are_told),
		TEST(an_empty_directory_has_no_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
