#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rules/compiled_rules.h"

static struct compiled_rules *compile(const char *text, enum match_need outputs)
{
	const struct rule_text input = { "test.yar",
					 "default",
					 { (const uint8_t *)text, strlen(text) } };
	const struct compile_options options = { 0 };
	struct compiled_rules *compiled = NULL;
	struct ruleset *rules = NULL;
	struct diagnostics *notes;
	struct error err;

	assert_int_equal(diagnostics_new(&notes, &err), 0);
	assert_int_equal(ruleset_compile(&rules, &input, 1, &options, notes, &err), 0);
	if (compiled_rules_new(&compiled, rules, outputs, notes, &err) < 0)
		fail_msg("%s", err.message);
	diagnostics_free(notes);
	return compiled;
}

static void purposes_with_equal_needs_share_a_database(void **state)
{
	struct compiled_rules *compiled = compile(
		"rule r { strings: $a = \"needle\" $b = /x[0-9]+y/ condition: all of them }",
		NEED_LISTED);
	const struct database *database = compiled_rules_database(compiled, PURPOSE_PROCESS);

	(void)state;
	assert_non_null(database);
	assert_int_equal(database_pattern_count(database), 2);
	assert_ptr_equal(compiled_rules_database(compiled, PURPOSE_LOW_PROCESS), database);
	assert_ptr_equal(compiled_rules_database(compiled, PURPOSE_FILE), database);
	compiled_rules_release(compiled);
}

static void needs_are_those_of_conditions_and_outputs(void **state)
{
	struct compiled_rules *compiled = compile("rule r { strings: $a = \"needle\" $b = "
						  "\"thread\" private condition: $a and #b > 1 }",
						  NEED_LISTED);
	const enum match_need *needs = compiled_rules_needs(compiled, PURPOSE_PROCESS);

	(void)state;
	assert_int_equal(needs[0], NEED_LISTED);
	assert_int_equal(needs[1], NEED_COUNT);
	assert_false(compiled_rules_reads_bytes(compiled, PURPOSE_PROCESS));
	compiled_rules_release(compiled);
}

static void rules_without_strings_need_no_pattern(void **state)
{
	struct compiled_rules *compiled =
		compile("rule r { condition: uint8(0x1000) == 0x7f }", NEED_LISTED);
	size_t count;

	(void)state;
	assert_true(compiled_rules_reads_bytes(compiled, PURPOSE_FILE));
	ruleset_patterns(compiled_rules_ruleset(compiled), &count);
	assert_int_equal(count, 0);
	compiled_rules_release(compiled);
}

static void lives_until_the_last_holder_lets_go(void **state)
{
	struct compiled_rules *compiled = compile("rule r { condition: true }", NEED_PRESENCE);
	struct compiled_rules *held = compiled_rules_hold(compiled);
	size_t count;

	(void)state;
	compiled_rules_release(compiled);
	ruleset_rules(compiled_rules_ruleset(held), &count);
	assert_int_equal(count, 1);
	compiled_rules_release(held);
	compiled_rules_release(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(purposes_with_equal_needs_share_a_database),
		cmocka_unit_test(needs_are_those_of_conditions_and_outputs),
		cmocka_unit_test(rules_without_strings_need_no_pattern),
		cmocka_unit_test(lives_until_the_last_holder_lets_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
