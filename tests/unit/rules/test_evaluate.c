#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "judged_target.h"

/* The memory that all conditions are judged on. */
static const struct judged_block blocks[] = {
	{ 0x1000, "foo.bar.foo\x01\x02\x03\x04\xff\xfe", 17 },
	{ 0x2000, "foobar", 6 },
	{ UINT64_MAX - 0xfff, "kernel", 6 },
};

/* Strings of every case; starts are foo 0x1000 0x1008 0x2000, bar 0x1004 0x2003, none "zzz". */
#define STRINGS "strings: $foo = \"foo\" $bar = \"bar\" $none = \"zzz\" $kernel = \"kernel\" "

struct condition_case {
	const char *condition;
	bool holds;
};

static const struct condition_case conditions[] = {
	{ "$foo", true },
	{ "$none", false },
	{ "#foo == 3 and #bar == 2 and #none == 0", true },
	{ "#foo in (0x1000..0x1008) == 2", true },
	{ "#foo in (0x1001..0x1007) == 0", true },
	{ "#foo in (0..0x7fffffffffffffff) == 3", true },
	{ "#kernel in (0..0x7fffffffffffffff) == 0", true },
	{ "#kernel in (-4096..#foo) == 1", true },
	{ "#kernel in (-1..#foo) == 0", true },
	{ "#foo in (uint8(0)..5) == 0", false },
	{ "@foo == 0x1000 and @foo[2] == 0x1008 and @foo[3] == 0x2000", true },
	{ "@kernel == -4096", true },
	{ "defined @foo[0]", false },
	{ "defined @foo[4]", false },
	{ "defined @foo[\"x\"] or defined !foo[1.0] or defined @foo[/1/]", false },
	{ "!foo == 3 and !bar[2] == 3", true },
	{ "defined !none", false },
	{ "$foo at 0x1008", true },
	{ "$foo at 0x1009", false },
	{ "not defined ($foo at uint8(0))", true },
	{ "$bar in (0x1000..0x1004)", true },
	{ "$bar in (0x1005..0x2002)", false },
	{ "$bar in (#foo..#bar)", false },
	{ "defined ($foo in (0..filesize))", false },
	/* three values */
	{ "not (uint8(0) == 1)", false },
	{ "not (uint8(0) == 1 and true)", true },
	{ "uint8(0) == 1 or true", true },
	{ "defined (uint8(0) + 1)", false },
	{ "defined (uint8(0x1000) + 1)", true },
	{ "filesize < 10", false },
	{ "not (filesize < 10)", false },
	/* integers */
	{ "7 \\ 2 == 3 and -7 \\ 2 == -3 and -7 % 3 == -1", true },
	{ "1 | 2 == 3", true },
	{ "#foo \\ #none == 0", false },
	{ "not (#foo \\ #none == 0)", false },
	{ "defined (#foo % #none)", false },
	{ "-1 >> 1 == -1", true },
	{ "1 << 63 < 0 and 1 << 64 == 0 and 1 >> 64 == 0", true },
	{ "defined (1 << (#none - 1))", false },
	{ "~5 == -6 and 5 ^ 1 == 4 and 6 & 3 == 2", true },
	{ "(9223372036854775807 - 3) + #foo + 1 < 0", true },
	/* chains are taken from the left */
	{ "10 - #foo - 2 - #bar == 3 and 100 \\ #foo \\ 2 \\ #bar == 8", true },
	{ "#foo << 1 << 2 << #bar == 96 and 7 & #foo & 1 == 1 and 1 | #bar | 4 == 7", true },
	{ "#foo * 2 * 2.5 * 2 == 30.0 and #foo - 0.5 - 1 - #bar == -0.5", true },
	{ "#foo + 9223372036854775807 + 1 + 1 < 0", true },
	{ "defined (#foo + 1 + uint8(0) + 1)", false },
	{ "defined (#foo * 1.5 * uint8(0) * 2)", false },
	{ "defined (100 \\ #foo \\ #none \\ 2)", false },
	{ "defined (1 << #foo << (#none - 1) << 2)", false },
	/* floats */
	{ "0.1 + 0.2 == 0.3", true },
	{ "not (0.1 + 0.2 != 0.3)", true },
	{ "1 == 1.0 and 3 \\ 2.0 == 1.5 and -(1.5) < 0", true },
	{ "1.0 < 1.0000001", true },
	{ "uint8(0) < 1.5", false },
	{ "not (uint8(0) < 1.5) and not (1.5 < uint8(0)) and defined (uint8(0) < 1.5)", true },
	{ "defined (uint8(0) > 1.5) or defined (uint8(0) <= 1.5) or defined (uint8(0) == 1.5)",
	  false },
	{ "defined (uint8(0) < 1)", false },
	{ "0.0", false },
	{ "0.5", true },
	/* texts */
	{ "\"abc\" contains \"b\" and \"abc\" icontains \"B\" and not \"abc\" contains \"B\"",
	  true },
	{ "\"xA\\x00BCx\" icontains \"a\\x00bc\" and \"abc\" icontains \"\" and \"\" icontains "
	  "\"\"",
	  true },
	{ "\"abc\" icontains \"ABCD\" or \"[\" icontains \"{\" or \"\\xe9\" icontains \"\\xc9\"",
	  false },
	{ "\"abc\" startswith \"ab\" and \"abc\" istartswith \"AB\"", true },
	{ "\"abc\" endswith \"bc\" and \"abc\" iendswith \"BC\"", true },
	{ "\"abc\" endswith \"abcd\" or \"abc\" startswith \"abcd\"", false },
	{ "\"abc\" iequals \"ABC\" and not \"abc\" iequals \"ABCD\"", true },
	{ "\"abc\" contains \"\" and \"abc\" endswith \"\"", true },
	{ "\"ab\" < \"abc\" and \"b\" > \"abc\" and \"a\" != \"b\"", true },
	{ "\"\\xff\" < \"a\" and \"a\\x80\" < \"aa\" and \"\\x80\" < \"\\xff\"", true },
	{ "\"\\x80\" <= \"\\x80\" and \"\" < \"\\xff\" and \"a\\xff\" > \"a\"", true },
	{ "\"a\\x00b\" == \"a\\x00b\" and \"a\\x00b\" != \"a\\x00c\"", true },
	{ "\"xabcx\" matches /a.c/ and \"xABCx\" matches /abc/i", true },
	{ "\"xabcx\" matches /^abc/", false },
	{ "\"abc\" matches /^abc$/", true },
	{ "\"\" matches /x*/ and \"\" matches /^$/", true },
	{ "\"\"", false },
	{ "/abc/", true },
	/* sets */
	{ "any of them and 3 of them and not all of them and not 4 of them", true },
	{ "none of ($none) and not none of ($foo, $none)", true },
	{ "all of ($f*, $b*)", true },
	{ "75% of them and not 76% of them", true },
	{ "33% of ($foo, $none, $none) and not 34% of ($foo, $none, $none)", true },
	{ "#foo% of them", true },
	{ "defined (uint8(0)% of them)", false },
	{ "uint8(0) of ($foo, $bar)", true },
	{ "uint8(0) of ($foo, $none)", false },
	{ "#none of ($none)", true },
	{ "any of ($foo, $bar) at 0x1004", true },
	{ "all of ($foo, $bar) in (0x1000..0x1004)", true },
	{ "all of ($foo, $bar) in (0x1001..0x1008)", true },
	{ "all of ($foo, $bar) in (0x1005..0x1008)", false },
	{ "defined (any of them in (0..filesize))", false },
	{ "defined (any of them at filesize)", false },
	/* loops */
	{ "for all of ($foo, $bar) : (# >= 2)", true },
	{ "for any of them : ($ at 0x2003)", true },
	{ "for 1 of ($foo) : (@[3] == 0x2000 and ![1] == 3)", true },
	{ "for all of ($foo, $bar) : (for any i in (1..#) : (@[i] > 0x1fff))", true },
	{ "for any i in (1..#foo) : (@foo[i] == 0x1008)", true },
	{ "for all i in (1..#foo) : (@foo[i] >= 0x1000)", true },
	{ "for 2 i in (1..3) : (i > 1)", true },
	{ "for none i in (1..3) : (i > 3)", true },
	{ "for none i in (1..3) : (i == 3)", false },
	{ "for all i in (1..#none) : (true)", false },
	{ "for none i in (1..#none) : (true)", false },
	{ "for any i in (0..filesize) : (true)", false },
	{ "for any i in (1, 5, 9) : (i == 9)", true },
	{ "for any s in (\"a\", \"b\") : (s == \"b\")", true },
	{ "for all i in (1..3) : (for any j in (1..3) : (i == j))", true },
	{ "for all i in (1..3) : (uint8(0) == 0)", false },
	{ "for none i in (1..3) : (uint8(0) == 0)", true },
	{ "for all i in (1..2) : (2)", false },
	{ "for all i in (1..2) : (i == 1 or i == 2)", true },
	{ "for all i in (1..2) : (i or false)", false },
	{ "for all i in (1..2) : (false or i)", true },
	{ "for 3 i in (1..2) : (i or false)", true },
	{ "for all i in (1..2) : (\"long\" or false)", true },
	{ "for none i in (1..2) : (2)", false },
	{ "for none i in (0, 2, -2) : (i)", true },
	{ "for 5 i in (2, 3) : (i)", true },
	{ "for 6 i in (2, 3) : (i)", false },
	{ "for any i in (1..2) : (-1)", false },
	{ "for any i in (-5, 1, 1) : (i)", false },
	{ "for any i in (1..2) : (0.5)", true },
	{ "for all i in (1..2) : (\"long\")", true },
	{ "for 2 of them : (#)", true },
	{ "for any i in (9223372036854775806..9223372036854775807) : (i == 0)", false },
	/* memory */
	{ "uint8(0x1000) == 0x66 and uint16(0x1000) == 0x6f66 and uint16be(0x1000) == 0x666f",
	  true },
	{ "uint32(0x100b) == 0x04030201 and uint32be(0x100b) == 0x01020304", true },
	{ "int8(0x100f) == -1 and int16be(0x100f) == -2 and int16(0x100f) == -257", true },
	{ "int32be(0x100d) == 0x0304fffe and uint16be(0x100f) == 0xfffe", true },
	{ "defined uint16(0x1010)", false },
	{ "defined uint32(0x100e)", false },
	{ "defined uint8(0x1fff)", false },
	{ "defined uint8(-4096)", false },
};

