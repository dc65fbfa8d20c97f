#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/compiled_rules.h"

static const struct {
	const char *string;
	bool is_slow;
} cases[] = {
	{ "\"a\"", true },
	{ "\"ab\"", false },
	{ "\"ab\" xor", true },
	{ "\"abcdef\" xor", false },
	{ "\"a\" base64", true },
	{ "\"password\" base64 base64wide", false },
	{ "\"ab\" wide", false },
	{ "{ 00 00 00 00 }", true },
	{ "{ FF FF FF FF }", true },
	{ "{ 01 ?? ?? }", true },
	{ "{ 6D [-] 70 70 69 }", true },
	{ "{ 6D 70 71 [-] 70 70 69 }", false },
	{ "/x*/", true },
	{ "/[0-9a-f]+/", true },
	{ "/a(b|x)c/", false },
	{ "/AKIA[0-9A-Z]{16}/", false },
	{ "/https?:\\/\\/[a-z]+/", false },
};

static bool is_warned_of(struct diagnostics *notes)
{
	size_t count;
	const struct diagnostic *list = diagnostics_list(notes, &count);

	if (!count)
		return false;
	assert_int_equal(count, 1);
	assert_int_equal(list[0].severity, SEVERITY_WARNING);
	assert_string_equal(list[0].code, "slow-string");
	assert_string_equal(list[0].message, "string \"$a\" may slow down scanning");
	assert_string_equal(list[0].rule, "r");
	assert_int_equal(list[0].span.line, 2);
	return true;
}

static bool compile_is_warned(const char *string)
{
	char text[256];
	struct rule_text input = { "test.yar", "default", { (const uint8_t *)text, 0 } };
	const struct compile_options options = { 0 };
	struct compiled_rules *compiled;
	struct diagnostics *notes;
	struct ruleset *rules;
	struct error err;

	snprintf(text, sizeof(text), "rule r {\nstrings: $a = %s\ncondition: $a }", string);
	input.text.length = strlen(text);
	assert_int_equal(diagnostics_new(&notes, &err), 0);
	assert_int_equal(ruleset_compile(&rules, &input, 1, &options, notes, &err), 0);
	assert_int_equal(compiled_rules_new(&compiled, rules, NEED_LISTED, notes, &err), 0);
	bool warned = is_warned_of(notes);

	compiled_rules_release(compiled);
	diagnostics_free(notes);
	return warned;
}

static void warns_of_strings_with_many_candidates(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (compile_is_warned(cases[i].string) == cases[i].is_slow)
			continue;
		print_error("%s: is %sslow\n", cases[i].string, cases[i].is_slow ? "not " : "");
		failures++;
	}
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warns_of_strings_with_many_candidates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
