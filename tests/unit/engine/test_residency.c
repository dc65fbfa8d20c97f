#include "engine/read/residency.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FILE_BYTES (16u << 20)

struct fixture {
	struct file_table *files;
	struct residency *residency;
	int descriptor; /* of the file, a second one */
	uint32_t file;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct file_table_options options = { .memory_bytes = 0 };
	char path[] = "/tmp/test_residency_XXXXXX";
	uint8_t *bytes = malloc(FILE_BYTES);
	int descriptor = mkstemp(path);

	assert_true(fixture && bytes && descriptor >= 0);
	unlink(path);
	memset(bytes, 'r', FILE_BYTES);
	assert_int_equal(write(descriptor, bytes, FILE_BYTES), FILE_BYTES);
	assert_int_equal(fsync(descriptor), 0);
	free(bytes);
	fixture->descriptor = dup(descriptor);
	assert_int_equal(file_table_new(&fixture->files, &options, NULL), 0);
	assert_int_equal(
		file_table_add_descriptor(fixture->files, descriptor, "x", &fixture->file, NULL),
		0);
	assert_int_equal(residency_new(&fixture->residency, fixture->files, NULL), 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	residency_free(fixture->residency);
	file_table_free(fixture->files);
	close(fixture->descriptor);
	free(fixture);
	return 0;
}

static void what_was_written_just_now_is_there(void **state)
{
	struct fixture *fixture = *state;

	assert_true(residency_has(fixture->residency, fixture->file, 0, FILE_BYTES));
	assert_true(residency_has(fixture->residency, fixture->file, FILE_BYTES - 1, 1));
}

static void what_was_thrown_out_is_not_and_the_rest_is(void **state)
{
	struct fixture *fixture = *state;

	posix_fadvise(fixture->descriptor, 0, FILE_BYTES / 2, POSIX_FADV_DONTNEED);
	if (residency_has(fixture->residency, fixture->file, 0, 4096)) {
		print_message("this system keeps pages, or does not tell\n");
		skip();
	}
	assert_false(residency_has(fixture->residency, fixture->file, 4u << 20, 1u << 20));
	assert_false(residency_has(fixture->residency, fixture->file, 0, FILE_BYTES));
	assert_true(residency_has(fixture->residency, fixture->file, 9u << 20, 6u << 20));
}

static void the_answer_stays_while_the_file_is_read(void **state)
{
	struct fixture *fixture = *state;
	char byte;

	posix_fadvise(fixture->descriptor, 0, 0, POSIX_FADV_DONTNEED);
	if (residency_has(fixture->residency, fixture->file, 0, 4096)) {
		print_message("this system keeps pages, or does not tell\n");
		skip();
	}
	assert_int_equal(pread(fixture->descriptor, &byte, 1, 0), 1);
	assert_false(residency_has(fixture->residency, fixture->file, 0, 4096));
}

static void memory_and_what_is_no_file_is_there(void **state)
{
	struct fixture *fixture = *state;
	uint32_t memory;

	assert_int_equal(
		file_table_add_memory(fixture->files, calloc(1, 100), 100, "m", &memory, NULL), 0);
	assert_true(residency_has(fixture->residency, memory, 0, 100));
	assert_true(residency_has(fixture->residency, 12345, 0, 100));
	assert_true(residency_has(fixture->residency, fixture->file, FILE_BYTES, 100));
	assert_true(residency_has(fixture->residency, fixture->file, UINT64_MAX, 100));
	assert_true(residency_has(fixture->residency, fixture->file, 0, 0));
}

int main(void)
{
#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		FILE_TEST(what_was_written_just_now_is_there),
		FILE_TEST(what_was_thrown_out_is_not_and_the_rest_is),
		FILE_TEST(the_answer_stays_while_the_file_is_read),
		FILE_TEST(memory_and_what_is_no_file_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
