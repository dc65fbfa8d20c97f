#include "engine/read/file_table.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct file_table *new_table(uint64_t memory_bytes)
{
	struct file_table_options options = { .memory_bytes = memory_bytes };
	struct file_table *table;

	assert_int_equal(file_table_new(&table, &options, NULL), 0);
	return table;
}

static int file_of(size_t length)
{
	char path[] = "/tmp/test_file_table_XXXXXX";
	int descriptor = mkstemp(path);

	unlink(path);
	for (size_t i = 0; i < length; i++) {
		uint8_t byte = (uint8_t)(i * 13 + 1);

		assert_int_equal(write(descriptor, &byte, 1), 1);
	}
	return descriptor;
}

static void a_file_in_place_is_lent_and_read_whatever_its_size(void **state)
{
	(void)state;
	static const size_t sizes[] = { 0, 1, 4096, 16384, 16385, 40000 };
	struct file_table *table = new_table(0);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		uint8_t buffer[100];
		struct bytes lent;
		uint32_t file;
		size_t got, size = sizes[i], offset = size / 2;

		assert_int_equal(file_table_add_descriptor(table, file_of(size), "x", &file, NULL),
				 0);
		assert_int_equal(file, i);
		assert_int_equal(file_table_length(table, file), size);
		assert_int_equal(file_table_lend(table, file, offset, SIZE_MAX, &lent, NULL), 0);
		assert_int_equal(lent.length, size - offset);
		assert_int_equal(file_table_read(table, file, offset, buffer, 100, &got, NULL), 0);
		assert_int_equal(got, lent.length < 100 ? lent.length : 100);
		assert_memory_equal(buffer, lent.data, got);
		if (got)
			assert_int_equal(buffer[0], (uint8_t)(offset * 13 + 1));
		assert_int_equal(file_table_lend(table, file, size + 1, 1, &lent, NULL), 0);
		assert_int_equal(lent.length, 0);
	}
	file_table_free(table);
}

static void a_file_that_is_cut_later_is_told_as_damaged(void **state)
{
	(void)state;
	struct file_table *table = new_table(0);
	int descriptor = file_of(40000), other = dup(descriptor);
	struct address_range range;
	struct bytes lent;
	uint32_t file;

	assert_int_equal(file_table_add_descriptor(table, descriptor, "x", &file, NULL), 0);
	assert_false(file_table_damaged(table, file, 0, 40000, &range));
	assert_int_equal(ftruncate(other, 5000), 0);
	assert_int_equal(file_table_lend(table, file, 0, 40000, &lent, NULL), 0);
	assert_int_equal(lent.data[4999], (uint8_t)(4999 * 13 + 1));
	assert_int_equal(lent.data[30000], 0);
	assert_true(file_table_damaged(table, file, 4000, 40000, &range));
	assert_int_equal(range.start, 5000);
	assert_int_equal(range.end, 40000);
	file_table_free(table);
	close(other);
}

static void bytes_that_passed_are_not_kept_unless_asked_for(void **state)
{
	(void)state;
	struct file_table *table = new_table(1 << 20);
	struct error error;
	struct bytes lent;
	uint8_t buffer[10];
	uint32_t file;
	size_t got;

	assert_int_equal(file_table_add_passing(table, 1000, "pages-1.img", &file, NULL), 0);
	assert_int_equal(file_table_lend(table, file, 0, 1, &lent, &error), ERROR_NOT_KEPT);
	assert_int_equal(file_table_read(table, file, 0, buffer, 1, &got, &error), ERROR_NOT_KEPT);
	assert_int_equal(file_table_keep(table, file, 100,
					 (struct bytes){ (const uint8_t *)"hello", 5 }, NULL),
			 0);
	assert_int_equal(file_table_lend(table, file, 101, 100, &lent, NULL), 0);
	assert_int_equal(lent.length, 4);
	assert_memory_equal(lent.data, "ello", 4);
	assert_int_equal(file_table_read(table, file, 100, buffer, 5, &got, NULL), 0);
	assert_int_equal(got, 5);
	assert_int_equal(file_table_read(table, file, 100, buffer, 6, &got, &error),
			 ERROR_NOT_KEPT);
	file_table_drop(table, file);
	assert_int_equal(file_table_lend(table, file, 101, 1, &lent, &error), ERROR_NOT_KEPT);
	file_table_free(table);
}

