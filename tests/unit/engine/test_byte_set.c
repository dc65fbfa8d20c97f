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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mask_allows_the_bytes_that_agree_in_its_bits),
		cmocka_unit_test(cases_are_added_for_ascii_letters_only),
		cmocka_unit_test(a_case_pair_is_one_letter_in_both_cases),
		cmocka_unit_test(common_bits_fit_all_members_and_as_few_others_as_bits_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
