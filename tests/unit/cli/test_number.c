#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "cli/options/number.h"

static const struct {
	const char *text;
	bool is_number, is_size;
	uint64_t number, size;
} cases[] = {
	{ "0", true, true, 0, 0 },
	{ "42", true, true, 42, 42 },
	{ "007", true, true, 7, 7 },
	{ "0x1F", true, true, 31, 31 },
	{ "18446744073709551615", true, true, UINT64_MAX, UINT64_MAX },
	{ "18446744073709551616", false, false, 0, 0 },
	{ "0x10000000000000000", false, false, 0, 0 },
	{ "64K", false, true, 0, 65536 },
	{ "0x2M", false, true, 0, 2097152 },
	{ "17179869183G", false, true, 0, 0xffffffffc0000000 },
	{ "17179869184G", false, false, 0, 0 },
	{ "", false, false, 0, 0 },
	{ "K", false, false, 0, 0 },
	{ "0x", false, false, 0, 0 },
	{ "-1", false, false, 0, 0 },
	{ " 1", false, false, 0, 0 },
	{ "1 ", false, false, 0, 0 },
	{ "1KB", false, false, 0, 0 },
	{ "1a", false, false, 0, 0 },
};

static void reads_numbers_and_sizes(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t number = 0, size = 0;
		bool is_number = number_parse(cases[i].text, &number);
		bool is_size = size_parse(cases[i].text, &size);

		if (is_number != cases[i].is_number || is_size != cases[i].is_size ||
		    number != cases[i].number || size != cases[i].size) {
			print_error("\"%s\"\n", cases[i].text);
			failures++;
		}
	}
	assert_int_equal(failures, 0);
}

static void reads_seconds_with_a_fraction(void **state)
{
	static const char *const refused[] = { "", ".", ".5", "1.", "1.0x1", "-1", "inf", "1e3" };
	double seconds;

	(void)state;
	assert_true(seconds_parse("10", &seconds) && seconds == 10);
	assert_true(seconds_parse("0.25", &seconds) && seconds == 0.25);
	assert_true(seconds_parse("1.05", &seconds) && seconds > 1.04 && seconds < 1.06);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(seconds_parse(refused[i], &seconds));
}

static const struct {
	const char *text;
	bool is_range;
	uint64_t first, last;
} ranges[] = {
	{ "0-1", true, 0, 0 },
	{ "0x7f0000-0x7f1000", true, 0x7f0000, 0x7f0fff },
	{ "4096-0x2000", true, 4096, 8191 },
	{ "0x1000+1", true, 0x1000, 0x1000 },
	{ "0x1000+4K", true, 0x1000, 0x1fff },
	{ "0xffffffffff600000-0xffffffffff601000", true, 0xffffffffff600000, 0xffffffffff600fff },
	{ "0xfffffffffffff000-0x10000000000000000", true, 0xfffffffffffff000, UINT64_MAX },
	{ "0-0x10000000000000000", true, 0, UINT64_MAX },
	{ "0xfffffffffffff000+4K", true, 0xfffffffffffff000, UINT64_MAX },
	{ "0xfffffffffffff000+4097", false, 0, 0 },
	{ "0x10000000000000000-0x10000000000000000", false, 0, 0 },
	{ "5-5", false, 0, 0 },
	{ "5-4", false, 0, 0 },
	{ "5+0", false, 0, 0 },
	{ "0-0", false, 0, 0 },
	{ "5", false, 0, 0 },
	{ "-5", false, 0, 0 },
	{ "5-", false, 0, 0 },
	{ "+5", false, 0, 0 },
	{ "1-2-3", false, 0, 0 },
	{ "7f00-8000", false, 0, 0 },
	{ "4K-8K", false, 0, 0 },
	{ "0x1000 - 0x2000", false, 0, 0 },
	{ "", false, 0, 0 },
};

static void reads_ranges_of_addresses(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		uint64_t first = 0, last = 0;

		if (range_parse(ranges[i].text, &first, &last) != ranges[i].is_range ||
		    first != ranges[i].first || last != ranges[i].last) {
			print_error("\"%s\"\n", ranges[i].text);
			failures++;
		}
	}
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_numbers_and_sizes),
		cmocka_unit_test(reads_ranges_of_addresses),
		cmocka_unit_test(reads_seconds_with_a_fraction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
