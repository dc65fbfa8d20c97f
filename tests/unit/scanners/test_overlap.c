#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "scanners/overlap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	struct {
		uint64_t start, end;
	} ranges[6];
	size_t count, deepest;
} cases[] = {
	{ "none", { { 0, 0 } }, 0, 0 },
	{ "one", { { 5, 9 } }, 1, 1 },
	{ "two that touch", { { 5, 9 }, { 9, 12 } }, 2, 1 },
	{ "two that share a byte", { { 5, 10 }, { 9, 12 } }, 2, 2 },
	{ "equal ones", { { 5, 9 }, { 5, 9 }, { 5, 9 } }, 3, 3 },
	{ "one within another", { { 0, 100 }, { 40, 41 } }, 2, 2 },
	{ "a ladder", { { 0, 4 }, { 2, 6 }, { 4, 8 }, { 6, 10 }, { 8, 12 } }, 5, 2 },
	{ "any order", { { 8, 12 }, { 0, 9 }, { 30, 40 }, { 8, 9 }, { 2, 3 } }, 5, 3 },
	{ "up to the end of all offsets",
	  { { 0, UINT64_MAX }, { UINT64_MAX - 1, UINT64_MAX } },
	  2,
	  2 },
};

static void counts_how_many_ranges_share_a_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct overlap overlap = { 0 };
		size_t deepest;

		for (size_t j = 0; j < cases[i].count; j++)
			assert_int_equal(overlap_add(&overlap, cases[i].ranges[j].start,
						     cases[i].ranges[j].end, NULL),
					 0);
		deepest = overlap_deepest(&overlap);
		overlap_release(&overlap);
		if (deepest != cases[i].deepest)
			fail_msg("%s: %zu", cases[i].name, deepest);
	}
}

/* Held against counting every place. */
static void agrees_with_counting(void **state)
{
	enum { PLACES = 64, RANGES = 40 };

	(void)state;
	srand(7);
	for (int round = 0; round < 500; round++) {
		size_t depth[PLACES] = { 0 }, most = 0;
		struct overlap overlap = { 0 };

		for (size_t i = 0; i < RANGES; i++) {
			uint64_t start = (uint64_t)rand() % (PLACES - 1);
			uint64_t end = start + 1 + (uint64_t)rand() % (PLACES - start - 1);

			assert_int_equal(overlap_add(&overlap, start, end, NULL), 0);
			for (uint64_t at = start; at < end; at++)
				if (++depth[at] > most)
					most = depth[at];
		}
		assert_int_equal(overlap_deepest(&overlap), most);
		overlap_release(&overlap);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_how_many_ranges_share_a_place),
		cmocka_unit_test(agrees_with_counting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
