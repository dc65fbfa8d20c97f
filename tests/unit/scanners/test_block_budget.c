#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scanners/block_budget.h"

static int add(struct block_list *list, struct block_budget *budget, uint64_t offset,
	       uint32_t target)
{
	const struct extent extents[] = {
		{ .length = 4, .offset = offset, .file = 1, .kind = EXTENT_RAW },
		{ .length = 100, .kind = EXTENT_ZERO },
	};
	const struct placement placement = { .target = target };
	const struct block block = { .extents = extents,
				     .extent_count = 2,
				     .placements = &placement,
				     .placement_count = 1 };

	return block_budget_add(budget, &block, list, NULL);
}

static void equal_blocks_cost_once_and_zeros_nothing(void **state)
{
	struct block_budget budget = { .left = 9 };
	struct block_list *list;

	(void)state;
	assert_int_equal(block_list_new(&list, NULL), 0);
	assert_int_equal(add(list, &budget, 0, 0), 0);
	assert_int_equal(add(list, &budget, 0, 1), 0);
	assert_int_equal(add(list, &budget, 8, 1), 0);
	assert_int_equal(budget.left, 1);
	assert_int_equal(budget.refused, 0);
	assert_int_equal(block_budget_spent(list), 8);

	assert_int_equal(add(list, &budget, 16, 2), 0);
	assert_int_equal(budget.refused, 4);
	assert_int_equal(add(list, &budget, 8, 2), 0);
	assert_int_equal(budget.refused, 4);
	assert_int_equal(block_list_count(list), 2);
	assert_int_equal(block_list_get(list, 1)->placement_count, 2);
	block_list_free(list);
}

static void without_a_budget_all_are_added(void **state)
{
	struct block_list *list;

	(void)state;
	assert_int_equal(block_list_new(&list, NULL), 0);
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(add(list, NULL, 8 * i, 0), 0);
	assert_int_equal(block_list_count(list), 10);
	assert_int_equal(block_budget_spent(list), 40);
	block_list_free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_blocks_cost_once_and_zeros_nothing),
		cmocka_unit_test(without_a_budget_all_are_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