static void memory_is_taken_over_and_lent(void **state)
{
	(void)state;
	struct file_table *table = new_table(0);
	struct bytes lent;
	uint32_t file;

	assert_int_equal(file_table_add_memory(table, strdup("bytes"), 5, "m", &file, NULL), 0);
	assert_int_equal(file_table_lend(table, file, 1, 10, &lent, NULL), 0);
	assert_memory_equal(lent.data, "ytes", 4);
	assert_string_equal(file_table_name(table, file), "m");
	file_table_free(table);
}

static void a_sparse_file_reads_as_a_whole(void **state)
{
	(void)state;
	struct file_table *table = new_table(0);
	uint8_t buffer[20];
	uint32_t file;
	size_t got;

	assert_int_equal(file_table_add_sparse(table, 1ull << 33, "s", &file, NULL), 0);
	assert_int_equal(file_table_keep(table, file, 1ull << 32,
					 (struct bytes){ (const uint8_t *)"data", 4 }, NULL),
			 0);
	assert_int_equal(file_table_read(table, file, (1ull << 32) - 5, buffer, 20, &got, NULL), 0);
	assert_int_equal(got, 20);
	assert_memory_equal(buffer, "\0\0\0\0\0data\0\0\0\0\0\0\0\0\0\0\0", 20);
	file_table_free(table);
}

/* Zeros of holes between written bytes, wherever memory ends. */
static void zeros_that_are_kept_take_no_place(void **state)
{
	(void)state;
	static const uint64_t memories[] = { 0, 4096, 8192, 1 << 20 };
	const uint64_t length = (uint64_t)1 << 33;

	for (size_t i = 0; i < sizeof(memories) / sizeof(*memories); i++) {
		struct file_table *table = new_table(memories[i]);
		uint8_t data[6000], got_bytes[20000];
		uint32_t file;
		size_t got;

		memset(data, 'x', sizeof(data));
		assert_int_equal(file_table_add_passing(table, length, "holes", &file, NULL), 0);
		assert_int_equal(file_table_keep_zeros(table, file, 0, 5000, NULL), 0);
		assert_int_equal(
			file_table_keep(table, file, 5000, (struct bytes){ data, 6000 }, NULL), 0);
		assert_int_equal(file_table_keep_zeros(table, file, 11000, length - 11001, NULL),
				 0);
		assert_int_equal(
			file_table_keep(table, file, length - 1, (struct bytes){ data, 1 }, NULL),
			0);
		assert_int_equal(file_table_keep_zeros(table, file, 500, 1, NULL), ERROR_USAGE);
		assert_int_equal(file_table_read(table, file, 0, got_bytes, 20000, &got, NULL), 0);
		assert_int_equal(got, 20000);
		for (size_t at = 0; at < got; at++)
			assert_int_equal(got_bytes[at], at >= 5000 && at < 11000 ? 'x' : 0);
		assert_int_equal(
			file_table_read(table, file, length - 2, got_bytes, 20, &got, NULL), 0);
		assert_int_equal(got, 2);
		assert_int_equal(got_bytes[0], 0);
		assert_int_equal(got_bytes[1], 'x');
		file_table_free(table);
	}
}

