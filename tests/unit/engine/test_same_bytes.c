#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "engine/same_bytes.h"
#include "engine/scan.h"

/* Members of eight pages from BASE on, all alike at first. */
#define PAGE SHARERS_CELL_BYTES
#define PAGES 8
#define BASE UINT64_C(0x10000)
#define MEMBERS 6

struct members {
	uint8_t bytes[MEMBERS][PAGES * PAGE];
	struct same_strip strips[MEMBERS];
	struct same_range range;
	struct same_bytes same;
};

static struct members members;

static void begin(size_t left, size_t right)
{
	same_bytes_release(&members.same);
	memset(&members, 0, sizeof(members));
	members.range = (struct same_range){ BASE, BASE + PAGES * PAGE + 1, left, right };
	for (size_t i = 0; i < MEMBERS; i++) {
		for (size_t j = 0; j < PAGES * PAGE; j++)
			members.bytes[i][j] = (uint8_t)(j / 7);
		members.strips[i] = (struct same_strip){ .data = members.bytes[i],
							 .start = BASE,
							 .end = BASE + PAGES * PAGE,
							 .own_start = BASE,
							 .own_end = BASE + PAGES * PAGE + 1,
							 .first = EDGE_REAL,
							 .last = EDGE_REAL };
	}
}

static void find(size_t count)
{
	assert_int_equal(
		same_bytes_find(&members.same, members.strips, count, &members.range, NULL), 0);
}

/* Who is searched by @member at the start that lies @offset behind BASE. */
static uint32_t searched(size_t member, uint64_t offset)
{
	const struct sharers sharers = { .zones = same_bytes_zones(&members.same, member),
					 .bias = BASE - members.same.origin,
					 .head = members.same.head,
					 .tail = members.same.tail };

	return sharers_of(&sharers, offset);
}

/* Whatever is equal: each start of each member is searched by one. */
static void each_start_is_searched_once(size_t count)
{
	for (uint64_t offset = 0; offset <= PAGES * PAGE; offset++) {
		uint32_t all = 0;

		for (size_t i = 0; i < count; i++) {
			uint32_t some = searched(i, offset);

			assert_int_equal(all & some, 0);
			if (some)
				assert_true(some >> i & 1);
			all |= some;
		}
		assert_int_equal(all, (UINT32_C(1) << count) - 1);
	}
}

static void equal_members_are_searched_by_the_first(void **state)
{
	(void)state;
	begin(1, 20);
	find(3);
	each_start_is_searched_once(3);
	assert_int_equal(searched(0, 0), 7);
	assert_int_equal(searched(0, PAGES * PAGE), 7);
	assert_int_equal(members.same.compared, members.same.equal);
	assert_true(members.same.equal >= 2 * PAGES);
}

static void own_bytes_reach_as_far_as_matches_that_touch_them(void **state)
{
	(void)state;
	begin(1, 20);
	members.bytes[1][3 * PAGE] ^= 1;
	members.bytes[1][4 * PAGE - 1] ^= 1;
	find(3);
	each_start_is_searched_once(3);
	for (uint64_t offset = 3 * PAGE - 20; offset <= 4 * PAGE; offset++) {
		assert_int_equal(searched(0, offset), 5);
		assert_int_equal(searched(1, offset), 2);
	}
	assert_int_equal(searched(0, 3 * PAGE - 30), 7);
	assert_int_equal(searched(0, 4 * PAGE + 10), 7);
}

static void a_match_may_reach_over_several_cells(void **state)
{
	(void)state;
	begin(1, 2 * PAGE + 10);
	members.bytes[2][5 * PAGE + 9] ^= 1;
	find(3);
	each_start_is_searched_once(3);
	assert_int_equal(searched(2, 3 * PAGE - 1), 4);
	assert_int_equal(searched(2, 6 * PAGE), 4);
	assert_int_equal(searched(0, 2 * PAGE - 1), 7);
	assert_int_equal(searched(0, 7 * PAGE), 7);
}

