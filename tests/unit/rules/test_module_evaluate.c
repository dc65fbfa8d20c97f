#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "judged_target.h"
#include "made_elf.h"
#include "sample_module.h"

static const struct compile_options with_samples = { .modules = sample_modules };

static struct ruleset *compile_with_samples(const char *text)
{
	struct diagnostics *notes;
	struct ruleset *rules = compile_text(text, &with_samples, &notes);

	if (!rules)
		print_error("%s\n", text);
	diagnostics_free(notes);
	assert_non_null(rules);
	return rules;
}

static const struct judged_block block = { 0x1000, "some bytes", 10 };

static const struct truth_case {
	const char *condition;
	bool holds;
} truths[] = {
	{ "sample.number == 42", true },
	{ "sample.THREE == 3 and sample.HALF == 0.5", true },
	{ "sample.text == \"foo\\x00bar\"", true },
	{ "sample.text", true },
	{ "defined sample.nothing", false },
	{ "not sample.nothing", false },
	{ "defined sample.no_text", false },
	{ "sample.no_text contains \"\"", false },
	{ "defined sample.not_a_number", false },
	{ "sample.inner.number + 1 == 43", true },
	{ "sample.inner.deeper.text startswith \"foo\"", true },
	{ "sample.list[0] == 10 and sample.list[2] == 30", true },
	{ "defined sample.list[3]", false },
	{ "defined sample.list[-1]", false },
	{ "defined sample.list[4294967296]", false },
	{ "defined sample.list[sample.nothing]", false },
	{ "defined sample.missing[0]", false },
	{ "sample.items[0].name == \"first\"", true },
	{ "defined sample.items[1].name", false },
	{ "defined sample.items[3].name", false },
	{ "sample.items[2].parts[1] == 201", true },
	{ "defined sample.items[2].parts[2]", false },
	{ "defined sample.items[7].parts[0]", false },
	{ "sample.table[\"two\"] == 2", true },
	{ "defined sample.table[\"four\"]", false },
	{ "defined sample.table[sample.no_text]", false },
	{ "defined sample.unknown[\"one\"]", false },
	{ "sample.entries[\"three\"].value == 3", true },
	{ "defined sample.entries[\"x\"].value", false },
	{ "sample.add(1, 2) == 3", true },
	{ "sample.add(1.0, 0.5) == 1.5", true },
	{ "sample.add(sample.add(1, 2), sample.list[1]) == 23", true },
	{ "defined sample.add(1, sample.nothing)", false },
	{ "sample.inner.add(4, 5) == 9", true },
	{ "defined sample.undone(1)", false },
	{ "sample.join(\"ab\", sample.join(\"c\", \"d\")) == \"abcd\"", true },
	{ "sample.has(/O+/i, \"foo\")", true },
	{ "sample.has(/^o+/, \"foo\")", false },
	{ "sample.is(1 == 1)", true },
	{ "sample.is(not true)", false },
	{ "for all i in sample.list : (i > 5)", true },
	{ "for any i in sample.list : (i == 20)", true },
	{ "for none i in sample.list : (i == 20)", false },
	{ "for 2 i in sample.list : (i < 25)", true },
	{ "for none i in sample.missing : (true)", false },
	{ "for all i in sample.missing : (true)", false },
	{ "for any i in sample.items : (i.name == \"third\")", true },
	{ "for all i in sample.items : (defined i.name)", false },
	{ "for any i in sample.items : (for all p in i.parts : (p >= 200))", true },
	{ "for any i in sample.items : (i.parts[0] == 200)", true },
	{ "for any k, v in sample.table : (k == \"two\" and v == 2)", true },
	{ "for any k, v in sample.table : (k == \"two\" and v == 3)", false },
	{ "for 3 k, v in sample.entries : (v.value > 0 and k != \"\")", true },
	{ "for any k, v in sample.unknown : (true)", false },
	{ "for any k, v in sample.table : (for any i in sample.list : (i == v * 10 and k == "
	  "\"three\"))",
	  true },
	{ "for any i in (1..3) : (for all k, v in sample.table : (i == 2 and v > 0))", true },
	{ "for any s in (\"x\", sample.text) : (s == sample.text)", true },
	{ "bare.C == 3", true },
	{ "defined bare.value or defined bare.f(1) or defined bare.items[0].name", false },
	{ "for none i in bare.items : (true)", false },
};