static void write_file(int root, const char *name, size_t length, uint8_t byte)
{
	int descriptor = openat(root, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	uint8_t *data = malloc(length);

	memset(data, byte, length);
	assert_int_equal(write(descriptor, data, length), length);
	free(data);
	close(descriptor);
}

/* More than may be mapped: some lie in place, the rest is opened for each read. */
static void many_files_of_a_directory_need_few_mappings(void **state)
{
	(void)state;
	const struct file_table_options options = { .most_mapped = 5 };
	char path[] = "/tmp/test_file_table_XXXXXX";
	struct file_table *table;
	int directory = open(mkdtemp(path), O_RDONLY | O_DIRECTORY), root;
	uint32_t files[20];
	uint8_t buffer[100];
	char name[32];
	size_t got;

	assert_int_equal(mkdirat(directory, "sub", 0700), 0);
	assert_int_equal(file_table_new(&table, &options, NULL), 0);
	assert_int_equal(file_table_add_root(table, directory, &root, NULL), 0);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "sub/%d", i);
		write_file(directory, name, 20000, (uint8_t)(i + 1));
		int descriptor = openat(directory, name, O_RDONLY);

		assert_int_equal(
			file_table_add_below(table, root, descriptor, name, &files[i], NULL), 0);
		assert_int_equal(fcntl(descriptor, F_GETFD), -1);
	}
	for (int i = 0; i < 20; i++) {
		struct bytes lent;

		assert_int_equal(file_table_length(table, files[i]), 20000);
		assert_int_equal(file_table_lend(table, files[i], 5, 10, &lent, NULL),
				 i < 5 ? 0 : ERROR_NOT_KEPT);
		assert_int_equal(file_table_read(table, files[i], 19950, buffer, 100, &got, NULL),
				 0);
		assert_int_equal(got, 50);
		assert_int_equal(buffer[0], i + 1);
		assert_int_equal(buffer[49], i + 1);
	}
	/* Cut, replaced, and a link in its place. */
	write_file(directory, "sub/17", 10, 99);
	assert_int_equal(file_table_read(table, files[17], 5, buffer, 100, &got, NULL), 0);
	assert_int_equal(got, 5);
	assert_int_equal(renameat(directory, "sub/16", directory, "sub/18"), 0);
	assert_int_equal(file_table_read(table, files[18], 0, buffer, 100, &got, NULL),
			 ERROR_SYSTEM);
	assert_int_equal(unlinkat(directory, "sub/19", 0), 0);
	assert_int_equal(symlinkat("15", directory, "sub/19"), 0);
	assert_int_equal(file_table_read(table, files[19], 0, buffer, 100, &got, NULL),
			 ERROR_SYSTEM);
	file_table_free(table);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "sub/%d", i);
		unlinkat(directory, name, 0);
	}
	unlinkat(directory, "sub", AT_REMOVEDIR);
	close(directory);
	rmdir(path);
}

static void numbers_that_were_never_given_are_refused(void **state)
{
	(void)state;
	struct file_table *table = new_table(0);
	struct error error;
	struct bytes lent;

	assert_int_equal(file_table_lend(table, 0, 0, 1, &lent, &error), ERROR_USAGE);
	assert_int_equal(file_table_length(table, 77), 0);
	assert_string_equal(file_table_name(table, UINT32_MAX), "");
	file_table_free(table);
}

static void thousands_of_files_keep_their_numbers(void **state)
{
	(void)state;
	struct file_table *table = new_table(0);

	for (uint32_t i = 0; i < 5000; i++) {
		char name[32];
		uint32_t file;

		snprintf(name, sizeof(name), "core-%u.img", i);
		assert_int_equal(file_table_add_passing(table, i, name, &file, NULL), 0);
		assert_int_equal(file, i);
	}
	assert_string_equal(file_table_name(table, 4999), "core-4999.img");
	assert_int_equal(file_table_length(table, 1024), 1024);
	file_table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_in_place_is_lent_and_read_whatever_its_size),
		cmocka_unit_test(a_file_that_is_cut_later_is_told_as_damaged),
		cmocka_unit_test(bytes_that_passed_are_not_kept_unless_asked_for),
		cmocka_unit_test(memory_is_taken_over_and_lent),
		cmocka_unit_test(a_sparse_file_reads_as_a_whole),
		cmocka_unit_test(zeros_that_are_kept_take_no_place),
		cmocka_unit_test(many_files_of_a_directory_need_few_mappings),
		cmocka_unit_test(numbers_that_were_never_given_are_refused),
		cmocka_unit_test(thousands_of_files_keep_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
