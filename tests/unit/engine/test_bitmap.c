#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/bitmap.h"

static void a_bitmap_has_as_many_words_as_its_bits_need(void **state)
{
	(void)state;
	assert_int_equal(BITMAP_WORDS(0), 0);
	assert_int_equal(BITMAP_WORDS(1), 1);
	assert_int_equal(BITMAP_WORDS(64), 1);
	assert_int_equal(BITMAP_WORDS(65), 2);
}

static void each_bit_is_set_and_cleared_alone(void **state)
{
	static const size_t bits[] = { 0, 1, 31, 32, 63, 64, 127, 128, 191 };
	uint64_t words[BITMAP_WORDS(192)] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bits) / sizeof(*bits); i++) {
		bitmap_set(words, bits[i]);
		for (size_t bit = 0; bit < 192; bit++)
			assert_int_equal(bitmap_test(words, bit), bit == bits[i]);
		bitmap_clear(words, bits[i]);
		assert_false(bitmap_test(words, bits[i]));
	}
}

static void clearing_leaves_the_neighbours(void **state)
{
	uint64_t words[2] = { UINT64_MAX, UINT64_MAX };

	(void)state;
	bitmap_clear(words, 63);
	bitmap_clear(words, 64);
	assert_true(words[0] == UINT64_MAX >> 1);
	assert_true(words[1] == UINT64_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bitmap_has_as_many_words_as_its_bits_need),
		cmocka_unit_test(each_bit_is_set_and_cleared_alone),
		cmocka_unit_test(clearing_leaves_the_neighbours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
