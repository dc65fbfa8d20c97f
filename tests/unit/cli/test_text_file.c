#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/text_file.h"

static char directory[] = "/tmp/test_text_file_XXXXXX";

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static const char *write_file(const char *name, const void *data, size_t length)
{
	const char *path = path_of(name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, length, file), length);
	fclose(file);
	return path;
}

static void expect_failure(const char *path, int code, const char *message)
{
	uint8_t *data = NULL;
	size_t length;
	struct error err;

	assert_int_equal(text_file_read(path, &data, &length, &err), code);
	assert_null(data);
	assert_memory_equal(err.message, path, strlen(path));
	assert_string_equal(err.message + strlen(path), message);
	unlink(path);
}

static void reads_all_of_a_file(void **state)
{
	size_t length, expected = 200000;
	char *text = malloc(expected);
	uint8_t *data;
	struct error err;

	(void)state;
	memset(text, 'x', expected);

	const char *path = write_file("text", text, expected);

	assert_int_equal(text_file_read(path, &data, &length, &err), 0);
	assert_int_equal(length, expected);
	assert_memory_equal(data, text, expected);
	free(data);
	free(text);
	unlink(path);
}

static void reads_an_empty_file_as_nothing(void **state)
{
	const char *path = write_file("empty", "", 0);
	uint8_t *data = NULL;
	size_t length = 1;
	struct error err;

	(void)state;
	assert_int_equal(text_file_read(path, &data, &length, &err), 0);
	assert_non_null(data);
	assert_int_equal(length, 0);
	free(data);
	unlink(path);
}

static void refuses_what_is_no_text(void **state)
{
	(void)state;
	expect_failure(path_of("none"), ERROR_NOT_FOUND, ": No such file or directory");
	expect_failure(directory, ERROR_FORMAT, ": is a directory; files are named one by one");
	expect_failure(write_file("zero", "rule\0", 5), ERROR_FORMAT,
		       ": is a binary file, not text");
	expect_failure(write_file("compiled", "YARA\x0c\0", 6), ERROR_FORMAT,
		       ": compiled by yarac; give the source of these rules");
}

/* Reading another place of one's own memory than a mapped one fails, and 0 is none. */
static void tells_a_failing_machine_from_a_wrong_name(void **state)
{
	uint8_t *data;
	size_t length;
	struct error err;

	(void)state;
	assert_int_equal(text_file_read("/proc/self/mem", &data, &length, &err), ERROR_SYSTEM);
	assert_string_equal(err.message, "/proc/self/mem: Input/output error");
	expect_failure("/dev/null/under", ERROR_NOT_FOUND, ": Not a directory");
}

static void refuses_a_huge_file_without_reading_it(void **state)
{
	const char *path = write_file("huge", "a", 1);

	(void)state;
	assert_int_equal(truncate(path, (off_t)1 << 30), 0);
	expect_failure(path, ERROR_LIMIT, ": larger than 256 MiB, not read");
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
		cmocka_unit_test(reads_all_of_a_file),
		cmocka_unit_test(reads_an_empty_file_as_nothing),
		cmocka_unit_test(refuses_what_is_no_text),
		cmocka_unit_test(tells_a_failing_machine_from_a_wrong_name),
		cmocka_unit_test(refuses_a_huge_file_without_reading_it),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
