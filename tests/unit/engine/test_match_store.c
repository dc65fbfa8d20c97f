#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/engine/match_fixture.h"

static void presence_keeps_the_lowest_and_wants_only_lower(void **state)
{
	struct match_fixture *fixture = *state;

	assert_true(match_store_wants(fixture->stores[0], PRESENT, 700));
	assert_false(match_store_lists(fixture->stores[0], PRESENT, 700));
	add(fixture, 0, PRESENT, 700);
	assert_false(match_store_wants(fixture->stores[0], PRESENT, 700));
	assert_false(match_store_wants(fixture->stores[0], PRESENT, 900));
	assert_true(match_store_wants(fixture->stores[0], PRESENT, 699));
	add(fixture, 0, PRESENT, 500);
	add(fixture, 1, PRESENT, 300);
	merge(fixture);
	assert_int_equal(get(fixture, PRESENT, 1, 1)->address, 300);
	assert_false(match_table_limited(fixture->table, PRESENT));
}

static void a_fixed_pattern_counts_at_its_address_only(void **state)
{
	static struct pattern patterns[PATTERNS];
	struct match_fixture *fixture = *state;

	patterns[LONG] = (struct pattern){ .is_fixed = true, .fixed_address = 500 };
	fixture->policy.patterns = patterns;
	assert_false(match_store_wants(fixture->stores[0], LONG, 499));
	assert_false(match_store_lists(fixture->stores[0], LONG, 501));
	assert_true(match_store_lists(fixture->stores[0], LONG, 500));
	for (uint64_t address = 400; address < 600; address++) {
		add(fixture, address % 2, LONG, address);
		add(fixture, address % 2, COUNTED, address);
	}
	merge(fixture);
	assert_int_equal(get(fixture, LONG, 1, 1)->address, 500);
	get(fixture, COUNTED, 1, 200);
}

static void a_count_stops_at_its_limit(void **state)
{
	struct match_fixture *fixture = *state;

	for (uint64_t i = 0; i < MATCH_COUNT_LIMIT; i++)
		add(fixture, 0, COUNTED, 100 + i);
	merge(fixture);
	get(fixture, COUNTED, 1, MATCH_COUNT_LIMIT);
	assert_false(match_table_limited(fixture->table, COUNTED));

	assert_true(match_store_wants(fixture->stores[0], COUNTED, 5000000));
	add(fixture, 0, COUNTED, 5000000);
	assert_false(match_store_wants(fixture->stores[0], COUNTED, 5000001));
	assert_true(match_store_wants(fixture->stores[0], COUNTED, 99));
	add(fixture, 0, COUNTED, 99);
	merge(fixture);
	assert_int_equal(get(fixture, COUNTED, 1, MATCH_COUNT_LIMIT)->address, 99);
	assert_true(match_table_limited(fixture->table, COUNTED));
}

static void a_list_keeps_the_lowest_whatever_the_order(void **state)
{
	struct match_fixture *fixture = *state;
	static const uint64_t order[] = { 50, 10, 90, 40, 20, 80, 30, 70, 60 };

	for (size_t i = 0; i < 9; i++)
		add_length(fixture, i % 2, SHORT, order[i], order[i] + 1);
	assert_false(match_store_lists(fixture->stores[0], SHORT, 1000));
	assert_true(match_store_lists(fixture->stores[0], SHORT, 5));
	merge(fixture);

	const struct match *matches = get(fixture, SHORT, LISTED, 9);

	for (size_t i = 0; i < LISTED; i++) {
		assert_int_equal(matches[i].address, 10 * (i + 1));
		assert_int_equal(matches[i].length, 10 * (i + 1) + 1);
		assert_null(matches[i].data);
	}
}

