#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "module_cases.h"

/* Two that follow each other, then one apart. */
static const struct judged_block memory[] = {
	{ 0x1000, "AAAABBCD", 8 },
	{ 0x1008, "ABAB", 4 },
	{ 0x2000, "\x00\xff\x80\x7f", 4 },
};

static const struct module_case of_memory[] = {
	/* bytes of a range */
	{ "math.count(0x41, 0x1000, 8) == 4", true },
	{ "math.count(0x41, 0x1000, 12) == 6", true },
	{ "math.count(0xff, 0x2000, 4) == 1", true },
	{ "math.count(0xff, 0x2000, 400) == 1", true },
	{ "math.count(0x41, 0x1000, 0) == 0", true },
	{ "defined math.count(0x41, 0x1000, 13)", false },
	{ "defined math.count(0x41, 0x1800, 1)", false },
	{ "defined math.count(0x41, 0, 0x1008)", false },
	{ "defined math.count(0x41, -1, 4)", false },
	{ "defined math.count(0x41, 0x1000, -4)", false },
	{ "defined math.count(-1, 0x1000, 4)", false },
	{ "defined math.count(256, 0x1000, 4)", false },
	{ "math.percentage(0x41, 0x1000, 8) == 0.5", true },
	{ "math.percentage(0x42, 0x1000, 8) == 0.25", true },
	{ "defined math.percentage(0x41, 0x1000, 0)", false },
	/* single precision, then compared in double */
	{ "math.percentage(0x41, 0x1002, 3) == 2.0 \\ 3.0", false },
	{ "math.abs(1) == 1 and math.percentage(0x41, 0x1002, 3) > 0.66666666", true },
	{ "math.mode(0x1000, 8) == 0x41", true },
	{ "math.mode(0x1006, 2) == 0x43", true },
	{ "math.mode(0x1000, 0) == 0", true },
	{ "math.mean(0x1000, 4) == 65.0", true },
	{ "math.mean(0x1000, 8) == 65.875", true },
	{ "math.mean(0x2000, 4) == 127.5 and math.MEAN_BYTES == 127.5", true },
	{ "defined math.mean(0x1000, 0)", false },
	{ "math.deviation(0x1000, 8, 65.0) == 0.875", true },
	{ "math.deviation(0x2000, 4, math.MEAN_BYTES) == 64.0", true },
	{ "math.entropy(0x1000, 4) == 0.0", true },
	{ "math.entropy(0x1008, 4) == 1.0", true },
	{ "math.entropy(0x1000, 8) == 1.75", true },
	{ "math.entropy(0x2000, 4) == 2.0", true },
	{ "math.entropy(0x1000, 0) == 0.0", true },
	{ "math.serial_correlation(0x1000, 4) == -100000.0", true },
	{ "math.serial_correlation(0x1008, 4) == -1.0", true },
	{ "defined math.serial_correlation(0x1008, 5)", false },
	{ "defined math.monte_carlo_pi(0x1000, 5)", false },
	{ "math.monte_carlo_pi(0x1000, 6) > 0.27 and math.monte_carlo_pi(0x1000, 6) < 0.28", true },
	{ "defined math.monte_carlo_pi(0x1006, 6)", false },
	/* all bytes: not where the first block is not at 0 */
	{ "defined math.count(0x41) or defined math.percentage(0x41) or defined math.mode()",
	  false },
};