static bool condition_holds_in(const char *condition)
{
	char text[1024];
	struct judged_target target;
	enum verdict verdict;

	snprintf(text, sizeof(text),
		 "rule r { " STRINGS "condition: (%s) or (4 of them and false) }", condition);

	struct ruleset *rules = compile_good(text);

	judged_target_init(&target, rules, blocks, sizeof(blocks) / sizeof(*blocks));
	verdict = judge_rule_at(rules, &target, 0);
	judged_target_release(&target);
	ruleset_free(rules);
	return verdict == VERDICT_TRUE;
}

static void judges_conditions_as_yara_does(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
		if (condition_holds_in(conditions[i].condition) == conditions[i].holds)
			continue;
		print_error("%s\n", conditions[i].condition);
		failures++;
	}
	assert_int_equal(failures, 0);
}

static void knows_the_size_of_a_file(void **state)
{
	struct judged_target target;
	struct ruleset *rules = compile_good("rule r { condition: filesize == 1KB + 1 }");

	(void)state;
	judged_target_init(&target, rules, NULL, 0);
	target.facts = (struct target_facts){ .filesize = 1025 };
	assert_int_equal(judge_rule_at(rules, &target, 0), VERDICT_TRUE);
	judged_target_release(&target);
	ruleset_free(rules);
}