static void gives_the_values_of_modules(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(truths) / sizeof(*truths); i++) {
		char text[512];
		struct ruleset *rules;
		struct judged_target target;
		enum verdict verdict;

		snprintf(text, sizeof(text),
			 "import \"sample\" import \"bare\" rule r { condition: %s }",
			 truths[i].condition);
		rules = compile_with_samples(text);
		judged_target_init(&target, rules, &block, 1);
		verdict = judge_rule_at(rules, &target, 0);
		if (verdict != (truths[i].holds ? VERDICT_TRUE : VERDICT_FALSE)) {
			print_error("%s\n", truths[i].condition);
			failures++;
		}
		judged_target_release(&target);
		ruleset_free(rules);
	}
	assert_int_equal(failures, 0);
}

/* Judges all of @text; the counters tell what the module was asked. */
static int judge_asked(const char *text, struct sample_asked *asked, struct verdicts *verdicts)
{
	struct ruleset *rules = compile_with_samples(text);
	struct judged_target target;
	struct deadlines deadlines = { 0 };
	struct error err;
	int ret;

	judged_target_init(&target, rules, &block, 1);
	target.view.place = asked;
	ret = ruleset_evaluate(rules, &target.view, &deadlines, verdicts, &err);
	judged_target_release(&target);
	ruleset_free(rules);
	return ret;
}

static void a_module_is_loaded_when_a_rule_first_looks(void **state)
{
	struct sample_asked asked = { 0 };
	struct verdicts verdicts;

	(void)state;
	assert_int_equal(judge_asked("import \"sample\" rule a { condition: sample.THREE == 3 } "
				     "rule b { condition: false and sample.number == 1 }",
				     &asked, &verdicts),
			 0);
	verdicts_release(&verdicts);
	assert_int_equal(asked.loads, 0);
	assert_int_equal(
		judge_asked("import \"sample\" rule a { condition: sample.number == 42 } "
			    "rule b { condition: sample.number == 42 and sample.add(1, 2) == 3 }",
			    &asked, &verdicts),
		0);
	assert_int_equal(verdicts.rules[0], VERDICT_TRUE);
	assert_int_equal(verdicts.rules[1], VERDICT_TRUE);
	verdicts_release(&verdicts);
	assert_int_equal(asked.loads, 1);
	assert_int_equal(asked.gets, 2);
	assert_int_equal(asked.calls, 1);
}

static void an_undefined_argument_spares_the_call(void **state)
{
	struct sample_asked asked = { 0 };
	struct verdicts verdicts;

	(void)state;
	assert_int_equal(judge_asked("import \"sample\" rule a { condition: "
				     "sample.add(sample.nothing, 1) == 1 }",
				     &asked, &verdicts),
			 0);
	verdicts_release(&verdicts);
	assert_int_equal(asked.calls, 0);
}

static void what_a_module_fails_with_ends_the_evaluation(void **state)
{
	struct sample_asked asked = { .load_error = ERROR_NOT_KEPT };
	struct verdicts verdicts;

	(void)state;
	assert_int_equal(judge_asked("import \"sample\" rule a { condition: true } "
				     "rule b { condition: sample.number == 1 }",
				     &asked, &verdicts),
			 ERROR_NOT_KEPT);
}

static void texts_of_a_loop_take_the_room_of_one_round(void **state)
{
	struct sample_asked asked = { 0 };
	struct verdicts verdicts;

	(void)state;
	assert_int_equal(judge_asked("import \"sample\" rule a { condition: for all i in "
				     "(1..20000) : (sample.join(\"abcdefgh\", \"ijklmnop\") == "
				     "\"abcdefghijklmnop\") } "
				     "rule b { condition: sample.join(\"a\", \"b\") == \"ab\" }",
				     &asked, &verdicts),
			 0);
	assert_int_equal(verdicts.rules[0], VERDICT_TRUE);
	assert_int_equal(verdicts.rules[1], VERDICT_TRUE);
	verdicts_release(&verdicts);
	assert_true(asked.most_text_bytes < 1000);
}

