#include "engine/read/mapped.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGE 4096
#define PAGES 64

static int file_of_ones(size_t length)
{
	char path[] = "/tmp/test_mapped_XXXXXX";
	int descriptor = mkstemp(path);
	uint8_t page[PAGE];

	assert_true(descriptor >= 0);
	unlink(path);
	memset(page, 1, sizeof(page));
	for (size_t done = 0; done < length; done += sizeof(page)) {
		size_t part = length - done < sizeof(page) ? length - done : sizeof(page);

		assert_int_equal(write(descriptor, page, part), part);
	}
	return descriptor;
}

static uint64_t sum(const uint8_t *data, size_t length)
{
	uint64_t total = 0;

	for (size_t i = 0; i < length; i++)
		total += data[i];
	return total;
}

struct cut_case {
	const char *name;
	size_t length, cut_to;
	bool keep_descriptor;
	uint64_t damaged_from;
};

static const struct cut_case cut_cases[] = {
	{ "to whole pages, with the descriptor", PAGES *PAGE, 10 * PAGE, true, 10 * PAGE },
	{ "to whole pages, without it", PAGES *PAGE, 10 * PAGE, false, 10 * PAGE },
	{ "within a page, with the descriptor", PAGES *PAGE, 10 * PAGE + 5, true, 10 * PAGE + 5 },
	{ "within a page, without it", PAGES *PAGE, 10 * PAGE + 5, false, 11 * PAGE },
	{ "within the last page, with the descriptor", PAGE + 50, PAGE + 7, true, PAGE + 7 },
	{ "to nothing", PAGES *PAGE - 3, 0, true, 0 },
	{ "to nothing, without the descriptor", PAGES *PAGE - 3, 0, false, 0 },
};

static void a_file_cut_after_mapping_reads_as_zeros(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cut_cases) / sizeof(*cut_cases); i++) {
		const struct cut_case *row = &cut_cases[i];
		int descriptor = file_of_ones(row->length), other = dup(descriptor);
		struct mapped *mapped;
		struct address_range range = { 0, 0 };

		print_message("  cut %s\n", row->name);
		assert_int_equal(
			mapped_new(&mapped, descriptor, row->length, row->keep_descriptor, NULL),
			0);
		assert_false(mapped_damaged(mapped, 0, row->length, &range));
		assert_int_equal(ftruncate(other, (off_t)row->cut_to), 0);
		assert_int_equal(sum(mapped_data(mapped), row->length), row->cut_to);
		assert_true(mapped_damaged(mapped, 0, UINT64_MAX, &range));
		assert_int_equal(range.start, row->damaged_from);
		assert_int_equal(range.end, row->length);
		assert_false(mapped_damaged(mapped, 0, row->damaged_from, &range));
		mapped_free(mapped);
		close(other);
	}
}

/* Nobody has read the bytes that are gone, so that no signal has told of them. */
static void a_cut_that_nobody_has_met_is_told_to_the_byte(void **state)
{
	static const size_t cuts[] = { 0, 1, 5 * PAGE - 1, 5 * PAGE, 5 * PAGE + 1, 6 * PAGE - 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		int descriptor = file_of_ones(PAGES * PAGE), other = dup(descriptor);
		struct mapped *mapped;
		struct address_range range = { 0, 0 };

		assert_int_equal(mapped_new(&mapped, descriptor, PAGES * PAGE, true, NULL), 0);
		assert_int_equal(sum(mapped_data(mapped), 6 * PAGE), 6 * PAGE);
		assert_false(mapped_damaged(mapped, 0, 6 * PAGE, &range));
		assert_int_equal(ftruncate(other, (off_t)cuts[i]), 0);
		assert_false(mapped_damaged(mapped, 0, cuts[i], &range));
		assert_true(mapped_damaged(mapped, 0, 6 * PAGE, &range));
		assert_int_equal(range.start, cuts[i]);
		assert_int_equal(range.end, 6 * PAGE);
		mapped_free(mapped);
		close(other);
	}
}

