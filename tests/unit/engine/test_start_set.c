#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "engine/chains/start_set.h"

enum { BUDGET = 64 << 20 };

struct fixture {
	struct match_budget budget;
	struct match_credit credit;
	struct start_set set;
	struct error err;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	atomic_init(&fixture->budget.bytes_left, BUDGET);
	fixture->credit.budget = &fixture->budget;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(fixture->credit.used, fixture->set.paid);
	start_set_release(&fixture->set);
	match_credit_release(&fixture->credit);
	assert_int_equal(atomic_load(&fixture->budget.bytes_left), BUDGET);
	free(fixture);
	return 0;
}

static void add(struct fixture *fixture, uint64_t start, uint64_t length)
{
	assert_int_equal(
		start_set_add(&fixture->set, &fixture->credit, start, length, &fixture->err), 0);
}

/* Adds every @step-th start in an order that jumps about. */
static void add_many(struct fixture *fixture, uint32_t count, uint64_t step)
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t start = (uint64_t)i * 40503 % count * step;

		add(fixture, start, fixture->set.varies ? start % 8000 : fixture->set.longest);
	}
	start_set_finish(&fixture->set);
}

/* @count and 40,503 have no common factor. */
static void walks_down(struct fixture *fixture, uint32_t count, uint64_t step)
{
	struct start_cursor cursor;
	struct part_match match;

	start_cursor_init(&cursor, &fixture->set);
	for (uint64_t i = count; i-- > 0;) {
		assert_true(start_cursor_next(&cursor, &match));
		assert_int_equal(match.start, i * step);
		assert_int_equal(match.length,
				 fixture->set.varies ? i * step % 8000 : fixture->set.longest);
	}
	assert_false(start_cursor_next(&cursor, &match));
	assert_false(start_cursor_next(&cursor, &match));
}

struct set_case {
	const char *name;
	uint32_t count;
	uint64_t step;
	bool varies;
};

static const struct set_case cases[] = {
	{ "few", 5, 3, false },
	{ "few, with lengths", 5, 3, true },
	{ "one in each chunk", 100, START_CHUNK_STARTS, true },
	{ "far apart", 50, (uint64_t)1 << 40, false },
	{ "a chunk at every byte", START_CHUNK_STARTS, 1, false },
	{ "a chunk at every byte, with lengths", START_CHUNK_STARTS, 1, true },
	{ "many chunks at every third byte", 200000, 3, true },
	{ "chunks that are lists next to bitmaps", 5000, 13, false },
};

static void starts_come_out_from_the_highest_to_the_lowest(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *fixture = *state;

		start_set_release(&fixture->set);
		match_credit_release(&fixture->credit);
		start_set_init(&fixture->set, cases[i].varies ? 0 : 70000, cases[i].varies);
		add_many(fixture, cases[i].count, cases[i].step);
		walks_down(fixture, cases[i].count, cases[i].step);
	}
}

static void a_start_at_every_byte_costs_little(void **state)
{
	struct fixture *fixture = *state;

	start_set_init(&fixture->set, 1, false);
	add_many(fixture, 1 << 20, 1);
	assert_true(fixture->set.paid < (1 << 20) / 7);
	start_set_release(&fixture->set);
	match_credit_release(&fixture->credit);
	start_set_init(&fixture->set, 0, true);
	add_many(fixture, 1 << 20, 1);
	assert_true(fixture->set.paid < (1 << 20) * 5 / 2);
}

static void where_the_budget_ends_nothing_changes(void **state)
{
	struct fixture *fixture = *state;
	uint64_t added = 0;

	atomic_store(&fixture->budget.bytes_left, 20000);
	start_set_init(&fixture->set, 1, false);
	while (start_set_add(&fixture->set, &fixture->credit, added * 100, 1, &fixture->err) == 0)
		added++;
	assert_int_equal(fixture->err.code, ERROR_LIMIT);
	assert_true(added > 1000 && added < 5000);
	start_set_finish(&fixture->set);
	walks_down(fixture, (uint32_t)added, 100);
	atomic_fetch_add(&fixture->budget.bytes_left, BUDGET - 20000);
}

static void an_empty_set_has_no_starts(void **state)
{
	struct fixture *fixture = *state;
	struct start_cursor cursor;
	struct part_match match;

	start_set_init(&fixture->set, 1, false);
	start_set_finish(&fixture->set);
	start_cursor_init(&cursor, &fixture->set);
	assert_false(start_cursor_next(&cursor, &match));
	start_cursor_init(&cursor, NULL);
	assert_false(start_cursor_next(&cursor, &match));
}

#define SET_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SET_TEST(starts_come_out_from_the_highest_to_the_lowest),
		SET_TEST(a_start_at_every_byte_costs_little),
		SET_TEST(where_the_budget_ends_nothing_changes),
		SET_TEST(an_empty_set_has_no_starts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