/* All lines in order, each after the number of its rule. */
static const struct log_case {
	const char *rules, *lines;
} logs[] = {
	{ "rule a { condition: sample.say(\"x\") and sample.say(\"y\") }", "0:x 0:y" },
	{ "rule a { condition: sample.say(\"x\") or sample.say(\"y\") }", "0:x" },
	{ "rule a { condition: false and sample.say(\"x\") }", "" },
	{ "rule a { condition: sample.nothing == 1 and sample.say(\"x\") }", "0:x" },
	{ "rule a { condition: sample.nothing == 1 and sample.say(\"x\") and sample.say(\"y\") }",
	  "0:x" },
	{ "rule a { condition: true and sample.nothing == 1 and sample.say(\"y\") }", "" },
	{ "rule a { condition: sample.nothing == 1 or sample.say(\"x\") }", "0:x" },
	{ "rule a { condition: sample.say(\"a\") and sample.nothing == 1 and sample.say(\"x\") }",
	  "0:a" },
	{ "rule a { condition: true } rule b { condition: sample.say(\"x\") }", "1:x" },
	{ "rule a { strings: $a = \"absent\" condition: $a and sample.say(\"x\") }", "" },
	{ "rule a { strings: $a = \"absent\" condition: sample.say(\"x\") and $a }", "" },
	{ "rule a { strings: $a = \"absent\" condition: not $a and sample.say(\"x\") }", "0:x" },
	{ "rule a { strings: $a = \"some\" $b = \"absent\" condition: sample.say(\"x\") and $b and "
	  "not $a }",
	  "0:x" },
	{ "rule a { condition: for any i in (1..3) : (sample.say(\"x\") and i == 2) }", "0:x 0:x" },
	{ "rule a { condition: for any i in (sample.say(\"1\"), sample.say(\"2\")) : (i == 1) }",
	  "0:1 0:2" },
	{ "rule a { condition: sample.add(sample.nothing, sample.say(\"x\")) == 1 }", "0:x" },
	{ "private rule a { condition: sample.say(\"x\") } global rule b { condition: false }",
	  "0:x" },
};

static void write_lines(const struct verdicts *verdicts, char *out, size_t size)
{
	*out = '\0';
	for (size_t i = 0; i < verdicts->line_count; i++) {
		const struct console_line *line = &verdicts->lines[i];

		snprintf(out + strlen(out), size - strlen(out), "%s%u:%.*s", i ? " " : "",
			 line->rule, (int)line->text.length, (const char *)line->text.data);
	}
}

static void logs_what_yara_would(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++) {
		struct sample_asked asked = { 0 };
		struct verdicts verdicts;
		char text[512], lines[256];

		snprintf(text, sizeof(text), "import \"sample\" %s", logs[i].rules);
		assert_int_equal(judge_asked(text, &asked, &verdicts), 0);
		write_lines(&verdicts, lines, sizeof(lines));
		verdicts_release(&verdicts);
		if (strcmp(lines, logs[i].lines) != 0)
			fail_msg("%s: %s", logs[i].rules, lines);
	}
}

static void lines_beyond_the_limit_are_counted(void **state)
{
	struct sample_asked asked = { 0 };
	struct verdicts verdicts;
	size_t bytes = 0;

	(void)state;
	assert_int_equal(judge_asked("import \"sample\" rule a { condition: for all i in "
				     "(1..100000) : (sample.say(\"0123456789\")) }",
				     &asked, &verdicts),
			 0);
	assert_int_equal(verdicts.rules[0], VERDICT_TRUE);
	assert_int_equal(verdicts.line_count + verdicts.lines_dropped, 100000);
	for (size_t i = 0; i < verdicts.line_count; i++)
		bytes += verdicts.lines[i].text.length;
	assert_in_range(bytes, CONSOLE_BYTES_LIMIT / 8, CONSOLE_BYTES_LIMIT);
	verdicts_release(&verdicts);
}

