#include "scanners/source/link_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void the_later_member_of_a_name_is_found(void **state)
{
	(void)state;
	struct link_index *index;
	struct link_target found;

	assert_int_equal(link_index_new(&index, NULL), 0);
	assert_false(link_index_find(index, "a", &found));
	assert_true(link_index_add(index, "a", &(struct link_target){ 10, 20, 1, false }));
	assert_true(link_index_add(index, "a", &(struct link_target){ 30, 40, 2, false }));
	assert_true(link_index_find(index, "a", &found));
	assert_int_equal(found.offset, 30);
	assert_int_equal(found.length, 40);
	assert_int_equal(found.file, 2);
	assert_false(link_index_find(index, "A", &found));
	link_index_free(index);
}

static void many_names_in_order_are_all_found(void **state)
{
	(void)state;
	struct link_index *index;
	struct link_target found;
	char name[32];

	assert_int_equal(link_index_new(&index, NULL), 0);
	for (uint64_t i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "core-%05u.img", (unsigned)i);
		assert_true(link_index_add(index, name,
					   &(struct link_target){ .offset = i, .length = 1 }));
	}
	for (uint64_t i = 0; i < 20000; i += 7) {
		snprintf(name, sizeof(name), "core-%05u.img", (unsigned)i);
		assert_true(link_index_find(index, name, &found));
		assert_int_equal(found.offset, i);
	}
	link_index_free(index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_later_member_of_a_name_is_found),
		cmocka_unit_test(many_names_in_order_are_all_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
