#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "engine/matches/kept_list.h"

static struct kept_evidence *evidence_of(uint32_t key)
{
	struct kept_evidence *evidence = calloc(1, sizeof(*evidence));

	assert_non_null(evidence);
	evidence->xor_key = key;
	return evidence;
}

static void add(struct kept_list *list, uint64_t address, uint64_t length,
		struct kept_evidence *evidence)
{
	size_t before = kept_list_bytes(list);
	size_t growth = kept_list_growth(list, length, evidence);
	struct kept_evidence *forgotten;

	assert_true(kept_list_wants(list, address));
	assert_true(kept_list_add(list, address, length, evidence, &forgotten));
	assert_int_equal(kept_list_bytes(list), before + growth);
	free(forgotten);
}

static void wants_anything_until_it_is_full(void **state)
{
	struct kept_list list;

	(void)state;
	kept_list_init(&list, 2);
	add(&list, 50, 1, NULL);
	assert_true(kept_list_wants(&list, UINT64_MAX));
	add(&list, UINT64_MAX, 1, NULL);
	assert_false(kept_list_wants(&list, UINT64_MAX));
	assert_true(kept_list_wants(&list, UINT64_MAX - 1));
	add(&list, 60, 1, NULL);
	assert_false(kept_list_wants(&list, 60));
	assert_true(kept_list_wants(&list, 59));
	kept_list_release(&list);
}

static void keeps_lengths_only_once_two_differ(void **state)
{
	struct kept_list list;

	(void)state;
	kept_list_init(&list, 100);
	for (uint64_t i = 0; i < 10; i++)
		add(&list, i, 7, NULL);
	assert_null(list.lengths);
	add(&list, 10, 8, NULL);
	assert_non_null(list.lengths);
	kept_list_sort(&list);
	for (size_t i = 0; i < 11; i++)
		assert_int_equal(kept_list_length(&list, i), i < 10 ? 7 : 8);
	kept_list_release(&list);
}

static void what_comes_in_order_stays_so_until_a_lower_one_comes(void **state)
{
	static const uint64_t kept[] = { 5, 10, 20, 25 };
	struct kept_list list;

	(void)state;
	kept_list_init(&list, 4);
	for (uint64_t address = 10; address <= 40; address += 10)
		add(&list, address, address + 1, NULL);
	assert_int_equal(list.addresses[3], 40);
	assert_int_equal(kept_list_highest(&list), 40);
	assert_false(kept_list_wants(&list, 40));
	add(&list, 25, 26, NULL);
	assert_int_equal(kept_list_highest(&list), 30);
	add(&list, 5, 6, NULL);
	assert_int_equal(kept_list_highest(&list), 25);
	kept_list_sort(&list);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(list.addresses[i], kept[i]);
		assert_int_equal(kept_list_length(&list, i), kept[i] + 1);
	}
	kept_list_release(&list);
}

static void a_length_that_differs_may_come_when_it_is_full(void **state)
{
	struct kept_list list;

	(void)state;
	kept_list_init(&list, 3);
	add(&list, 10, 7, NULL);
	add(&list, 30, 7, NULL);
	add(&list, 20, 7, NULL);
	add(&list, 5, 9, evidence_of(1));
	kept_list_sort(&list);
	assert_int_equal(kept_list_length(&list, 0), 9);
	assert_int_equal(kept_list_length(&list, 1), 7);
	assert_int_equal(list.addresses[2], 20);
	assert_int_equal(list.evidence[0]->xor_key, 1);
	assert_null(list.evidence[1]);
	kept_list_release(&list);
}

/* Each row's columns must stay together whatever moves. */
static void sorts_rows_as_a_whole(void **state)
{
	enum { MOST = 57, ROWS = 1000 };
	struct kept_list list;

	(void)state;
	kept_list_init(&list, MOST);
	for (uint64_t i = 0; i < ROWS; i++) {
		uint64_t address = i * 7919 % ROWS;

		if (kept_list_wants(&list, address))
			add(&list, address, address * 2, evidence_of((uint32_t)address * 3));
	}
	kept_list_sort(&list);
	assert_int_equal(list.count, MOST);
	for (size_t i = 0; i < MOST; i++) {
		assert_int_equal(list.addresses[i], i);
		assert_int_equal(kept_list_length(&list, i), 2 * i);
		assert_int_equal(list.evidence[i]->xor_key, 3 * i);
	}
	kept_list_release(&list);
}

static void an_empty_list_takes_nothing(void **state)
{
	struct kept_list list;

	(void)state;
	kept_list_init(&list, 1000);
	assert_int_equal(kept_list_bytes(&list), 0);
	kept_list_sort(&list);
	kept_list_release(&list);
	kept_list_release(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wants_anything_until_it_is_full),
		cmocka_unit_test(keeps_lengths_only_once_two_differ),
		cmocka_unit_test(what_comes_in_order_stays_so_until_a_lower_one_comes),
		cmocka_unit_test(a_length_that_differs_may_come_when_it_is_full),
		cmocka_unit_test(sorts_rows_as_a_whole),
		cmocka_unit_test(an_empty_list_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
