#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/match_store.h"
#include "engine/match_table.h"

enum { PATTERNS = 1000, LISTED = 3, BUDGET = 256 << 20 };
enum { PRESENT = 1, COUNTED = 300, SHORT = 301, LONG = 999, UNUSED = 500 };

struct fixture {
	enum match_need needs[PATTERNS];
	struct match_policy policy;
	struct match_budget budget;
	struct match_store *stores[3];
	struct match_table *table;
	struct error err;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->needs[PRESENT] = NEED_PRESENCE;
	fixture->needs[COUNTED] = NEED_COUNT;
	fixture->needs[SHORT] = NEED_LISTED;
	fixture->needs[LONG] = NEED_ALL;
	fixture->policy = (struct match_policy){
		.needs = fixture->needs,
		.pattern_count = PATTERNS,
		.max_listed = LISTED,
		.data_bytes = 4,
		.context_bytes = 2,
	};
	atomic_init(&fixture->budget.bytes_left, BUDGET);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(match_store_new(&fixture->stores[i], &fixture->policy,
						 &fixture->budget, &fixture->err),
				 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 3; i++)
		match_store_free(fixture->stores[i]);
	match_table_free(fixture->table);
	assert_int_equal(atomic_load(&fixture->budget.bytes_left), BUDGET);
	free(fixture);
	return 0;
}

/* As a scanner does: only what is wanted is added. */
static void add_length(struct fixture *fixture, size_t store, uint32_t pattern, uint64_t address,
		       uint64_t length)
{
	struct match match = { .address = address, .length = length };

	if (!match_store_wants(fixture->stores[store], pattern, address))
		return;
	assert_int_equal(match_store_add(fixture->stores[store], pattern, &match, &fixture->err),
			 0);
}

static void add(struct fixture *fixture, size_t store, uint32_t pattern, uint64_t address)
{
	add_length(fixture, store, pattern, address, 5);
}

static void merge(struct fixture *fixture)
{
	match_table_free(fixture->table);
	fixture->table = NULL;
	assert_int_equal(match_table_merge(&fixture->table, fixture->stores, 3, &fixture->policy,
					   &fixture->err),
			 0);
}

static const struct match *get(struct fixture *fixture, uint32_t pattern, size_t kept,
			       uint64_t count)
{
	size_t really_kept;
	uint64_t really_counted;
	const struct match *matches =
		match_table_get(fixture->table, pattern, &really_kept, &really_counted);

	assert_int_equal(really_kept, kept);
	assert_int_equal(really_counted, count);
	assert_int_equal(match_table_has(fixture->table, pattern), count > 0);
	assert_int_equal(matches != NULL, count > 0);
	return matches;
}