/* Verdicts of several rules, a letter each: T, F. */
struct verdict_case {
	const char *name, *text, *verdicts;
};

static const struct verdict_case verdict_cases[] = {
	{ "a rule sees those before it",
	  "rule a { condition: true } rule b { condition: a } rule c { condition: not a }", "TTF" },
	{ "a rule sees itself as false", "rule a { condition: not a }", "T" },
	{ "a rule sees itself as false among others",
	  "rule a1 { condition: true } rule a2 { condition: 2 of (a*) } "
	  "rule b { condition: 1 of (b, a1) and none of (b) }",
	  "TFT" },
	{ "a global rule that needs a match is false without one",
	  "global rule g { strings: $a = \"nowhere\" condition: $a } rule a { condition: not g }",
	  "FF" },
	{ "a false global rule makes all of its namespace false",
	  "rule a { condition: true } global rule g { condition: false } rule b { condition: true "
	  "}",
	  "FFF" },
	{ "a true global rule changes nothing",
	  "global rule g { condition: true } rule a { condition: true } rule b { condition: false "
	  "}",
	  "TTF" },
	{ "a reference sees the raw result",
	  "rule a { condition: true } global rule g { condition: not a } rule b { condition: a }",
	  "FFF" },
	{ "a private rule is judged like any other",
	  "private rule a { condition: true } rule b { condition: a }", "TT" },
	{ "rule sets count",
	  "rule a1 { condition: true } rule a2 { condition: false } rule a3 { condition: true } "
	  "rule b { condition: 2 of (a*) } rule c { condition: all of (a1, a2) } "
	  "rule d { condition: 66% of (a*) } rule e { condition: none of (a2) }",
	  "TFTTFTT" },
};

