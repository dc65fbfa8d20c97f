#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/unnamed_file.h"

static size_t count_entries(const char *path)
{
	DIR *directory = opendir(path);
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static void a_file_has_no_name_and_is_nobody_elses(void **state)
{
	char directory[] = "/tmp/test_unnamed_file_XXXXXX";
	struct stat info;
	char byte = 0;
	int file;

	(void)state;
	assert_non_null(mkdtemp(directory));
	file = unnamed_file_open(directory);
	assert_true(file >= 0);
	assert_int_equal(count_entries(directory), 2);
	assert_int_equal(fstat(file, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	assert_int_equal(info.st_size, 0);
	assert_int_equal(pwrite(file, "x", 1, 0), 1);
	assert_int_equal(pread(file, &byte, 1, 0), 1);
	assert_int_equal(byte, 'x');
	close(file);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(unnamed_file_open(directory), -1);
	assert_int_equal(errno, ENOENT);
}

static void the_environment_names_the_directory(void **state)
{
	(void)state;
	setenv("TMPDIR", "/somewhere", 1);
	assert_string_equal(unnamed_file_place(), "/somewhere");
	setenv("TMPDIR", "", 1);
	assert_string_equal(unnamed_file_place(), "/tmp");
	unsetenv("TMPDIR");
	assert_string_equal(unnamed_file_place(), "/tmp");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_no_name_and_is_nobody_elses),
		cmocka_unit_test(the_environment_names_the_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
