#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/confirm/settled.h"

static int set_up(void **state)
{
	static struct settled settled;
	struct error err = { 0 };

	*state = &settled;
	return settled_init(&settled, 3, &err);
}

static int tear_down(void **state)
{
	settled_release(*state);
	return 0;
}

static void a_subject_is_settled_from_its_start_on(void **state)
{
	struct settled *settled = *state;

	settled_begin(settled);
	assert_false(settled_has(settled, 1, 0));
	settled_add(settled, 1, 70);
	assert_false(settled_has(settled, 1, 69));
	assert_true(settled_has(settled, 1, 70));
	assert_true(settled_has(settled, 1, 71));
	assert_false(settled_has(settled, 0, 71));
	assert_false(settled_has(settled, 2, 71));
}

static void a_lower_start_takes_the_place_of_a_higher(void **state)
{
	struct settled *settled = *state;

	settled_begin(settled);
	settled_add(settled, 0, 70);
	settled_add(settled, 0, 7);
	assert_true(settled_has(settled, 0, 7));
	assert_false(settled_has(settled, 0, 6));
}

static void the_next_piece_has_nothing_settled(void **state)
{
	struct settled *settled = *state;

	settled_begin(settled);
	settled_add(settled, 2, 0);
	settled_begin(settled);
	assert_false(settled_has(settled, 2, 100));
}

static void nothing_comes_back_when_pieces_have_used_up_their_numbers(void **state)
{
	struct settled *settled = *state;

	settled_begin(settled);
	settled_add(settled, 2, 0);
	settled->piece = UINT32_MAX;
	settled_begin(settled);
	assert_false(settled_has(settled, 2, 100));
	assert_false(settled_has(settled, 0, 100));
	settled_add(settled, 0, 9);
	assert_true(settled_has(settled, 0, 9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_subject_is_settled_from_its_start_on, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_lower_start_takes_the_place_of_a_higher, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_next_piece_has_nothing_settled, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			nothing_comes_back_when_pieces_have_used_up_their_numbers, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