static void judges_rules_in_order(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(verdict_cases) / sizeof(*verdict_cases); i++) {
		const struct verdict_case *row = &verdict_cases[i];
		struct ruleset *rules = compile_good(row->text);
		struct judged_target target;
		char got[16] = "";

		judged_target_init(&target, rules, NULL, 0);
		for (size_t j = 0; j < strlen(row->verdicts); j++)
			got[j] = "FTU"[judge_rule_at(rules, &target, j)];
		if (strcmp(got, row->verdicts) != 0) {
			print_error("%s: %s\n", row->name, got);
			failures++;
		}
		judged_target_release(&target);
		ruleset_free(rules);
	}
	assert_int_equal(failures, 0);
}

static struct verdicts evaluate(const struct ruleset *rules, struct judged_target *target,
				double rule_seconds)
{
	struct deadlines deadlines = { .rule_seconds = rule_seconds };
	struct verdicts verdicts;
	struct error err;

	assert_int_equal(ruleset_evaluate(rules, &target->view, &deadlines, &verdicts, &err), 0);
	return verdicts;
}

static void a_rule_past_its_deadline_is_undecided_and_the_others_stand(void **state)
{
	struct judged_target target;
	struct ruleset *rules = compile_good(
		"rule before { condition: true }\n"
		"rule slow { condition: for all i in (1..0x4000000000000000) : (i != 0) }\n"
		"rule built_on_it { condition: slow }\n"
		"rule not_built_on_it { condition: before or slow }\n"
		"rule counts_it { condition: any of (slow, before) }\n");
	struct verdicts verdicts;

	(void)state;
	judged_target_init(&target, rules, NULL, 0);
	verdicts = evaluate(rules, &target, 0.05);
	assert_int_equal(verdicts.rules[0], VERDICT_TRUE);
	assert_int_equal(verdicts.rules[1], VERDICT_UNDECIDED);
	assert_int_equal(verdicts.rules[2], VERDICT_UNDECIDED);
	assert_int_equal(verdicts.rules[3], VERDICT_TRUE);
	assert_int_equal(verdicts.rules[4], VERDICT_UNDECIDED);
	verdicts_release(&verdicts);
	judged_target_release(&target);
	ruleset_free(rules);
}

static void an_undecided_global_rule_leaves_only_false_ones_decided(void **state)
{
	struct judged_target target;
	struct ruleset *rules = compile_good(
		"global rule slow { condition: for all i in (1..0x4000000000000000) : (i != 0) }\n"
		"rule yes { condition: true }\n"
		"rule no { condition: false }\n");
	struct verdicts verdicts;

	(void)state;
	judged_target_init(&target, rules, NULL, 0);
	verdicts = evaluate(rules, &target, 0.05);
	assert_int_equal(verdicts.rules[0], VERDICT_UNDECIDED);
	assert_int_equal(verdicts.rules[1], VERDICT_UNDECIDED);
	assert_int_equal(verdicts.rules[2], VERDICT_FALSE);
	verdicts_release(&verdicts);
	judged_target_release(&target);
	ruleset_free(rules);
}

static void the_deadline_of_the_checkpoint_ends_everything(void **state)
{
	struct judged_target target;
	struct ruleset *rules = compile_good(
		"rule slow { condition: for all i in (1..0x4000000000000000) : (i != 0) }");
	struct deadlines deadlines = { .checkpoint = deadline_in_seconds(0.05) };
	struct verdicts verdicts;
	struct error err;

	(void)state;
	judged_target_init(&target, rules, NULL, 0);
	assert_int_equal(ruleset_evaluate(rules, &target.view, &deadlines, &verdicts, &err),
			 ERROR_TIMEOUT);
	judged_target_release(&target);
	ruleset_free(rules);
}

/* As a signal does it, from another thread. */
static void *raise_flag(void *flag)
{
	usleep(50 * 1000);
	atomic_store((_Atomic int *)flag, 15);
	return NULL;
}

static void a_flag_raised_meanwhile_ends_everything(void **state)
{
	struct judged_target target;
	struct ruleset *rules =
		compile_good("rule slow { condition: for all i in (1..0x4000000000000000) : "
			     "(for all j in (1..1000) : (i != 0 and j != 0)) }");
	_Atomic int stop = 0;
	struct deadlines deadlines = { .checkpoint = deadline_in_seconds(60), .stop = &stop };
	struct verdicts verdicts;
	struct error err;
	pthread_t thread;

	(void)state;
	judged_target_init(&target, rules, NULL, 0);
	assert_int_equal(pthread_create(&thread, NULL, raise_flag, &stop), 0);
	assert_int_equal(ruleset_evaluate(rules, &target.view, &deadlines, &verdicts, &err),
			 ERROR_INTERRUPTED);
	assert_int_equal(err.code, ERROR_INTERRUPTED);
	assert_int_equal(pthread_join(thread, NULL), 0);
	judged_target_release(&target);
	ruleset_free(rules);
}

