#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/expression/byte_set.h"

static struct byte_set set_of(const char *members)
{
	struct byte_set set = { { 0 } };

	for (; *members; members++)
		byte_set_add(&set, (uint8_t)*members);
	return set;
}

static void a_mask_allows_the_bytes_that_agree_in_its_bits(void **state)
{
	struct byte_set high = byte_set_masked(0x40, 0xf0), any = byte_set_masked(0, 0);

	(void)state;
	assert_int_equal(byte_set_count(&high), 16);
	assert_true(byte_set_has(&high, 0x4f));
	assert_false(byte_set_has(&high, 0x50));
	assert_int_equal(byte_set_count(&any), 256);
}

static void every_mask_allows_what_its_definition_says(void **state)
{
	(void)state;
	for (unsigned int mask = 0; mask < 256; mask++)
		for (unsigned int value = 0; value < 256; value++) {
			struct byte_set set = byte_set_masked((uint8_t)value, (uint8_t)mask);

			for (unsigned int byte = 0; byte < 256; byte++)
				assert_int_equal(byte_set_has(&set, (uint8_t)byte),
						 (byte & mask) == value);
		}
}

static void members_are_stepped_through_in_order(void **state)
{
	struct byte_set set = set_of("\x01?@\x7f\x80\xff"), none = { { 0 } };
	static const unsigned int members[] = { 0x01, '?', '@', 0x7f, 0x80, 0xff, 256 };
	unsigned int from = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		assert_int_equal(byte_set_next(&set, from), members[i]);
		from = members[i] + 1;
	}
	assert_int_equal(byte_set_next(&none, 0), 256);
	assert_int_equal(byte_set_lowest(&set), 0x01);
}

static void lower_case_takes_the_place_of_upper_case(void **state)
{
	struct byte_set set = set_of("AzZm@[`{\xc1"), expected = set_of("azm@[`{\xc1");

	(void)state;
	byte_set_lower(&set);
	assert_memory_equal(&set, &expected, sizeof(set));
}

static void cases_are_added_for_ascii_letters_only(void **state)
{
	struct byte_set set = set_of("aZ@[`{1\xe9");

	(void)state;
	byte_set_add_cases(&set);
	assert_int_equal(byte_set_count(&set), 10);
	assert_true(byte_set_has(&set, 'A'));
	assert_true(byte_set_has(&set, 'z'));
	assert_false(byte_set_has(&set, 0xc9));
}

static void a_case_pair_is_one_letter_in_both_cases(void **state)
{
	struct byte_set pair = set_of("xX"), apart = set_of("xY"), signs = set_of("@`[{");

	(void)state;
	assert_true(byte_set_has_case_pair(&pair));
	assert_false(byte_set_has_case_pair(&apart));
	assert_false(byte_set_has_case_pair(&signs));
}

static void common_bits_fit_all_members_and_as_few_others_as_bits_can(void **state)
{
	struct byte_set pair = set_of("kK"), one = set_of("k"), none = { { 0 } };
	struct byte_mask bits = byte_set_common_bits(&pair);

	(void)state;
	assert_int_equal(bits.mask, 0xdf);
	assert_int_equal(bits.value, 'K');
	bits = byte_set_common_bits(&one);
	assert_int_equal(bits.mask, 0xff);
	assert_int_equal(bits.value, 'k');
	assert_int_equal(byte_set_common_bits(&none).mask, 0);
}

static void common_bits_of_a_masked_set_are_its_mask(void **state)
{
	(void)state;
	for (unsigned int mask = 0; mask < 256; mask++)
		for (unsigned int value = 0; value < 256; value++) {
			struct byte_set set =
				byte_set_masked((uint8_t)(value & mask), (uint8_t)mask);
			struct byte_mask bits = byte_set_common_bits(&set);

			assert_int_equal(bits.mask, mask);
			assert_int_equal(bits.value, value & mask);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mask_allows_the_bytes_that_agree_in_its_bits),
		cmocka_unit_test(every_mask_allows_what_its_definition_says),
		cmocka_unit_test(members_are_stepped_through_in_order),
		cmocka_unit_test(lower_case_takes_the_place_of_upper_case),
		cmocka_unit_test(common_bits_of_a_masked_set_are_its_mask),
		cmocka_unit_test(cases_are_added_for_ascii_letters_only),
		cmocka_unit_test(a_case_pair_is_one_letter_in_both_cases),
		cmocka_unit_test(common_bits_fit_all_members_and_as_few_others_as_bits_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
