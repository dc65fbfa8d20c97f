/* Made rules: the same from the same seed, with as many strings as asked for, and rules that compile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/rules/styles.h"
#include "rules/ruleset.h"

static char *text_of(const char *style, uint64_t seed, uint64_t rules, uint64_t strings)
{
	char *text = NULL;
	size_t length;
	struct generator generator = { open_memstream(&text, &length), seed };

	assert_non_null(generator.out);
	rule_style_write(rule_style_find(style), &generator, rules, strings);
	assert_int_equal(fclose(generator.out), 0);
	return text;
}

static struct ruleset *compile(const char *text)
{
	const struct rule_text source = { "made",
					  "default",
					  { (const uint8_t *)text, strlen(text) } };
	const struct compile_options options = { 0 };
	struct diagnostics *notes;
	struct ruleset *rules;
	struct error err;

	assert_int_equal(diagnostics_new(&notes, NULL), 0);
	if (ruleset_compile(&rules, &source, 1, &options, notes, &err))
		fail_msg("%s", err.message);
	diagnostics_free(notes);
	return rules;
}

static size_t live_in_processes(const struct ruleset *rules)
{
	const struct target_facts facts = { .is_process = true };
	size_t count, live = 0;

	ruleset_rules(rules, &count);
	for (size_t i = 0; i < count; i++)
		live += ruleset_rule_is_live(rules, &facts, i);
	return live;
}

struct row {
	const char *style;
	size_t least_live, most_live; /* of 400 rules, in processes */
};

static const struct row rows[] = {
	{ "general", 100, 300 },
	{ "endpoint", 400, 400 },
	{ "mixed", 80, 150 },
	{ "memory", 400, 400 },
};

static void every_style_makes_rules_that_compile(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *text = text_of(rows[i].style, 3, 400, 1600);
		struct ruleset *rules = compile(text);
		size_t rule_count, string_count;

		print_message("%s\n", rows[i].style);
		ruleset_rules(rules, &rule_count);
		ruleset_patterns(rules, &string_count);
		assert_int_equal(rule_count, 400);
		assert_in_range(string_count, 1500, 1700);
		assert_in_range(live_in_processes(rules), rows[i].least_live, rows[i].most_live);
		ruleset_free(rules);
		free(text);
	}
}

static void the_same_seed_makes_the_same_rules_and_another_one_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *one = text_of(rows[i].style, 1, 20, 80);
		char *again = text_of(rows[i].style, 1, 20, 80);
		char *other = text_of(rows[i].style, 2, 20, 80);

		assert_string_equal(one, again);
		assert_string_not_equal(one, other);
		free(one);
		free(again);
		free(other);
	}
}

static void an_unknown_style_is_none(void **state)
{
	(void)state;
	assert_null(rule_style_find("endpoints"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_style_makes_rules_that_compile),
		cmocka_unit_test(the_same_seed_makes_the_same_rules_and_another_one_others),
		cmocka_unit_test(an_unknown_style_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