static void nothing_is_judged_once_the_flag_is_raised(void **state)
{
	struct judged_target target;
	struct ruleset *rules = compile_good("rule quick { condition: true }");
	const _Atomic int stop = 2;
	struct deadlines deadlines = { .stop = &stop };
	struct verdicts verdicts;
	struct error err;

	(void)state;
	judged_target_init(&target, rules, NULL, 0);
	assert_int_equal(ruleset_evaluate(rules, &target.view, &deadlines, &verdicts, &err),
			 ERROR_INTERRUPTED);
	judged_target_release(&target);
	ruleset_free(rules);
}

static void bytes_that_were_not_kept_end_the_evaluation(void **state)
{
	struct judged_target target;
	struct ruleset *rules = compile_good("rule r { condition: uint8(0x1000) == 1 }");
	struct deadlines deadlines = { 0 };
	struct verdicts verdicts;
	struct error err;

	(void)state;
	judged_target_init(&target, rules, blocks, 1);
	target.lend_error = ERROR_NOT_KEPT;
	assert_int_equal(ruleset_evaluate(rules, &target.view, &deadlines, &verdicts, &err),
			 ERROR_NOT_KEPT);
	judged_target_release(&target);
	ruleset_free(rules);
}

/* Else every target of a passing archive would have to be read twice for such a rule. */
static void a_rule_that_needs_a_match_reads_nothing_without_one(void **state)
{
	struct judged_target target;
	struct ruleset *rules =
		compile_good("rule r { strings: $a = \"zzz\" $b = \"yyy\" "
			     "condition: uint8(0x1000) == 0x66 and ($a or any of them) }");

	(void)state;
	judged_target_init(&target, rules, blocks, 1);
	assert_int_equal(judge_rule_at(rules, &target, 0), VERDICT_FALSE);
	assert_int_equal(target.lend_calls, 0);
	judged_target_release(&target);
	ruleset_free(rules);
}

static void loops_end_as_soon_as_their_result_is_known(void **state)
{
	struct judged_target target;
	struct ruleset *rules = compile_good(
		"rule r { condition: for any i in (0x1000..0x1010) : (uint8(i) == 0x6f) }");

	(void)state;
	judged_target_init(&target, rules, blocks, 1);
	assert_int_equal(judge_rule_at(rules, &target, 0), VERDICT_TRUE);
	assert_int_equal(target.lend_calls, 2);
	judged_target_release(&target);
	ruleset_free(rules);
}

static void matches_looks_at_the_first_4096_bytes_of_a_text(void **state)
{
	static char text[4096 + 8];
	const struct external externals[] = {
		{ .name = "long",
		  .kind = EXTERNAL_TEXT,
		  .text = { (const uint8_t *)text, sizeof(text) } },
	};
	struct compile_options options = { .externals = externals, .external_count = 1 };
	struct judged_target target;
	struct diagnostics *notes;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + 4090, "needle", 6);
	memcpy(text + 4096, "thread", 6);

	struct ruleset *rules = compile_text("rule a { condition: long matches /needle/ }\n"
					     "rule b { condition: long matches /needle$/ }\n"
					     "rule c { condition: long matches /thread/ }\n",
					     &options, &notes);

	assert_non_null(rules);
	judged_target_init(&target, rules, NULL, 0);
	assert_int_equal(judge_rule_at(rules, &target, 0), VERDICT_TRUE);
	assert_int_equal(judge_rule_at(rules, &target, 1), VERDICT_FALSE);
	assert_int_equal(judge_rule_at(rules, &target, 2), VERDICT_FALSE);
	judged_target_release(&target);
	ruleset_free(rules);
	diagnostics_free(notes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_conditions_as_yara_does),
		cmocka_unit_test(knows_the_size_of_a_file),
		cmocka_unit_test(judges_rules_in_order),
		cmocka_unit_test(a_rule_past_its_deadline_is_undecided_and_the_others_stand),
		cmocka_unit_test(an_undecided_global_rule_leaves_only_false_ones_decided),
		cmocka_unit_test(the_deadline_of_the_checkpoint_ends_everything),
		cmocka_unit_test(a_flag_raised_meanwhile_ends_everything),
		cmocka_unit_test(nothing_is_judged_once_the_flag_is_raised),
		cmocka_unit_test(bytes_that_were_not_kept_end_the_evaluation),
		cmocka_unit_test(a_rule_that_needs_a_match_reads_nothing_without_one),
		cmocka_unit_test(loops_end_as_soon_as_their_result_is_known),
		cmocka_unit_test(matches_looks_at_the_first_4096_bytes_of_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