static const struct module_case of_arguments[] = {
	{ "math.entropy(\"\") == 0.0 and math.entropy(\"AB\") == 1.0", true },
	{ "math.mean(\"ABCABC\") == 66.0", true },
	{ "math.mean(\"\\xff\\x01\") == 0.0", true },
	{ "defined math.mean(\"\")", false },
	{ "math.deviation(\"ABAB\", 65.0) == 0.5", true },
	{ "math.deviation(\"\\xff\", 0.0) == 1.0", true },
	{ "defined math.deviation(\"\", 0.0)", false },
	{ "math.serial_correlation(\"BCA\") == -0.5", true },
	{ "math.serial_correlation(\"\") == -100000.0", true },
	{ "math.monte_carlo_pi(\"AAAAAA\") == math.monte_carlo_pi(\"AAAAAAxxxxx\")", true },
	{ "math.monte_carlo_pi(\"\\xff\\xff\\xff\\xff\\xff\\xff\") == 1.0", true },
	{ "defined math.monte_carlo_pi(\"AAAAA\")", false },
	{ "math.in_range(2.0, 1.0, 3.0) and math.in_range(1.0, 1.0, 1.0)", true },
	{ "math.in_range(6.0, 1.0, 3.0)", false },
	{ "math.min(0, 1) == 0 and math.max(0, 1) == 1", true },
	{ "math.max(-1, 1) == -1 and math.min(-1, 1) == 1", true },
	{ "math.to_number(1 > 2) == 0 and math.to_number(2 > 1) == 1", true },
	{ "math.to_number(uint8(0) == 1) == 0", false },
	{ "math.abs(-1) == 1 and math.abs(1) == 1 and math.abs(0) == 0", true },
	{ "math.abs(-9223372036854775807 - 1) == -9223372036854775807 - 1", true },
	{ "math.to_string(1234) == \"1234\" and math.to_string(-1) == \"-1\"", true },
	{ "math.to_string(32, 8) == \"40\" and math.to_string(-1, 16) == \"ffffffffffffffff\"",
	  true },
	{ "math.to_string(-12, 10) == \"-12\"", true },
	{ "defined math.to_string(32, 9)", false },
	{ "math.MEAN_BYTES == 127.5", true },
};

/* As of a file: from 0 on. */
static const struct judged_block file[] = { { 0, "AABAAB\x00", 7 } };

static const struct module_case of_file[] = {
	{ "math.count(0x41) == 4 and math.count(0x43) == 0", true },
	{ "math.percentage(0x41) > 0.57 and math.percentage(0x41) < 0.58", true },
	{ "math.mode() == 0x41", true },
	{ "math.count(0x41, 0, 100) == 4", true },
	{ "defined math.percentage(0x41, 10, 3)", false },
	{ "defined math.count(-1) or defined math.percentage(300)", false },
};

static const struct module_case of_nothing[] = {
	{ "math.mode() == 0 and math.count(0x41) == 0", true },
	{ "defined math.percentage(0x41)", false },
	{ "defined math.entropy(0, 1)", false },
};

static void measures_ranges_of_memory(void **state)
{
	(void)state;
	check_module_cases("math", of_memory, sizeof(of_memory) / sizeof(*of_memory), memory, 3);
}

static void works_on_its_arguments(void **state)
{
	(void)state;
	check_module_cases("math", of_arguments, sizeof(of_arguments) / sizeof(*of_arguments), NULL,
			   0);
}

static void measures_all_of_a_file(void **state)
{
	(void)state;
	check_module_cases("math", of_file, sizeof(of_file) / sizeof(*of_file), file, 1);
	check_module_cases("math", of_nothing, sizeof(of_nothing) / sizeof(*of_nothing), NULL, 0);
}

static size_t lends_for(const char *text)
{
	struct ruleset *rules = compile_good(text);
	struct judged_target target;

	judged_target_init(&target, rules, memory, 3);
	assert_int_equal(judge_rule_at(rules, &target, 0), VERDICT_TRUE);
	judged_target_release(&target);
	ruleset_free(rules);
	return target.lend_calls;
}

static void reads_a_range_once_however_often_it_is_asked(void **state)
{
	(void)state;
	assert_int_equal(lends_for("import \"math\" rule r { condition: "
				   "math.entropy(0x1000, 8) > 1.0 }"),
			 1);
	assert_int_equal(lends_for("import \"math\" rule r { condition: "
				   "math.entropy(0x1000, 8) > 1.0 and math.mean(0x1000, 8) > 1.0 } "
				   "rule s { condition: math.entropy(0x1000, 8) < 1.0 }"),
			 1);
}

static void more_ranges_than_are_remembered_stay_right(void **state)
{
	static const struct module_case row = {
		"for all round in (1..3) : (for all i in (0..7) : (for all length in (1..4) : "
		"(math.mean(0x1000 + i, 1) >= 65.0 and math.entropy(0x1000 + i, length) <= 2.0 and "
		"math.count(uint8(0x1000 + i), 0x1000 + i, length) >= 1)))",
		true
	};

	(void)state;
	check_module_cases("math", &row, 1, memory, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measures_ranges_of_memory),
		cmocka_unit_test(works_on_its_arguments),
		cmocka_unit_test(measures_all_of_a_file),
		cmocka_unit_test(reads_a_range_once_however_often_it_is_asked),
		cmocka_unit_test(more_ranges_than_are_remembered_stay_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
