#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "engine/base/array.h"

static void pushing_keeps_what_was_pushed(void **state)
{
	uint64_t *items = NULL;
	size_t capacity = 0, moves = 0;

	(void)state;
	for (size_t count = 0; count < 100000; count++) {
		size_t before = capacity;
		uint64_t *grown = array_grow(items, &capacity, count + 1, sizeof(*items));

		assert_non_null(grown);
		assert_true(capacity > count);
		moves += capacity != before;
		items = grown;
		items[count] = count;
	}
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(items[i], i);
	/* By halves: the logarithm of 100,000 to the base 1.5 is 28. */
	assert_in_range(moves, 1, 30);
	free(items);
}

static void an_array_without_items_still_exists(void **state)
{
	size_t capacity = 0;
	char *items = array_grow(NULL, &capacity, 0, 1);

	(void)state;
	assert_non_null(items);
	assert_ptr_equal(array_grow(items, &capacity, capacity, 1), items);
	free(items);
}

static void an_overflow_leaves_the_array_as_it_was(void **state)
{
	size_t capacity = 0;
	char *items = array_grow(NULL, &capacity, 10, 16);
	size_t before = capacity;

	(void)state;
	assert_null(array_grow(items, &capacity, SIZE_MAX / 16 + 1, 16));
	assert_null(array_grow(items, &capacity, SIZE_MAX, 16));
	assert_int_equal(capacity, before);
	items[0] = 1;
	free(items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pushing_keeps_what_was_pushed),
		cmocka_unit_test(an_array_without_items_still_exists),
		cmocka_unit_test(an_overflow_leaves_the_array_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