static void a_target_that_is_set_aside_says_nothing(void **state)
{
	struct sample_asked asked = { 0 };
	struct ruleset *rules = compile_with_samples(
		"import \"sample\" rule a { condition: sample.say(\"x\") and uint8(0x1000) == 1 }");
	struct judged_target target;
	struct deadlines deadlines = { 0 };
	struct verdicts verdicts = { 0 };
	struct error err;

	(void)state;
	judged_target_init(&target, rules, &block, 1);
	target.view.place = &asked;
	target.lend_error = ERROR_NOT_KEPT;
	assert_int_equal(ruleset_evaluate(rules, &target.view, &deadlines, &verdicts, &err),
			 ERROR_NOT_KEPT);
	assert_null(verdicts.lines);
	target.lend_error = 0;
	assert_int_equal(ruleset_evaluate(rules, &target.view, &deadlines, &verdicts, &err), 0);
	assert_int_equal(verdicts.line_count, 1);
	verdicts_release(&verdicts);
	judged_target_release(&target);
	ruleset_free(rules);
}

static void a_rule_past_its_time_is_undecided_in_a_module_too(void **state)
{
	struct ruleset *rules = compile_good(
		"import \"math\" rule a { condition: math.count(0x73, 0x1000, 10) == 1 } "
		"rule b { condition: true }");
	struct judged_target target;
	struct deadlines deadlines = { .rule_seconds = 1e-9 };
	struct verdicts verdicts;
	struct error err;

	(void)state;
	judged_target_init(&target, rules, &block, 1);
	assert_int_equal(ruleset_evaluate(rules, &target.view, &deadlines, &verdicts, &err), 0);
	assert_int_equal(verdicts.rules[0], VERDICT_UNDECIDED);
	assert_int_equal(verdicts.rules[1], VERDICT_TRUE);
	verdicts_release(&verdicts);
	judged_target_release(&target);
	ruleset_free(rules);
}

/* Judges @text on an ELF program in memory; returns how often bytes were asked for. */
static size_t judge_program(const char *text)
{
	const struct made_elf elf = { .is_64 = true, .type = ET_EXEC };
	uint8_t bytes[MADE_ELF_BYTES];
	const struct judged_block program = { MADE_ELF_ADDRESS, (const char *)bytes,
					      sizeof(bytes) };
	struct ruleset *rules = compile_good(text);
	struct judged_target target;
	struct deadlines deadlines = { 0 };
	struct verdicts verdicts;
	struct error err;

	made_elf_write(&elf, bytes);
	judged_target_init(&target, rules, &program, 1);
	assert_int_equal(ruleset_evaluate(rules, &target.view, &deadlines, &verdicts, &err), 0);
	for (size_t i = 0; i < verdicts.count; i++)
		assert_int_equal(verdicts.rules[i], VERDICT_TRUE);
	verdicts_release(&verdicts);
	judged_target_release(&target);
	ruleset_free(rules);
	return target.lend_calls;
}

static void the_entry_point_is_found_once_for_a_target(void **state)
{
	size_t once = judge_program("rule a { condition: defined entrypoint }");

	(void)state;
	assert_true(once > 0);
	assert_int_equal(judge_program("rule a { condition: defined entrypoint } "
				       "rule b { condition: entrypoint > 0 and entrypoint < 1MB }"),
			 once);
}

static void no_program_has_no_entry_point(void **state)
{
	struct ruleset *rules = compile_good("rule a { condition: defined entrypoint }");
	struct judged_target target;

	(void)state;
	judged_target_init(&target, rules, &block, 1);
	assert_int_equal(judge_rule_at(rules, &target, 0), VERDICT_FALSE);
	judged_target_release(&target);
	ruleset_free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_values_of_modules),
		cmocka_unit_test(a_module_is_loaded_when_a_rule_first_looks),
		cmocka_unit_test(an_undefined_argument_spares_the_call),
		cmocka_unit_test(what_a_module_fails_with_ends_the_evaluation),
		cmocka_unit_test(texts_of_a_loop_take_the_room_of_one_round),
		cmocka_unit_test(logs_what_yara_would),
		cmocka_unit_test(lines_beyond_the_limit_are_counted),
		cmocka_unit_test(a_target_that_is_set_aside_says_nothing),
		cmocka_unit_test(a_rule_past_its_time_is_undecided_in_a_module_too),
		cmocka_unit_test(the_entry_point_is_found_once_for_a_target),
		cmocka_unit_test(no_program_has_no_entry_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