static void a_listed_match_carries_its_bytes_as_the_policy_allows(void **state)
{
	static const uint8_t memory[] = "abcdefMATCHEDghijk";
	struct match_fixture *fixture = *state;
	struct match match = { .address = 0x1000,
			       .length = 7,
			       .data = memory,
			       .before_length = 6,
			       .data_length = 7,
			       .after_length = 5,
			       .xor_key = 9 };

	assert_int_equal(match_store_add(fixture->stores[0], SHORT, &match, &fixture->err), 0);
	match.address = 0x2000;
	match.before_length = 0;
	match.data = memory + 6;
	match.data_length = 3; /* the match itself is longer */
	match.after_length = 1;
	assert_int_equal(match_store_add(fixture->stores[1], LONG, &match, &fixture->err), 0);
	merge(fixture);

	const struct match *kept = get(fixture, SHORT, 1, 1);

	assert_int_equal(kept->before_length, 2);
	assert_int_equal(kept->data_length, 4);
	assert_int_equal(kept->after_length, 2);
	assert_int_equal(kept->xor_key, 9);
	assert_int_equal(kept->length, 7);
	assert_memory_equal(kept->data, "efMATCgh", 8);

	kept = get(fixture, LONG, 1, 1);
	assert_int_equal(kept->before_length, 0);
	assert_int_equal(kept->data_length, 3);
	assert_int_equal(kept->after_length, 1);
	assert_memory_equal(kept->data, "MATg", 4);
}

static void beyond_the_limit_lower_addresses_still_replace_higher_ones(void **state)
{
	struct match_fixture *fixture = *state;
	const uint64_t first = 5 * (uint64_t)MATCH_COUNT_LIMIT;

	for (uint64_t i = 0; i < MATCH_COUNT_LIMIT; i++)
		add(fixture, 0, LONG, first + i);
	assert_true(match_store_wants(fixture->stores[0], LONG, first + MATCH_COUNT_LIMIT));
	add(fixture, 0, LONG, first + MATCH_COUNT_LIMIT);
	assert_false(match_store_wants(fixture->stores[0], LONG, first + MATCH_COUNT_LIMIT));
	add_length(fixture, 0, LONG, 7, 8);
	add_length(fixture, 1, LONG, 9, 10);
	merge(fixture);

	const struct match *matches = get(fixture, LONG, MATCH_COUNT_LIMIT, MATCH_COUNT_LIMIT);

	assert_true(match_table_limited(fixture->table, LONG));
	assert_int_equal(matches[0].address, 7);
	assert_int_equal(matches[0].length, 8);
	assert_int_equal(matches[1].address, 9);
	assert_int_equal(matches[2].address, first);
	assert_int_equal(matches[MATCH_COUNT_LIMIT - 1].address, first + MATCH_COUNT_LIMIT - 3);
	assert_int_equal(matches[MATCH_COUNT_LIMIT - 1].length, 5);
}

static void a_forgotten_match_gives_its_bytes_back(void **state)
{
	static uint8_t memory[4096];
	struct match_fixture *fixture = *state;
	struct match match = { .length = 4096, .data = memory, .data_length = 4096 };

	fixture->policy.data_bytes = 4096;
	for (uint64_t i = 0; i < 5000; i++) {
		match.address = 10000 - i;
		assert_int_equal(match_store_add(fixture->stores[0], SHORT, &match, &fixture->err),
				 0);
	}
	assert_true(BUDGET - atomic_load(&fixture->budget.bytes_left) < 64 << 10);
}

static int add_with_bytes(struct match_fixture *fixture, size_t store, uint32_t pattern,
			  uint64_t address, uint32_t length)
{
	static uint8_t memory[4096];
	const struct match match = {
		.address = address, .length = length, .data = memory, .data_length = length
	};

	if (!match_store_wants(fixture->stores[store], pattern, address))
		return 0;
	return match_store_add(fixture->stores[store], pattern, &match, &fixture->err);
}

