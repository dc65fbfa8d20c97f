#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/expression/weights.h"

static int weight(const char *bytes, size_t length)
{
	return weight_of_bytes((const uint8_t *)bytes, length, false);
}

static void heavier_is_what_memory_holds_less_often(void **state)
{
	static const struct {
		const char *heavy, *light;
		size_t length;
	} rows[] = {
		{ "abcd", "aaaa", 4 },	 { "a\0b\0c", "a\0\0\0c", 5 },
		{ "\0abc", "abc\0", 4 }, { "a1!z", "\xff\xff\xff\xff", 4 },
		{ "1234", "abcd", 4 },	 { "a\0", "\0\0", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(weight(rows[i].heavy, rows[i].length) >
			    weight(rows[i].light, rows[i].length));
}

static void letters_without_case_say_less(void **state)
{
	(void)state;
	assert_true(weight_of_bytes((const uint8_t *)"abc", 3, true) < weight("abc", 3));
	assert_int_equal(weight_of_bytes((const uint8_t *)"123", 3, true), weight("123", 3));
}

static void zeros_alone_weigh_less_than_nothing(void **state)
{
	(void)state;
	assert_true(weight("\0\0\0\0\0\0\0\0", 8) < 0);
	assert_int_equal(weight("", 0), 0);
}

static void prefixes_weigh_what_they_weigh_alone(void **state)
{
	static const char *const rows[] = { "\0\0\0\0\0\0\0\0", "aab\0\0ccc", "        ",
					    "\xff\xff"
					    "ABABA\0",
					    "a1!zA2?Z" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int caseless = 0; caseless < 2; caseless++) {
			const uint8_t *bytes = (const uint8_t *)rows[i];
			int weights[8];

			weights_of_prefixes(bytes, 8, caseless, weights);
			for (size_t length = 1; length <= 8; length++)
				assert_int_equal(weights[length - 1],
						 weight_of_bytes(bytes, length, caseless));
		}
}

static void classes_weigh_by_the_bits_they_fix(void **state)
{
	struct byte_set any = byte_set_masked(0, 0), nibble = byte_set_masked(0x40, 0xf0),
			one = byte_set_of('!');

	(void)state;
	assert_int_equal(weight_of_classes(&any, 1), 0);
	assert_int_equal(weight_of_classes(&nibble, 1), 10);
	assert_int_equal(weight_of_classes(&one, 1), 20);
}

static void choices_cost_a_bit_for_each_doubling(void **state)
{
	(void)state;
	assert_int_equal(weight_of_choices(0), 0);
	assert_int_equal(weight_of_choices(1), 0);
	assert_int_equal(weight_of_choices(2), 2);
	assert_int_equal(weight_of_choices(16), 10);
	assert_int_equal(weight_of_choices(UINT64_MAX), 158);
}

static void the_rare_pair_depends_on_count_and_length_alone(void **state)
{
	(void)state;
	assert_false(weights_want_rare_pair(256, 8));
	assert_true(weights_want_rare_pair(500, 3));
	assert_false(weights_want_rare_pair(500, 2));
	assert_true(weights_want_rare_pair(5000, 8));
	assert_false(weights_want_rare_pair(5001, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heavier_is_what_memory_holds_less_often),
		cmocka_unit_test(letters_without_case_say_less),
		cmocka_unit_test(zeros_alone_weigh_less_than_nothing),
		cmocka_unit_test(prefixes_weigh_what_they_weigh_alone),
		cmocka_unit_test(classes_weigh_by_the_bits_they_fix),
		cmocka_unit_test(choices_cost_a_bit_for_each_doubling),
		cmocka_unit_test(the_rare_pair_depends_on_count_and_length_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
