#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scanners/stored_ranges.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	struct stored_bytes ranges[4]; /* offset, length, file */
	size_t count;
	uint64_t bytes;
} cases[] = {
	{ "none", { { 0 } }, 0, 0 },
	{ "one", { { 5, 10, 1 } }, 1, 10 },
	{ "one that is empty", { { 5, 0, 1 } }, 1, 0 },
	{ "twice the same", { { 5, 10, 1 }, { 5, 10, 1 } }, 2, 10 },
	{ "apart", { { 0, 4, 1 }, { 8, 4, 1 } }, 2, 8 },
	{ "next to each other", { { 4, 4, 1 }, { 0, 4, 1 } }, 2, 8 },
	{ "overlapping", { { 0, 6, 1 }, { 4, 6, 1 } }, 2, 10 },
	{ "one within another, and one behind it",
	  { { 0, 10, 1 }, { 2, 2, 1 }, { 8, 4, 1 } },
	  3,
	  12 },
	{ "of several files", { { 0, 6, 1 }, { 0, 6, 2 }, { 4, 6, 1 }, { 0, 6, 2 } }, 4, 16 },
	{ "that end nowhere", { { 1, UINT64_MAX, 1 } }, 1, UINT64_MAX - 1 },
	{ "more than can be counted", { { 0, UINT64_MAX, 1 }, { 0, 1, 2 } }, 2, UINT64_MAX },
};

static void each_byte_counts_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stored_ranges ranges = { 0 };

		print_message("%s\n", cases[i].name);
		for (size_t j = 0; j < cases[i].count; j++)
			assert_int_equal(stored_ranges_add(&ranges, cases[i].ranges[j], NULL), 0);
		assert_true(stored_ranges_bytes(&ranges) == cases[i].bytes);
		stored_ranges_release(&ranges);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_byte_counts_once) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