static void a_spent_budget_leaves_out_the_highest_and_counts_on(void **state)
{
	struct match_fixture *fixture = *state;
	uint64_t before, count;
	size_t kept;

	fixture->policy.data_bytes = 4096;
	assert_int_equal(add_with_bytes(fixture, 0, SHORT, 60, 1000), 0);
	assert_int_equal(add_with_bytes(fixture, 0, SHORT, 50, 1000), 0);
	before = atomic_exchange(&fixture->budget.bytes_left, 0);
	assert_int_equal(add_with_bytes(fixture, 0, SHORT, 70, 4000), ERROR_LIMIT);
	assert_false(match_store_lists(fixture->stores[0], SHORT, 70));
	assert_int_equal(add_with_bytes(fixture, 0, SHORT, 10, 900), 0);
	assert_int_equal(add_with_bytes(fixture, 0, COUNTED, 5, 1000), 0);
	assert_int_equal(add_with_bytes(fixture, 1, PRESENT, 7, 1000), 0);
	atomic_fetch_add(&fixture->budget.bytes_left, before);
	/* Above what was left out, the other store's are not the lowest. */
	assert_int_equal(add_with_bytes(fixture, 1, SHORT, 75, 10), 0);
	merge(fixture);

	const struct match *matches = match_table_get(fixture->table, SHORT, &kept, &count);

	assert_int_equal(count, 5);
	assert_in_range(kept, 2, 3);
	assert_int_equal(matches[0].address, 10);
	assert_int_equal(matches[1].address, 50);
	assert_true(kept == 2 || matches[2].address == 60);
	get(fixture, COUNTED, 1, 1);
	get(fixture, PRESENT, 1, 1);
	assert_true(match_table_left_out(fixture->table, SHORT) == (kept < LISTED));
	assert_false(match_table_left_out(fixture->table, COUNTED));
	assert_false(match_table_left_out(fixture->table, PRESENT));
	assert_false(match_table_left_out(fixture->table, UNUSED));
}

/* What the budget took would have had to go anyway. */
static void a_list_that_is_full_of_lower_ones_lacks_nothing(void **state)
{
	struct match_fixture *fixture = *state;
	uint64_t before;

	fixture->policy.data_bytes = 4096;
	assert_int_equal(add_with_bytes(fixture, 0, SHORT, 60, 1000), 0);
	before = atomic_exchange(&fixture->budget.bytes_left, 0);
	assert_int_equal(add_with_bytes(fixture, 0, SHORT, 70, 4000), ERROR_LIMIT);
	atomic_fetch_add(&fixture->budget.bytes_left, before);
	for (uint64_t address = 1; address <= LISTED; address++)
		assert_int_equal(add_with_bytes(fixture, 1, SHORT, address, 10), 0);
	merge(fixture);
	assert_int_equal(get(fixture, SHORT, LISTED, 2 + LISTED)->address, 1);
	assert_false(match_table_left_out(fixture->table, SHORT));
}

static void without_any_budget_the_lowest_is_known_still(void **state)
{
	struct match_fixture *fixture = *state;
	uint64_t before = atomic_exchange(&fixture->budget.bytes_left, 0);

	assert_int_equal(add_with_bytes(fixture, 0, LONG, 50, 100), ERROR_LIMIT);
	assert_int_equal(add_with_bytes(fixture, 0, LONG, 40, 100), ERROR_LIMIT);
	assert_int_equal(add_with_bytes(fixture, 0, LONG, 60, 100), 0);
	atomic_fetch_add(&fixture->budget.bytes_left, before);
	merge(fixture);
	assert_int_equal(get(fixture, LONG, 1, 3)->address, 40);
	assert_true(match_table_left_out(fixture->table, LONG));
}

static void an_empty_store_takes_nothing_of_the_budget(void **state)
{
	struct match_fixture *fixture = *state;

	assert_int_equal(atomic_load(&fixture->budget.bytes_left), BUDGET);
	merge(fixture);
	assert_true(match_table_bytes(fixture->table) < 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MATCH_TEST(presence_keeps_the_lowest_and_wants_only_lower),
		MATCH_TEST(a_fixed_pattern_counts_at_its_address_only),
		MATCH_TEST(a_count_stops_at_its_limit),
		MATCH_TEST(a_list_keeps_the_lowest_whatever_the_order),
		MATCH_TEST(a_listed_match_carries_its_bytes_as_the_policy_allows),
		MATCH_TEST(beyond_the_limit_lower_addresses_still_replace_higher_ones),
		MATCH_TEST(a_forgotten_match_gives_its_bytes_back),
		MATCH_TEST(a_spent_budget_leaves_out_the_highest_and_counts_on),
		MATCH_TEST(a_list_that_is_full_of_lower_ones_lacks_nothing),
		MATCH_TEST(without_any_budget_the_lowest_is_known_still),
		MATCH_TEST(an_empty_store_takes_nothing_of_the_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
