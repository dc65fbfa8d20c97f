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
#include <sys/stat.h>
#include <unistd.h>

#include "cli/compiled_file.h"

static char directory[64], path[128];

static int set_up(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/ckpt-compiled-test.XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/rules.ckr", directory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static void what_is_written_is_read(void **state)
{
	static const uint8_t bytes[] = { 0x89, 'C', 'K', 'R', '\r', '\n', 0x1a, '\n', 0, 7 };
	struct error err;
	uint8_t *data = NULL;
	size_t length;

	(void)state;
	assert_false(compiled_file_is(path));
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			compiled_file_write(path, (struct bytes){ bytes, sizeof(bytes) }, &err), 0);
	assert_true(compiled_file_is(path));
	assert_int_equal(compiled_file_read(path, &data, &length, &err), 0);
	assert_int_equal(length, sizeof(bytes));
	assert_memory_equal(data, bytes, length);
	free(data);
}

static void texts_and_directories_are_none(void **state)
{
	struct error err;

	(void)state;
	assert_false(compiled_file_is(directory));
	assert_int_equal(
		compiled_file_write(path, (struct bytes){ (const uint8_t *)"rule", 4 }, &err), 0);
	assert_false(compiled_file_is(path));
}

static void the_mode_is_what_umask_says(void **state)
{
	mode_t mask = umask(027);
	struct stat info;
	struct error err;

	(void)state;
	assert_int_equal(compiled_file_write(path, (struct bytes){ NULL, 0 }, &err), 0);
	umask(mask);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0640);
}

static void nothing_is_left_of_what_cannot_be_written(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(compiled_file_write(directory, (struct bytes){ NULL, 0 }, &err),
			 ERROR_SYSTEM);
	assert_int_equal(compiled_file_write("/nowhere/at/all", (struct bytes){ NULL, 0 }, &err),
			 ERROR_SYSTEM);
	assert_string_equal(err.message, "write /nowhere/at/all: No such file or directory");
}

static void what_is_no_file_is_written_to_and_stays(void **state)
{
	static const uint8_t bytes[] = { 0x89, 'C', 'K', 'R' };
	uint8_t got[8];
	struct error err;
	struct stat info;
	int reader;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(reader >= 0);
	assert_int_equal(compiled_file_write(path, (struct bytes){ bytes, sizeof(bytes) }, &err),
			 0);
	assert_int_equal(read(reader, got, sizeof(got)), sizeof(bytes));
	close(reader);
	assert_int_equal(stat(path, &info), 0);
	assert_true(S_ISFIFO(info.st_mode));
	assert_int_equal(
		compiled_file_write(directory, (struct bytes){ bytes, sizeof(bytes) }, &err),
		ERROR_SYSTEM);
	assert_non_null(strstr(err.message, ": Is a directory"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_read),
		TEST(texts_and_directories_are_none),
		TEST(the_mode_is_what_umask_says),
		TEST(nothing_is_left_of_what_cannot_be_written),
		TEST(what_is_no_file_is_written_to_and_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