static void damage_is_told_for_the_range_that_was_asked(void **state)
{
	(void)state;
	int descriptor = file_of_ones(PAGES * PAGE), other = dup(descriptor);
	struct mapped *mapped;
	struct address_range range;

	assert_int_equal(mapped_new(&mapped, descriptor, PAGES * PAGE, false, NULL), 0);
	assert_int_equal(ftruncate(other, 0), 0);
	assert_int_equal(mapped_data(mapped)[5 * PAGE], 0);
	assert_int_equal(mapped_data(mapped)[6 * PAGE + 1], 0);
	assert_false(mapped_damaged(mapped, 0, 5 * PAGE, &range));
	assert_true(mapped_damaged(mapped, 0, PAGES * PAGE, &range));
	assert_int_equal(range.start, 5 * PAGE);
	assert_int_equal(range.end, 7 * PAGE);
	assert_true(mapped_damaged(mapped, 5 * PAGE + 10, 20, &range));
	assert_int_equal(range.start, 5 * PAGE + 10);
	assert_int_equal(range.end, 5 * PAGE + 30);
	assert_false(mapped_damaged(mapped, PAGES * PAGE, 10, &range));
	mapped_free(mapped);
	close(other);
}

static void a_guarded_mapping_of_somebody_else_is_patched(void **state)
{
	(void)state;
	int descriptor = file_of_ones(4 * PAGE);
	uint8_t *data = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, descriptor, 0);
	struct mapped *mapped;
	struct address_range range;

	assert_true(data != MAP_FAILED);
	assert_int_equal(mapped_guard(&mapped, data, 4 * PAGE, NULL), 0);
	assert_int_equal(ftruncate(descriptor, PAGE), 0);
	assert_int_equal(sum(data, 4 * PAGE), PAGE);
	assert_true(mapped_damaged(mapped, 0, 4 * PAGE, &range));
	assert_int_equal(range.start, PAGE);
	mapped_free(mapped);
	munmap(data, 4 * PAGE);
	close(descriptor);
}

static void read_an_unguarded_cut_file(void)
{
	int descriptor = file_of_ones(PAGE);
	volatile uint8_t *data = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, descriptor, 0);

	signal(SIGBUS, SIG_DFL);
	/* A guarded mapping installs the handler over the default action. */
	struct mapped *mapped;
	int other = file_of_ones(PAGE);

	if (mapped_new(&mapped, other, PAGE, true, NULL) || ftruncate(descriptor, 0))
		_exit(1);
	_exit(data[0] ? 2 : 3);
}

static void a_bus_error_elsewhere_still_kills(void **state)
{
	(void)state;
	int status;
	pid_t child = fork();

	if (child == 0)
		read_an_unguarded_cut_file();
	assert_int_equal(waitpid(child, &status, 0), child);
	/* With a sanitizer the action before ours prints and exits. */
	assert_true(WIFSIGNALED(status) || (WEXITSTATUS(status) > 3));
}

static void many_mappings_come_and_go(void **state)
{
	(void)state;
	struct mapped *mapped[300];
	int other = -1;

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 300; i++) {
			int descriptor = file_of_ones(PAGE);

			if (i == 150)
				other = dup(descriptor);
			assert_int_equal(mapped_new(&mapped[i], descriptor, PAGE, false, NULL), 0);
		}
		assert_int_equal(ftruncate(other, 0), 0);
		assert_int_equal(sum(mapped_data(mapped[150]), PAGE), 0);
		close(other);
		for (size_t i = 0; i < 300; i += 2)
			mapped_free(mapped[i]);
		for (size_t i = 1; i < 300; i += 2)
			mapped_free(mapped[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: the handler is not installed yet, the child sets it up by itself. */
		cmocka_unit_test(a_bus_error_elsewhere_still_kills),
		cmocka_unit_test(a_file_cut_after_mapping_reads_as_zeros),
		cmocka_unit_test(a_cut_that_nobody_has_met_is_told_to_the_byte),
		cmocka_unit_test(damage_is_told_for_the_range_that_was_asked),
		cmocka_unit_test(a_guarded_mapping_of_somebody_else_is_patched),
		cmocka_unit_test(many_mappings_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
