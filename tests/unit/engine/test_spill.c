#include "engine/read/spill.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/read/kept.h"

#define PAGE 4096

static uint8_t pattern_byte(uint64_t offset)
{
	return (uint8_t)(offset * 31 + (offset >> 12) * 7 + 1);
}

static int add(struct kept *kept, uint64_t offset, size_t length, struct error *err)
{
	uint8_t *data = malloc(length);

	for (size_t i = 0; i < length; i++)
		data[i] = pattern_byte(offset + i);
	int ret = kept_add(kept, offset, (struct bytes){ data, length }, err);
	free(data);
	return ret;
}

static void assert_pattern(const uint8_t *data, uint64_t offset, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (data[i] != pattern_byte(offset + i))
			fail_msg("wrong byte at %llu", (unsigned long long)(offset + i));
}

struct keep_case {
	const char *name;
	uint64_t memory_bytes;
	uint64_t file_length;
	struct address_range ranges[4];
};

static const struct keep_case keep_cases[] = {
	{ "all in memory", 1 << 20, 100000, { { 0, 100000 } } },
	{ "all on the disk", 0, 100000, { { 0, 100000 } } },
	{ "one range in both", 10 * PAGE, 100000, { { 0, 100000 } } },
	{ "unaligned ranges in both",
	  3 * PAGE,
	  100000,
	  { { 5, 77 }, { 4090, 9000 }, { 9001, 50007 } } },
	{ "a range that starts in a page that is paid",
	  PAGE,
	  100000,
	  { { 0, 10 }, { 20, 60000 } } },
	{ "the last byte of a long file", PAGE, 1ull << 40, { { (1ull << 40) - 1, 1ull << 40 } } },
	{ "far apart", 0, 1ull << 36, { { 7, 9 }, { 1ull << 35, (1ull << 35) + 5000 } } },
};

static void check_range(const struct kept *kept, struct address_range wanted)
{
	size_t length = (size_t)(wanted.end - wanted.start);
	struct address_range found;
	struct bytes lent;
	uint8_t *copy = malloc(length);

	assert_true(kept_range(kept, wanted.start, &found));
	assert_int_equal(found.start, wanted.start);
	assert_int_equal(found.end, wanted.end);
	assert_true(kept_lend(kept, wanted, &lent));
	assert_int_equal(lent.length, length);
	assert_pattern(lent.data, wanted.start, length);
	assert_int_equal(kept_read(kept, wanted, copy, NULL), 0);
	assert_pattern(copy, wanted.start, length);
	free(copy);
}

static void what_is_kept_reads_as_it_was(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(keep_cases) / sizeof(*keep_cases); i++) {
		const struct keep_case *row = &keep_cases[i];
		struct spill *spill;
		struct kept *kept;
		struct address_range none;

		print_message("  %s\n", row->name);
		assert_int_equal(spill_new(&spill, row->memory_bytes, false, NULL, NULL), 0);
		assert_int_equal(kept_new(&kept, spill, row->file_length, false, NULL), 0);
		for (size_t r = 0; r < 4 && row->ranges[r].end; r++) {
			uint64_t at = row->ranges[r].start, end = row->ranges[r].end;

			/* In odd pieces, as they come from an archive. */
			for (size_t part = 1; at < end; part = part * 2 + 1) {
				size_t length = end - at < part ? (size_t)(end - at) : part;

				assert_int_equal(add(kept, at, length, NULL), 0);
				at += length;
			}
		}
		for (size_t r = 0; r < 4 && row->ranges[r].end; r++) {
			check_range(kept, row->ranges[r]);
			if (row->ranges[r].end < row->file_length)
				assert_false(kept_range(kept, row->ranges[r].end, &none));
		}
		assert_true(spill_memory_used(spill) <= row->memory_bytes);
		kept_free(kept);
		assert_int_equal(spill_memory_used(spill), 0);
		spill_free(spill);
	}
}

static void holes_of_a_sparse_file_read_as_zeros(void **state)
{
	(void)state;
	for (uint64_t memory = 0; memory <= 8 * PAGE; memory += 2 * PAGE) {
		struct spill *spill;
		struct kept *kept;
		struct bytes lent;

		assert_int_equal(spill_new(&spill, memory, false, NULL, NULL), 0);
		assert_int_equal(kept_new(&kept, spill, 1 << 20, true, NULL), 0);
		assert_int_equal(add(kept, 3 * PAGE + 1, 2 * PAGE, NULL), 0);
		assert_int_equal(add(kept, 40 * PAGE, PAGE, NULL), 0);
		assert_true(kept_lend(kept, (struct address_range){ 0, 1 << 20 }, &lent));
		for (uint64_t i = 0; i < 1 << 20; i++) {
			bool data = (i > 3 * PAGE && i <= 5 * PAGE) ||
				    (i >= 40 * PAGE && i < 41 * PAGE);

			if (lent.data[i] != (data ? pattern_byte(i) : 0))
				fail_msg("wrong byte at %llu", (unsigned long long)i);
		}
		kept_free(kept);
		spill_free(spill);
	}
}

