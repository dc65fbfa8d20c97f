#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/confirm/found.h"

static const struct address_range dumped[] = { { 4, 8 }, { 12, 13 } };

static struct piece piece_with_dump(void)
{
	return (struct piece){ .length = 20, .dumped = dumped, .dumped_count = 2 };
}

static void a_match_counts_when_it_touches_what_was_dumped(void **state)
{
	static const struct {
		size_t start, length;
		bool touches;
	} rows[] = { { 0, 4, false }, { 0, 5, true }, { 7, 1, true },	{ 7, 9, true },
		     { 8, 4, false }, { 8, 5, true }, { 13, 7, false }, { 4, 0, true },
		     { 3, 0, false }, { 12, 0, true } };
	struct piece piece = piece_with_dump();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(found_touches_dump(&piece, rows[i].start, rows[i].length),
				 rows[i].touches);
}

static void without_ranges_all_is_dumped_and_with_none_nothing_is(void **state)
{
	struct piece piece = piece_with_dump();

	(void)state;
	piece.dumped_count = 0;
	assert_false(found_touches_dump(&piece, 5, 1));
	piece.dumped = NULL;
	assert_true(found_touches_dump(&piece, 0, 1));
}

static void each_target_sees_a_match_where_it_has_the_block(void **state)
{
	const enum match_need need = NEED_LISTED;
	const struct match_policy policy = { &need, 1, 10, 4, 2, NULL };
	const struct placement placements[] = { { 0x1000, 0 }, { 0x7000, 3 } };
	const uint8_t data[] = "0123456789";
	const struct piece piece = { .data = data, .length = 10, .own_end = 10, .position = 0x100 };
	const struct found found = { .start = 3, .length = 6, .xor_key = 9 };
	struct match_budget budget;
	struct match_store *stores[2];
	const struct piece_targets targets = { placements, stores, 2, NULL, NULL };
	struct error err = { 0 };

	(void)state;
	atomic_init(&budget.bytes_left, 1 << 20);
	for (int i = 0; i < 2; i++)
		assert_int_equal(match_store_new(&stores[i], &policy, &budget, &err), 0);
	assert_int_equal(found_add(&piece, &targets, &found, &err), 0);
	for (int i = 0; i < 2; i++) {
		struct match_table *table;
		const struct match *match;
		size_t kept;
		uint64_t count;

		assert_int_equal(match_table_merge(&table, &stores[i], 1, &policy, &err), 0);
		match = match_table_get(table, 0, &kept, &count);
		assert_int_equal(kept, 1);
		assert_int_equal(match->address, placements[i].address + 0x103);
		assert_int_equal(match->length, 6);
		assert_int_equal(match->xor_key, 9);
		assert_int_equal(match->before_length, 2);
		assert_int_equal(match->data_length, 4);
		assert_int_equal(match->after_length, 1);
		assert_memory_equal(match->data, "1234569", 7);
		match_table_free(table);
		match_store_free(stores[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_match_counts_when_it_touches_what_was_dumped),
		cmocka_unit_test(without_ranges_all_is_dumped_and_with_none_nothing_is),
		cmocka_unit_test(each_target_sees_a_match_where_it_has_the_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
