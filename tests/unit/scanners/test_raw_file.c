#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanners/source/raw_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LENGTH                                                                                     \
	200000u /* several buffers of a pipe, and more than is read at once of a small file */

static char directory[] = "/tmp/test_raw_file_XXXXXX";

static uint8_t byte_at(uint64_t offset)
{
	return (uint8_t)(offset * 7 + (offset >> 8));
}

static void make_path(char *out, size_t size, const char *name)
{
	snprintf(out, size, "%s/%s", directory, name);
}

static void write_bytes(int descriptor, size_t length)
{
	for (size_t done = 0; done < length;) {
		uint8_t buffer[1000];
		size_t count = length - done < sizeof(buffer) ? length - done : sizeof(buffer);

		for (size_t i = 0; i < count; i++)
			buffer[i] = byte_at(done + i);
		assert_int_equal(write(descriptor, buffer, count), count);
		done += count;
	}
}

static void make_file(const char *path, size_t length)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(descriptor >= 0);
	write_bytes(descriptor, length);
	close(descriptor);
}

static void expect_content(const struct file_table *files, const struct raw_file *raw,
			   uint64_t from, size_t length)
{
	uint8_t *content = malloc(length + 1);
	size_t got = 0;

	assert_non_null(content);
	assert_int_equal(raw->length, length);
	assert_int_equal(file_table_length(files, raw->file), length);
	assert_int_equal(file_table_read(files, raw->file, 0, content, length + 1, &got, NULL), 0);
	assert_int_equal(got, length);
	for (size_t i = 0; i < length; i++)
		if (content[i] != byte_at(from + i))
			fail_msg("byte %zu differs", i);
	free(content);
}

static const struct file_table_options plenty = { .memory_bytes = 1 << 20 };

static struct file_table *new_table(void)
{
	struct file_table *files;

	assert_int_equal(file_table_new(&files, &plenty, NULL), 0);
	return files;
}

static void a_file_lies_in_place_whatever_its_length(void **state)
{
	static const size_t lengths[] = { 0, 1, 4096, 16384, 16385, LENGTH };
	char path[128];

	(void)state;
	make_path(path, sizeof(path), "file");
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct file_table *files = new_table();
		struct raw_file raw;
		enum warning_code why;

		make_file(path, lengths[i]);
		assert_int_equal(raw_file_open(&raw, path, files, &plenty, NULL, &why, NULL), 0);
		expect_content(files, &raw, 0, lengths[i]);
		assert_int_equal(raw_file_length_now(&raw), lengths[i]);
		raw_file_close(&raw);
		file_table_free(files);
	}
	unlink(path);
}

static void what_happens_to_its_length_is_seen(void **state)
{
	struct file_table *files = new_table();
	struct raw_file raw;
	enum warning_code why;
	char path[128];

	(void)state;
	make_path(path, sizeof(path), "file");
	make_file(path, LENGTH);
	assert_int_equal(raw_file_open(&raw, path, files, &plenty, NULL, &why, NULL), 0);
	assert_int_equal(truncate(path, LENGTH + 5), 0);
	assert_int_equal(raw_file_length_now(&raw), LENGTH + 5);
	assert_int_equal(truncate(path, 7), 0);
	assert_int_equal(raw_file_length_now(&raw), 7);
	assert_int_equal(raw.length, LENGTH);
	raw_file_close(&raw);
	file_table_free(files);
	unlink(path);
}

/* A file of /proc says that it is empty. */
static void a_file_that_hides_its_length_is_read(void **state)
{
	struct file_table *files = new_table();
	struct raw_file raw;
	enum warning_code why;

	(void)state;
	assert_int_equal(raw_file_open(&raw, "/proc/self/status", files, &plenty, NULL, &why, NULL),
			 0);
	assert_true(raw.length > 100);
	raw_file_close(&raw);
	file_table_free(files);
}

struct writer {
	pthread_t thread;
	const char *path;
	size_t length;
};

static void *write_fifo(void *context)
{
	const struct writer *writer = context;
	int descriptor = open(writer->path, O_WRONLY);

	write_bytes(descriptor, writer->length);
	close(descriptor);
	return NULL;
}

/*
 * Reads a pipe that brings so many bytes as standard input. The pipe is a FIFO with a reader from the start, so that
 * its writer never waits for one.
 */
static int read_pipe(const struct file_table_options *keep, size_t length, struct raw_file *raw,
		     struct file_table *files, enum warning_code *why)
{
	int input = dup(STDIN_FILENO), fifo;
	struct writer writer = { .length = length };
	char path[128];
	struct error err;
	int ret;

	make_path(path, sizeof(path), "fifo");
	writer.path = path;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pthread_create(&writer.thread, NULL, write_fifo, &writer), 0);
	fifo = open(path, O_RDONLY);
	assert_true(fifo >= 0);
	dup2(fifo, STDIN_FILENO);
	ret = raw_file_open(raw, "-", files, keep, NULL, why, &err);
	/* What was not read must not keep the writer. */
	for (char rest[4096]; read(fifo, rest, sizeof(rest)) > 0;)
		;
	pthread_join(writer.thread, NULL);
	dup2(input, STDIN_FILENO);
	close(fifo);
	close(input);
	unlink(path);
	return ret;
}

