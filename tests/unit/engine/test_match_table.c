#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/engine/match_fixture.h"

static void a_count_is_the_sum_of_all_workers(void **state)
{
	struct match_fixture *fixture = *state;

	for (uint64_t i = 0; i < 10; i++)
		add(fixture, i % 3 == 0, COUNTED, 5000 - i);
	assert_false(match_store_lists(fixture->stores[0], COUNTED, 1));
	merge(fixture);
	assert_int_equal(get(fixture, COUNTED, 1, 10)->address, 4991);
}

static void two_halves_of_more_than_the_limit_are_limited(void **state)
{
	struct match_fixture *fixture = *state;

	for (uint64_t i = 0; i < MATCH_COUNT_LIMIT / 2 + 1; i++) {
		add(fixture, 0, COUNTED, 2 * i);
		add(fixture, 1, COUNTED, 2 * i + 1);
	}
	merge(fixture);
	get(fixture, COUNTED, 1, MATCH_COUNT_LIMIT);
	assert_true(match_table_limited(fixture->table, COUNTED));
}

static void one_that_asks_for_all_has_all_and_bytes_of_the_first(void **state)
{
	static const uint8_t memory[] = "xyz";
	struct match_fixture *fixture = *state;

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

/* The same matches, in one store or in two, in any order, give the same table. */
static void the_order_of_work_never_shows(void **state)
{
	enum { MATCHES = 400 };
	struct match_fixture *fixture = *state;
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

static void nobody_wants_what_no_rule_uses(void **state)
{
	struct match_fixture *fixture = *state;

	assert_false(match_store_wants(fixture->stores[0], UNUSED, 1));
	assert_false(match_store_lists(fixture->stores[0], UNUSED, 1));
	merge(fixture);
	assert_null(get(fixture, UNUSED, 0, 0));
	assert_null(get(fixture, PATTERNS + 5000, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MATCH_TEST(a_count_is_the_sum_of_all_workers),
		MATCH_TEST(two_halves_of_more_than_the_limit_are_limited),
		MATCH_TEST(one_that_asks_for_all_has_all_and_bytes_of_the_first),
		MATCH_TEST(the_order_of_work_never_shows),
		MATCH_TEST(nobody_wants_what_no_rule_uses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