/* The first has a page for itself; the others are equal there. */
static void what_the_first_has_for_itself_the_second_searches_for_the_rest(void **state)
{
	(void)state;
	begin(1, 20);
	members.bytes[0][2 * PAGE + 100] ^= 1;
	find(5);
	each_start_is_searched_once(5);
	assert_int_equal(searched(0, 2 * PAGE + 50), 1);
	assert_int_equal(searched(1, 2 * PAGE + 50), 0x1e);
	assert_int_equal(searched(1, 3 * PAGE), 0x1e);
}

static void members_are_compared_with_a_few_others_only(void **state)
{
	(void)state;
	begin(1, 20);
	for (size_t i = 0; i < MEMBERS; i++)
		members.bytes[i][10] = (uint8_t)(i < 5 ? i : 4);
	find(MEMBERS);
	each_start_is_searched_once(MEMBERS);
	assert_int_equal(searched(3, 10), 1 << 3);
	/* The last two are equal, but one too many have been seen before. */
	assert_int_equal(searched(4, 10), 1 << 4);
	assert_int_equal(searched(5, 10), 1 << 5);
}

static void ends_of_blocks_are_part_of_their_bytes(void **state)
{
	(void)state;
	begin(1, 20);
	members.strips[1].last = EDGE_UNSEEN;
	members.strips[2].first = EDGE_UNSEEN;
	members.strips[3].end -= 100;
	members.strips[3].own_end -= 100;
	members.strips[4].start += PAGE;
	members.strips[4].own_start += PAGE;
	members.strips[4].data += PAGE;
	find(5);
	assert_int_equal(searched(0, PAGE + 500), 0x1f);
	assert_int_equal(searched(0, PAGES * PAGE - 19), 0x15);
	assert_int_equal(searched(1, PAGES * PAGE - 19), 1 << 1);
	assert_int_equal(searched(3, (PAGES - 1) * PAGE), 1 << 3);
	assert_int_equal(searched(0, 0), 0xb);
	assert_int_equal(searched(2, 0), 1 << 2);
	/* What stands before the first byte of a block is not what stands there in another one. */
	assert_int_equal(searched(4, PAGE), 1 << 4);
}

static void zeros_never_written_differ_from_dumped_ones(void **state)
{
	static const struct address_range parts[] = { { 0, PAGE }, { 2 * PAGE, PAGES * PAGE } };
	static const struct address_range other[] = { { 0, PAGE }, { 2 * PAGE, PAGES * PAGE } };

	(void)state;
	begin(1, 20);
	for (size_t i = 0; i < 3; i++)
		memset(members.bytes[i] + PAGE, 0, PAGE);
	members.strips[1].dumped = parts;
	members.strips[1].dumped_count = 2;
	members.strips[2].dumped = other;
	members.strips[2].dumped_count = 2;
	find(3);
	each_start_is_searched_once(3);
	assert_int_equal(searched(0, PAGE + 100), 1);
	assert_int_equal(searched(1, PAGE + 100), 6);
	assert_int_equal(searched(0, 3 * PAGE), 7);
}

static void members_without_a_part_are_left_out(void **state)
{
	(void)state;
	begin(1, 20);
	members.strips[0] = (struct same_strip){ .data = NULL };
	find(3);
	assert_int_equal(searched(0, 500), 0);
	assert_int_equal(searched(1, 500), 6);
}

static int release(void **state)
{
	(void)state;
	same_bytes_release(&members.same);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_members_are_searched_by_the_first),
		cmocka_unit_test(own_bytes_reach_as_far_as_matches_that_touch_them),
		cmocka_unit_test(a_match_may_reach_over_several_cells),
		cmocka_unit_test(what_the_first_has_for_itself_the_second_searches_for_the_rest),
		cmocka_unit_test(members_are_compared_with_a_few_others_only),
		cmocka_unit_test(ends_of_blocks_are_part_of_their_bytes),
		cmocka_unit_test(zeros_never_written_differ_from_dumped_ones),
		cmocka_unit_test(members_without_a_part_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