static void what_comes_through_a_pipe_is_kept_in_memory_or_in_a_file(void **state)
{
	static const struct {
		const char *name;
		struct file_table_options keep;
		size_t length;
	} cases[] = {
		{ "nothing", { .memory_bytes = 0 }, 0 },
		{ "within the memory", { .memory_bytes = 1 << 20 }, LENGTH },
		{ "beyond it from the first byte", { .memory_bytes = 0 }, LENGTH },
		{ "beyond it in the middle", { .memory_bytes = (1 << 20) + 5 }, 3 << 20 },
		{ "within the memory, and no file allowed",
		  { .memory_bytes = 1 << 20, .no_spill = true },
		  LENGTH },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct file_table *files = new_table();
		enum warning_code why;
		struct raw_file raw;

		print_message("%s\n", cases[i].name);
		assert_int_equal(read_pipe(&cases[i].keep, cases[i].length, &raw, files, &why), 0);
		expect_content(files, &raw, 0, cases[i].length);
		assert_int_equal(raw_file_length_now(&raw), cases[i].length);
		raw_file_close(&raw);
		file_table_free(files);
	}
}

static void a_pipe_beyond_the_memory_fails_where_no_file_is_allowed(void **state)
{
	const struct file_table_options none = { .memory_bytes = 100, .no_spill = true };
	struct file_table *files = new_table();
	enum warning_code why;
	struct raw_file raw;

	(void)state;
	assert_int_equal(read_pipe(&none, LENGTH, &raw, files, &why), ERROR_LIMIT);
	assert_int_equal(why, WARNING_LIMIT);
	file_table_free(files);
}

/* As a shell leaves it where something has read the beginning: the rest is what was given. */
static void standard_input_begins_where_its_file_was_left(void **state)
{
	static const off_t starts[] = { 0, 100 };
	char path[128];

	(void)state;
	make_path(path, sizeof(path), "file");
	make_file(path, LENGTH);
	for (size_t i = 0; i < COUNT(starts); i++) {
		struct file_table *files = new_table();
		int input = dup(STDIN_FILENO), file = open(path, O_RDONLY);
		enum warning_code why;
		struct raw_file raw;

		assert_true(file >= 0);
		assert_int_equal(lseek(file, starts[i], SEEK_SET), starts[i]);
		dup2(file, STDIN_FILENO);
		assert_int_equal(raw_file_open(&raw, "-", files, &plenty, NULL, &why, NULL), 0);
		dup2(input, STDIN_FILENO);
		close(input);
		close(file);
		expect_content(files, &raw, (uint64_t)starts[i], LENGTH - (size_t)starts[i]);
		raw_file_close(&raw);
		file_table_free(files);
	}
	unlink(path);
}

static const struct {
	const char *path; /* NULL: the test's directory */
	enum warning_code why;
	const char *message;
} refusals[] = {
	{ "/nonexistent/file", WARNING_CANNOT_OPEN, "cannot open" },
	{ NULL, WARNING_UNSUPPORTED, "a directory" },
	{ "/dev/zero", WARNING_UNSUPPORTED, "neither a plain file nor a pipe" },
	{ "/proc/self/mem", WARNING_READ_ERROR, "read" },
};

static void says_why_something_is_no_file_to_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		const char *path = refusals[i].path ? refusals[i].path : directory;
		struct file_table *files = new_table();
		struct error err = { 0 };
		enum warning_code why;
		struct raw_file raw;

		print_message("%s\n", path);
		assert_true(raw_file_open(&raw, path, files, &plenty, NULL, &why, &err) < 0);
		assert_int_equal(why, refusals[i].why);
		assert_non_null(strstr(err.message, refusals[i].message));
		file_table_free(files);
	}
}

/* A pipe that nobody writes to and nobody closes. */
static void a_wait_for_bytes_ends_when_the_run_is_stopped(void **state)
{
	const _Atomic int stop = 2;
	struct file_table *files = new_table();
	int input = dup(STDIN_FILENO), ends[2];
	enum warning_code why;
	struct raw_file raw;
	struct error err;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	dup2(ends[0], STDIN_FILENO);
	assert_int_equal(raw_file_open(&raw, "-", files, &plenty, &stop, &why, &err),
			 ERROR_INTERRUPTED);
	assert_int_equal(why, WARNING_INTERRUPTED);
	dup2(input, STDIN_FILENO);
	close(input);
	close(ends[0]);
	close(ends[1]);
	file_table_free(files);
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
		cmocka_unit_test(a_file_lies_in_place_whatever_its_length),
		cmocka_unit_test(what_happens_to_its_length_is_seen),
		cmocka_unit_test(a_file_that_hides_its_length_is_read),
		cmocka_unit_test(what_comes_through_a_pipe_is_kept_in_memory_or_in_a_file),
		cmocka_unit_test(a_pipe_beyond_the_memory_fails_where_no_file_is_allowed),
		cmocka_unit_test(standard_input_begins_where_its_file_was_left),
		cmocka_unit_test(says_why_something_is_no_file_to_read),
		cmocka_unit_test(a_wait_for_bytes_ends_when_the_run_is_stopped),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
