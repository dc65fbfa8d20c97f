#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdalign.h>
#include <string.h>

#include "engine/base/arena.h"

static void gives_zeroed_memory_aligned_for_any_type(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t bytes = 0; bytes < 3000; bytes += 7) {
		unsigned char *memory = arena_alloc(arena, bytes);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
		for (size_t i = 0; i < bytes; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xaa, bytes);
	}
	arena_free(arena);
}

static void what_was_given_stays_when_more_is_asked(void **state)
{
	enum { ITEMS = 2000 };
	struct arena *arena = arena_new(0);
	uint32_t *items[ITEMS];

	(void)state;
	for (uint32_t i = 0; i < ITEMS; i++) {
		items[i] = arena_alloc_array(arena, 1 + i % 50, sizeof(**items));
		for (uint32_t j = 0; j < 1 + i % 50; j++)
			items[i][j] = i;
	}
	for (uint32_t i = 0; i < ITEMS; i++) {
		for (uint32_t j = 0; j < 1 + i % 50; j++)
			assert_int_equal(items[i][j], i);
	}
	arena_free(arena);
}

static void a_single_allocation_may_be_larger_than_a_chunk(void **state)
{
	struct arena *arena = arena_new(0);
	char *large = arena_alloc(arena, 5 << 20);

	(void)state;
	assert_non_null(large);
	large[(5 << 20) - 1] = 1;
	assert_non_null(arena_alloc(arena, 8));
	assert_true(arena_used(arena) >= (5 << 20) + 8);
	arena_free(arena);
}

static void stops_at_its_limit_and_goes_on_below_it(void **state)
{
	struct arena *arena = arena_new(1024);

	(void)state;
	assert_null(arena_alloc(arena, 1025));
	assert_non_null(arena_alloc(arena, 1000));
	assert_null(arena_alloc(arena, 100));
	assert_non_null(arena_alloc(arena, 16));
	assert_null(arena_alloc(arena, 1));
	assert_int_equal(arena_used(arena), 1024);
	arena_free(arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	assert_null(arena_alloc(arena, SIZE_MAX));
	assert_null(arena_alloc(arena, SIZE_MAX / 2 + 1));
	assert_null(arena_alloc_array(arena, SIZE_MAX / 2, 3));
	assert_null(arena_alloc_array(arena, (size_t)1 << 33, (size_t)1 << 31));
	assert_null(arena_copy_string(arena, "", SIZE_MAX));
	assert_int_equal(arena_used(arena), 0);
	arena_free(arena);
}

static void copies_are_independent_and_strings_end(void **state)
{
	struct arena *arena = arena_new(0);
	char source[] = "abc\0def";
	char *copy = arena_copy(arena, source, sizeof(source));
	char *text = arena_copy_string(arena, source + 1, 2);

	(void)state;
	memset(source, 'x', sizeof(source));
	assert_memory_equal(copy, "abc\0def", sizeof(source));
	assert_string_equal(text, "bc");
	assert_string_equal(arena_copy_string(arena, NULL, 0), "");
	assert_non_null(arena_copy(arena, NULL, 0));
	arena_free(arena);
	arena_free(NULL);
}

static void rewinding_gives_back_what_came_after_the_mark(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	char *kept = arena_copy_string(arena, "kept", 4);
	struct arena_mark outer = arena_mark(arena);

	(void)state;
	for (int round = 0; round < 1000; round++) {
		struct arena_mark inner;
		char *small = arena_alloc(arena, 100);

		assert_non_null(small);
		assert_int_equal(small[0] | small[99], 0);
		memset(small, 'x', 100);
		inner = arena_mark(arena);
		assert_non_null(memset(arena_alloc(arena, 50000), 'y', 50000));
		assert_non_null(arena_alloc(arena, 300000));
		arena_rewind(arena, inner);
		assert_int_equal(small[99], 'x');
		arena_rewind(arena, outer);
		assert_int_equal(arena_used(arena), 16);
	}
	assert_string_equal(kept, "kept");
	arena_free(arena);
}

static void rewinding_to_the_beginning_leaves_zeros(void **state)
{
	struct arena *arena = arena_new(0);
	struct arena_mark start = arena_mark(arena);

	(void)state;
	for (size_t bytes = 1; bytes < 100000; bytes *= 7) {
		uint8_t *memory = arena_alloc(arena, bytes);

		for (size_t i = 0; i < bytes; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xff, bytes);
		arena_rewind(arena, start);
		assert_int_equal(arena_used(arena), 0);
	}
	arena_rewind(arena, start);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_memory_aligned_for_any_type),
		cmocka_unit_test(what_was_given_stays_when_more_is_asked),
		cmocka_unit_test(a_single_allocation_may_be_larger_than_a_chunk),
		cmocka_unit_test(stops_at_its_limit_and_goes_on_below_it),
		cmocka_unit_test(sizes_that_overflow_are_refused),
		cmocka_unit_test(copies_are_independent_and_strings_end),
		cmocka_unit_test(rewinding_gives_back_what_came_after_the_mark),
		cmocka_unit_test(rewinding_to_the_beginning_leaves_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
