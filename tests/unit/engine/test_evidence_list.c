#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "engine/chains/evidence_list.h"

enum { BUDGET = 1 << 20, MOST = 4 };

struct fixture {
	struct match_budget budget;
	struct match_credit credit;
	struct evidence_list evidence;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	atomic_init(&fixture->budget.bytes_left, BUDGET);
	fixture->credit.budget = &fixture->budget;
	evidence_list_init(&fixture->evidence, MOST);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	evidence_list_release(&fixture->evidence);
	match_credit_release(&fixture->credit);
	free(fixture);
	return 0;
}

/* Three bytes that say where they are from. */
static void add(struct fixture *fixture, uint8_t position)
{
	const uint8_t bytes[] = { (uint8_t)(position - 1), position, (uint8_t)(position + 1) };
	const struct evidence_bytes evidence = { bytes, bytes + 1, bytes + 2, 1, 1, 1 };
	struct error err;

	if (evidence_list_wants(&fixture->evidence, position))
		assert_int_equal(evidence_list_add(&fixture->evidence, &fixture->credit, position,
						   &evidence, &err),
				 0);
}

static bool has(struct fixture *fixture, uint8_t position)
{
	const struct kept_evidence *kept = evidence_list_find(&fixture->evidence, position);

	if (!kept)
		return false;
	assert_int_equal(kept->before_length, 1);
	assert_int_equal(kept->data_length, 1);
	assert_int_equal(kept->after_length, 1);
	assert_int_equal(kept->bytes[0], position - 1);
	assert_int_equal(kept->bytes[1], position);
	assert_int_equal(kept->bytes[2], position + 1);
	return true;
}

static void the_lowest_positions_keep_their_bytes(void **state)
{
	struct fixture *fixture = *state;
	static const uint8_t order[] = { 50, 10, 90, 40, 20, 80, 30 };

	for (size_t i = 0; i < sizeof(order); i++)
		add(fixture, order[i]);
	for (uint8_t position = 1; position < 100; position++)
		assert_int_equal(has(fixture, position),
				 position % 10 == 0 && position <= 10 * MOST);
}

static void where_the_budget_ends_the_highest_give_way(void **state)
{
	struct fixture *fixture = *state;

	atomic_store(&fixture->budget.bytes_left, 110); /* two, of 83 and 19 bytes */
	add(fixture, 90);
	add(fixture, 50);
	add(fixture, 10);
	add(fixture, 70);
	assert_true(has(fixture, 10));
	assert_false(has(fixture, 90));
	assert_false(has(fixture, 70));
}

static void an_empty_list_finds_nothing(void **state)
{
	assert_false(has(*state, 1));
}

#define EVIDENCE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EVIDENCE_TEST(the_lowest_positions_keep_their_bytes),
		EVIDENCE_TEST(where_the_budget_ends_the_highest_give_way),
		EVIDENCE_TEST(an_empty_list_finds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
