#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/confirm/start_ranges.h"

static void add(struct start_ranges *ranges, uint32_t subject, uint32_t low, uint32_t high,
		uint32_t variants)
{
	const struct start_range range = { subject, low, high, variants };

	start_ranges_add(ranges, &range);
}

static void assert_range(const struct start_range *range, uint32_t subject, uint32_t low,
			 uint32_t high, uint32_t variants)
{
	assert_int_equal(range->subject, subject);
	assert_int_equal(range->low, low);
	assert_int_equal(range->high, high);
	assert_int_equal(range->variants, variants);
}

static struct start_ranges ranges_for(size_t subjects)
{
	struct start_ranges ranges;
	struct error err = { 0 };

	assert_int_equal(start_ranges_init(&ranges, subjects, &err), 0);
	return ranges;
}

static void what_touches_becomes_one_and_all_is_sorted(void **state)
{
	struct start_ranges ranges = ranges_for(3);

	(void)state;
	add(&ranges, 2, 50, 60, 1);
	add(&ranges, 0, 10, 11, 1);
	add(&ranges, 0, 11, 15, 2);
	add(&ranges, 0, 3, 5, 1);
	add(&ranges, 2, 40, 55, 1);
	add(&ranges, 0, 14, 20, 1);
	start_ranges_finish(&ranges);
	assert_int_equal(ranges.count, 3);
	assert_range(&ranges.ranges[0], 0, 3, 5, 1);
	assert_range(&ranges.ranges[1], 0, 10, 20, 3);
	assert_range(&ranges.ranges[2], 2, 40, 60, 1);
	start_ranges_release(&ranges);
}

static void clearing_forgets_all(void **state)
{
	struct start_ranges ranges = ranges_for(2);

	(void)state;
	add(&ranges, 1, 5, 6, 1);
	add(&ranges, 1, 9, 10, 1);
	start_ranges_clear(&ranges);
	add(&ranges, 0, 1, 2, 1);
	start_ranges_finish(&ranges);
	assert_int_equal(ranges.count, 1);
	assert_range(&ranges.ranges[0], 0, 1, 2, 1);
	start_ranges_release(&ranges);
}

/* Ten times as many as there is room for, in an order that leaves nothing to join at once. */
static void memory_is_bounded_and_no_start_is_lost(void **state)
{
	enum { SUBJECTS = 3, STARTS = 250000 };
	struct start_ranges ranges = ranges_for(SUBJECTS);
	size_t at[SUBJECTS] = { 0 };
	const size_t capacity = ranges.capacity;

	(void)state;
	for (uint32_t i = 0; i < STARTS; i++) {
		uint32_t start = (uint32_t)((uint64_t)i * 7919 % STARTS) * 4;

		for (uint32_t subject = 0; subject < SUBJECTS; subject++)
			add(&ranges, subject, start, start + 1, 1);
	}
	start_ranges_finish(&ranges);
	assert_int_equal(ranges.capacity, capacity);
	assert_true(ranges.count <= capacity);
	for (size_t i = 1; i < ranges.count; i++)
		assert_true(ranges.ranges[i - 1].subject < ranges.ranges[i].subject ||
			    ranges.ranges[i - 1].high < ranges.ranges[i].low);
	for (uint32_t subject = 0; subject < SUBJECTS; subject++) {
		while (ranges.ranges[at[subject]].subject != subject)
			at[subject]++;
		for (uint32_t i = 0; i < STARTS; i++) {
			while (ranges.ranges[at[subject]].high <= 4 * i)
				at[subject]++;
			assert_true(ranges.ranges[at[subject]].low <= 4 * i);
			assert_int_equal(ranges.ranges[at[subject]].subject, subject);
		}
	}
	start_ranges_release(&ranges);
}

static void no_subjects_need_no_room(void **state)
{
	struct start_ranges ranges = ranges_for(0);

	(void)state;
	start_ranges_clear(&ranges);
	start_ranges_finish(&ranges);
	assert_int_equal(ranges.count, 0);
	start_ranges_release(&ranges);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_touches_becomes_one_and_all_is_sorted),
		cmocka_unit_test(clearing_forgets_all),
		cmocka_unit_test(memory_is_bounded_and_no_start_is_lost),
		cmocka_unit_test(no_subjects_need_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