static void bytes_out_of_order_or_past_the_end_are_refused(void **state)
{
	(void)state;
	struct spill *spill;
	struct kept *kept;

	assert_int_equal(spill_new(&spill, 1 << 20, false, NULL, NULL), 0);
	assert_int_equal(kept_new(&kept, spill, 100, false, NULL), 0);
	assert_int_equal(add(kept, 10, 10, NULL), 0);
	assert_int_equal(add(kept, 19, 10, NULL), ERROR_USAGE);
	assert_int_equal(add(kept, 95, 6, NULL), ERROR_USAGE);
	assert_int_equal(add(kept, 101, 1, NULL), ERROR_USAGE);
	assert_int_equal(add(kept, 95, 5, NULL), 0);
	kept_free(kept);
	spill_free(spill);
}

static void nothing_goes_to_a_disk_when_that_is_forbidden(void **state)
{
	(void)state;
	struct spill *spill;
	struct kept *kept;
	struct error error;

	assert_int_equal(spill_new(&spill, 2 * PAGE, true, "/nonexistent", NULL), 0);
	assert_int_equal(kept_new(&kept, spill, 1 << 20, false, NULL), 0);
	assert_int_equal(add(kept, 0, 2 * PAGE, NULL), 0);
	assert_int_equal(add(kept, 2 * PAGE, 1, &error), ERROR_LIMIT);
	check_range(kept, (struct address_range){ 0, 2 * PAGE });
	assert_int_equal(spill_descriptor(spill), -1);
	kept_free(kept);
	spill_free(spill);
}

static void a_spill_file_that_cannot_be_made_is_an_error(void **state)
{
	(void)state;
	struct spill *spill;
	uint64_t offset;
	struct error error;

	assert_int_equal(spill_new(&spill, 0, false, "/nonexistent", NULL), 0);
	assert_int_equal(spill_reserve(spill, 10, &offset, &error), ERROR_SYSTEM);
	assert_int_equal(error.sys_errno, ENOENT);
	spill_free(spill);
}

static size_t entries_of(const char *path)
{
	DIR *directory = opendir(path);
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 2;
}

static void the_spill_file_has_no_name_and_belongs_to_its_user_alone(void **state)
{
	(void)state;
	char path[] = "/tmp/test_spill_XXXXXX";
	struct spill *spill;
	struct stat info;
	uint64_t offset;

	assert_non_null(mkdtemp(path));
	assert_int_equal(setenv("TMPDIR", path, 1), 0);
	assert_int_equal(spill_new(&spill, 0, false, NULL, NULL), 0);
	assert_int_equal(spill_reserve(spill, 10, &offset, NULL), 0);
	assert_int_equal(entries_of(path), 0);
	assert_int_equal(fstat(spill_descriptor(spill), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(info.st_nlink, 0);
	spill_free(spill);
	rmdir(path);
	unsetenv("TMPDIR");
}

static void a_full_disk_is_told_and_keeps_what_there_is(void **state)
{
	(void)state;
	struct spill *spill;
	struct kept *kept;
	struct error error;
	struct rlimit before, small = { 8 * PAGE, RLIM_INFINITY };

	/* A limit on file sizes is the full disk of those who may not mount one. */
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(spill_new(&spill, 0, false, NULL, NULL), 0);
	assert_int_equal(kept_new(&kept, spill, 1 << 20, false, NULL), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(add(kept, 0, 8 * PAGE, NULL), 0);
	assert_int_equal(add(kept, 8 * PAGE, PAGE, &error), ERROR_SYSTEM);
	assert_int_equal(error.sys_errno, EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	check_range(kept, (struct address_range){ 0, 8 * PAGE });
	kept_free(kept);
	spill_free(spill);
}

static void files_share_one_account_of_memory(void **state)
{
	(void)state;
	struct spill *spill;
	struct kept *first, *second;

	assert_int_equal(spill_new(&spill, 4 * PAGE, true, NULL, NULL), 0);
	assert_int_equal(kept_new(&first, spill, 1 << 20, false, NULL), 0);
	assert_int_equal(kept_new(&second, spill, 1 << 20, false, NULL), 0);
	assert_int_equal(add(first, 0, 3 * PAGE, NULL), 0);
	assert_int_equal(add(second, 0, 2 * PAGE, NULL), ERROR_LIMIT);
	kept_free(first);
	assert_int_equal(add(second, 0, 2 * PAGE, NULL), 0);
	kept_free(second);
	spill_free(spill);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_reads_as_it_was),
		cmocka_unit_test(holes_of_a_sparse_file_read_as_zeros),
		cmocka_unit_test(bytes_out_of_order_or_past_the_end_are_refused),
		cmocka_unit_test(nothing_goes_to_a_disk_when_that_is_forbidden),
		cmocka_unit_test(a_spill_file_that_cannot_be_made_is_an_error),
		cmocka_unit_test(the_spill_file_has_no_name_and_belongs_to_its_user_alone),
		cmocka_unit_test(a_full_disk_is_told_and_keeps_what_there_is),
		cmocka_unit_test(files_share_one_account_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
