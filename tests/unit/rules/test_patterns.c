#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "judged_target.h"

/* What becomes of one string. Literal NULL: a regex. */
struct pattern_case {
	const char *string;
	const char *literal;
	size_t length;
	uint32_t flags;
};

static const struct pattern_case cases[] = {
	{ "\"abc\"", "abc", 3, PATTERN_ASCII },
	{ "\"abc\" ascii", "abc", 3, PATTERN_ASCII },
	{ "\"abc\" wide", "abc", 3, PATTERN_WIDE },
	{ "\"abc\" wide ascii", "abc", 3, PATTERN_ASCII | PATTERN_WIDE },
	{ "\"abc\" nocase fullword", "abc", 3, PATTERN_ASCII | PATTERN_NOCASE | PATTERN_FULLWORD },
	{ "\"a\\x00b\"", "a\0b", 3, PATTERN_ASCII },
	{ "\"abc\" xor wide", "abc", 3, PATTERN_WIDE | PATTERN_XOR },
	{ "\"abc\" private", "abc", 3, PATTERN_ASCII },
	{ "{ 41 42 00 ff }", "AB\0\xff", 4, PATTERN_ASCII },
	{ "{ 41 }", "A", 1, PATTERN_ASCII },
	{ "{ 41 ?2 43 }", NULL, 0, PATTERN_ASCII },
	{ "{ 41 [2-4] 43 }", NULL, 0, PATTERN_ASCII },
	{ "{ 41 ( 42 | 43 ) }", NULL, 0, PATTERN_ASCII },
	{ "/abc/", "abc", 3, PATTERN_ASCII },
	{ "/a\\.c/i wide", "a.c", 3, PATTERN_WIDE | PATTERN_NOCASE },
	{ "/abc/ nocase", "abc", 3, PATTERN_ASCII | PATTERN_NOCASE },
	{ "/a.c/", NULL, 0, PATTERN_ASCII },
	{ "/ab?c/ fullword", NULL, 0, PATTERN_ASCII | PATTERN_FULLWORD },
	{ "/^abc/", NULL, 0, PATTERN_ASCII },
};

static bool pattern_is(const struct pattern *pattern, const struct pattern_case *row)
{
	const struct pattern_part *part = pattern->parts;

	if (pattern->part_count != 1 || pattern->flags != row->flags)
		return false;
	if (!row->literal)
		return !part->literal.length && part->regex;
	return !part->regex && part->literal.length == row->length &&
	       memcmp(part->literal.data, row->literal, row->length) == 0;
}

static void one_string_becomes_one_pattern(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[256];
		size_t count;

		snprintf(text, sizeof(text), "rule r { strings: $a = %s condition: $a }",
			 cases[i].string);

		struct ruleset *rules = compile_good(text);
		const struct pattern *patterns = ruleset_patterns(rules, &count);

		if (count != 1 || !pattern_is(&patterns[0], &cases[i])) {
			print_error("%s\n", cases[i].string);
			failures++;
		}
		ruleset_free(rules);
	}
	assert_int_equal(failures, 0);
}

static void keeps_the_range_of_xor_keys(void **state)
{
	struct ruleset *rules = compile_good(
		"rule r { strings: $a = \"abc\" xor $b = \"abc\" xor(7) $c = \"abc\" xor(1-9) "
		"condition: all of them }");
	size_t count;
	const struct pattern *patterns = ruleset_patterns(rules, &count);
	const struct rule *const *faces = ruleset_rules(rules, &(size_t){ 0 });

	(void)state;
	assert_int_equal(count, 3);
	assert_int_equal(patterns[0].xor_min, 0);
	assert_int_equal(patterns[0].xor_max, 255);
	assert_int_equal(patterns[1].xor_min, 7);
	assert_int_equal(patterns[1].xor_max, 7);
	assert_int_equal(patterns[2].xor_min, 1);
	assert_int_equal(patterns[2].xor_max, 9);
	assert_true(faces[0]->strings[0].has_xor_key);
	ruleset_free(rules);
}

static void numbers_patterns_through_all_rules(void **state)
{
	struct ruleset *rules =
		compile_good("rule r { strings: $a = \"x\" $ = \"x\" condition: all of them } "
			     "rule s { strings: $b = \"x\" private condition: $b }");
	size_t count;
	const struct pattern *patterns = ruleset_patterns(rules, &count);
	const struct rule *const *faces = ruleset_rules(rules, &(size_t){ 0 });

	(void)state;
	assert_int_equal(count, 3);
	assert_string_equal(patterns[0].name, "default:r:$a");
	assert_string_equal(patterns[1].name, "default:r:$");
	assert_string_equal(patterns[2].name, "default:s:$b");
	assert_int_equal(faces[1]->strings[0].pattern, 2);
	assert_true(faces[1]->strings[0].is_private);
	assert_string_equal(faces[0]->strings[1].name, "");
	ruleset_free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_string_becomes_one_pattern),
		cmocka_unit_test(keeps_the_range_of_xor_keys),
		cmocka_unit_test(numbers_patterns_through_all_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