static void presence_keeps_the_lowest_and_wants_only_lower(void **state)
{
	struct fixture *fixture = *state;

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

static void nobody_wants_what_no_rule_uses(void **state)
{
	struct fixture *fixture = *state;

	assert_false(match_store_wants(fixture->stores[0], UNUSED, 1));
	assert_false(match_store_lists(fixture->stores[0], UNUSED, 1));
	merge(fixture);
	assert_null(get(fixture, UNUSED, 0, 0));
	assert_null(get(fixture, PATTERNS + 5000, 0, 0));
}

static void a_count_is_the_sum_of_all_workers(void **state)
{
	struct fixture *fixture = *state;

	for (uint64_t i = 0; i < 10; i++)
		add(fixture, i % 3 == 0, COUNTED, 5000 - i);
	assert_false(match_store_lists(fixture->stores[0], COUNTED, 1));
	merge(fixture);
	assert_int_equal(get(fixture, COUNTED, 1, 10)->address, 4991);
}

static void a_count_stops_at_its_limit(void **state)
{
	struct fixture *fixture = *state;

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

static void two_halves_of_more_than_the_limit_are_limited(void **state)
{
	struct fixture *fixture = *state;

	for (uint64_t i = 0; i < MATCH_COUNT_LIMIT / 2 + 1; i++) {
		add(fixture, 0, COUNTED, 2 * i);
		add(fixture, 1, COUNTED, 2 * i + 1);
	}
	merge(fixture);
	get(fixture, COUNTED, 1, MATCH_COUNT_LIMIT);
	assert_true(match_table_limited(fixture->table, COUNTED));
}

static void a_list_keeps_the_lowest_whatever_the_order(void **state)
{
	struct fixture *fixture = *state;
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
	struct fixture *fixture = *state;
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

static void one_that_asks_for_all_has_all_and_bytes_of_the_first(void **state)
{
	static const uint8_t memory[] = "xyz";
	struct fixture *fixture = *state;

	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t address = i * 7919 % 1000;
		struct match match = { .address = address,
				       .length = 1 + address % 3,
				       .data = memory,
				       .data_length = 1 };

		assert_int_equal(
			match_store_add(fixture->stores[i % 2], LONG, &match, &fixture->err), 0);
	}
	assert_true(match_store_lists(fixture->stores[0], LONG, 12345));
	merge(fixture);

	const struct match *matches = get(fixture, LONG, 1000, 1000);

	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(matches[i].address, i);
		assert_int_equal(matches[i].length, 1 + i % 3);
		assert_int_equal(matches[i].data != NULL, i < LISTED);
	}
	assert_true(match_table_bytes(fixture->table) > 1000 * sizeof(*matches));
}

static void beyond_the_limit_lower_addresses_still_replace_higher_ones(void **state)
{
	struct fixture *fixture = *state;
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
	struct fixture *fixture = *state;
	struct match match = { .length = 4096, .data = memory, .data_length = 4096 };

	fixture->policy.data_bytes = 4096;
	for (uint64_t i = 0; i < 5000; i++) {
		match.address = 10000 - i;
		assert_int_equal(match_store_add(fixture->stores[0], SHORT, &match, &fixture->err),
				 0);
	}
	assert_true(BUDGET - atomic_load(&fixture->budget.bytes_left) < 64 << 10);
}

static void a_spent_budget_is_a_limit_and_what_is_kept_stays(void **state)
{
	static uint8_t memory[4096];
	struct fixture *fixture = *state;
	struct match match = { .address = 50, .length = 100, .data = memory, .data_length = 100 };
	uint64_t before;

	fixture->policy.data_bytes = 4096;
	assert_int_equal(match_store_add(fixture->stores[0], SHORT, &match, &fixture->err), 0);
	before = atomic_exchange(&fixture->budget.bytes_left, 0);
	match.address = 40;
	match.data_length = 4096;
	assert_int_equal(match_store_add(fixture->stores[0], SHORT, &match, &fixture->err),
			 ERROR_LIMIT);
	assert_int_equal(match_store_add(fixture->stores[1], SHORT, &match, &fixture->err),
			 ERROR_LIMIT);
	atomic_fetch_add(&fixture->budget.bytes_left, before);
	merge(fixture);
	assert_int_equal(get(fixture, SHORT, 1, 2)->address, 50);
}

static void an_empty_store_takes_nothing_of_the_budget(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(atomic_load(&fixture->budget.bytes_left), BUDGET);
	merge(fixture);
	assert_true(match_table_bytes(fixture->table) < 128);
}

/* The same matches, in one store or in two, in any order, give the same table. */
static void the_order_of_work_never_shows(void **state)
{
	enum { MATCHES = 400 };
	struct fixture *fixture = *state;
	uint64_t seed = 5;

	for (size_t round = 0; round < 30; round++) {
		uint64_t addresses[MATCHES];

		for (size_t i = 0; i < 2; i++) {
			match_store_free(fixture->stores[i]);
			assert_int_equal(match_store_new(&fixture->stores[i], &fixture->policy,
							 &fixture->budget, &fixture->err),
					 0);
		}
		for (size_t i = 0; i < MATCHES; i++)
			addresses[i] = 3 * i;
		for (size_t i = MATCHES - 1; i > 0; i--) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;

			size_t other = (seed >> 33) % (i + 1);
			uint64_t kept = addresses[i];

			addresses[i] = addresses[other];
			addresses[other] = kept;
		}
		for (size_t i = 0; i < MATCHES; i++)
			add_length(fixture, seed >> (i % 60) & 1, SHORT, addresses[i],
				   addresses[i] + 4);
		merge(fixture);

		const struct match *matches = get(fixture, SHORT, LISTED, MATCHES);

		for (size_t i = 0; i < LISTED; i++) {
			assert_int_equal(matches[i].address, 3 * i);
			assert_int_equal(matches[i].length, 3 * i + 4);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(presence_keeps_the_lowest_and_wants_only_lower),
		TEST(nobody_wants_what_no_rule_uses),
		TEST(a_count_is_the_sum_of_all_workers),
		TEST(a_count_stops_at_its_limit),
		TEST(two_halves_of_more_than_the_limit_are_limited),
		TEST(a_list_keeps_the_lowest_whatever_the_order),
		TEST(a_listed_match_carries_its_bytes_as_the_policy_allows),
		TEST(one_that_asks_for_all_has_all_and_bytes_of_the_first),
		TEST(beyond_the_limit_lower_addresses_still_replace_higher_ones),
		TEST(a_forgotten_match_gives_its_bytes_back),
		TEST(a_spent_budget_is_a_limit_and_what_is_kept_stays),
		TEST(an_empty_store_takes_nothing_of_the_budget),
		TEST(the_order_of_work_never_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
