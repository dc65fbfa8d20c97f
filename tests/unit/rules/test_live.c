#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "judged_target.h"

/* "p": can be true in a process, "l": in one with memory below 64 KiB, "f": in a file. */
struct live_row {
	const char *condition;
	const char *live;
};

/* With strings $a and $b, and after rules `no` (never true) and `yes`. */
static const struct live_row rows[] = {
	{ "$a", "plf" },
	{ "true", "plf" },
	{ "false", "" },
	{ "filesize < 10", "f" },
	{ "filesize < 10 and $a", "f" },
	{ "filesize < 10 or $a", "plf" },
	{ "not (filesize < 10 and $a)", "plf" },
	{ "not (filesize < 10)", "f" },
	{ "not filesize", "f" },
	{ "defined filesize", "f" },
	{ "not defined filesize", "pl" },
	{ "not (filesize < 10 or $a)", "plf" },
	{ "filesize + 1 > 0", "f" },
	{ "-filesize < 0", "f" },
	{ "$a at filesize - 4", "f" },
	{ "$a in (0..filesize)", "f" },
	{ "#a in (0..filesize) == 0", "f" },
	{ "any of them in (0..filesize)", "f" },
	{ "for any i in (0..filesize) : ($a at i)", "f" },
	{ "for any of them : ($ in (filesize - 10..filesize))", "f" },
	{ "for none of them : ($ in (filesize - 10..filesize))", "plf" },
	{ "for any i in (1, filesize) : (i == 1)", "plf" },
	{ "uint16(0) == 0x5a4d", "lf" },
	{ "uint16(0) == 0x5a4d and uint32(uint32(0x3c)) == 0x4550 and $a", "lf" },
	{ "uint16(0) == 0x5a4d or $a", "plf" },
	{ "not uint16(0) == 0x5a4d", "lf" },
	{ "uint16(0xffff) == 1", "lf" },
	{ "uint16(0x10000) == 1", "plf" },
	{ "uint16(-1) == 1", "" },
	{ "uint8(@a) == 1", "plf" },
	{ "uint8(entrypoint) == 1", "plf" },
	{ "$a at 0", "lf" },
	{ "not $a at 0", "plf" },
	{ "$a at 0x10000", "plf" },
	{ "$a at -1", "plf" },
	{ "$a in (0..1024)", "lf" },
	{ "$a in (0..65535)", "lf" },
	{ "$a in (0..65536)", "plf" },
	{ "$a in (@b..1024)", "plf" },
	{ "not $a in (0..1024)", "plf" },
	{ "#a in (0..1024) > 2", "lf" },
	{ "#a in (0..1024) == 0", "plf" },
	{ "any of them at 0", "lf" },
	{ "all of them in (0..1024)", "lf" },
	{ "none of them in (0..1024)", "plf" },
	{ "1 of them in (0..1024)", "lf" },
	{ "0 of them in (0..1024)", "plf" },
	{ "@a[0] > 2", "" },
	{ "!a[1] > 2", "plf" },
	{ "2 + 3 == 5", "plf" },
	{ "2 + 3 == 6", "" },
	{ "1.5 < filesize", "f" },
	{ "not 1.5 < filesize", "plf" },
	{ "not 1.5 > filesize", "f" },
	{ "no", "" },
	{ "yes", "plf" },
	{ "not no", "plf" },
	{ "any of (no, yes)", "plf" },
	{ "all of (no, yes)", "" },
	{ "any of (no)", "" },
	{ "none of (no)", "plf" },
	{ "pe.number_of_sections > 2", "" },
	{ "pe.number_of_sections > 2 or $a", "plf" },
	{ "not defined pe.number_of_sections", "plf" },
	{ "pe.imports(\"a\")", "" },
	{ "for any section in pe.sections : (true)", "" },
	{ "pe.sections[0].name == \"a\"", "" },
	{ "pe.DLL == 0x2000", "plf" },
	{ "elf.type == elf.ET_EXEC", "plf" },
	{ "for any section in elf.sections : (section.name == \"a\")", "plf" },
	{ "math.entropy(0, filesize) > 7", "f" },
	{ "math.entropy(0x400000, 9) > 7", "plf" },
	{ "hash.md5(0, filesize) == \"a\"", "f" },
	{ "console.log(\"seen\") and filesize < 0", "plf" },
	{ "filesize < 0 and console.log(\"seen\")", "plf" },
	{ "text == \"x\"", "plf" },
	{ "number > 7 and filesize > 0", "f" },
};

static const struct target_facts kinds[] = {
	{ .is_process = true },
	{ .is_process = true, .has_low_memory = true },
	{ .is_process = false },
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static struct ruleset *compile(const char *text)
{
	static const struct external externals[] = {
		{ .name = "text", .kind = EXTERNAL_TEXT, .text = { (const uint8_t *)"y", 1 } },
		{ .name = "number", .kind = EXTERNAL_INTEGER, .integer = 1 },
	};
	const struct compile_options options = { .externals = externals, .external_count = 2 };
	struct diagnostics *notes;
	struct ruleset *rules = compile_text(text, &options, &notes);

	diagnostics_free(notes);
	if (!rules)
		fail_msg("%s", text);
	return rules;
}

static void live_of(const struct ruleset *rules, size_t index, char out[KINDS + 1])
{
	for (size_t i = 0; i < KINDS; i++)
		if (ruleset_rule_is_live(rules, &kinds[i], index))
			*out++ = "plf"[i];
	*out = '\0';
}

static void knows_where_a_condition_can_be_true(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[1024], live[KINDS + 1];
		struct ruleset *rules;

		snprintf(text, sizeof(text),
			 "import \"pe\" import \"elf\" import \"math\" import \"hash\" "
			 "import \"console\" rule no { condition: false } "
			 "rule yes { strings: $a = \"aa\" condition: $a } "
			 "rule r { strings: $a = \"aa\" $b = \"bb\" condition: for any of them : "
			 "(true) and (%s) }",
			 rows[i].condition);
		rules = compile(text);
		live_of(rules, 2, live);
		if (strcmp(live, rows[i].live) != 0) {
			print_error("%s: live in \"%s\", not \"%s\"\n", rows[i].condition, live,
				    rows[i].live);
			failures++;
		}
		ruleset_free(rules);
	}
	assert_int_equal(failures, 0);
}

struct rules_row {
	const char *text;
	const char *live; /* of each rule, those that count in a process: '1' or '0' */
};

static const struct rules_row sets[] = {
	{ "global rule g { condition: filesize < 9 } rule a { condition: true }", "00" },
	{ "global rule g { condition: filesize < 9 or true } rule a { condition: true }", "11" },
	{ "rule a { condition: true } rule b { condition: a and filesize < 9 }", "10" },
	{ "rule a { condition: filesize < 9 } rule b { condition: a } rule c { condition: not b }",
	  "001" },
	{ "private rule a { condition: true } rule b { condition: a and false }", "10" },
	/* What a rule that logs refers to is needed, though its namespace never is true. */
	{ "import \"console\" rule a { condition: true } rule b { condition: a and "
	  "console.log(\"x\") } global rule g { condition: false }",
	  "110" },
	{ "import \"console\" rule a { condition: true } rule b { condition: any of (a) and "
	  "console.log(\"x\") } global rule g { condition: false }",
	  "110" },
	{ "import \"console\" rule a { condition: true } rule b { condition: true } rule c { "
	  "condition: "
	  "for (1 + math.to_number(a)) i in (1..2) : (console.log(\"x\")) } global rule g { "
	  "condition: "
	  "false }",
	  "1010" },
};

static void keeps_what_other_rules_need(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		char text[1024];
		struct ruleset *rules;

		snprintf(text, sizeof(text), "import \"math\" %s", sets[i].text);
		rules = compile(text);
		for (size_t j = 0; sets[i].live[j]; j++) {
			bool live = ruleset_rule_is_live(rules, &kinds[0], j);

			if (live == (sets[i].live[j] == '1'))
				continue;
			print_error("%s: rule %zu\n", sets[i].text, j);
			failures++;
		}
		ruleset_free(rules);
	}
	assert_int_equal(failures, 0);
}

static void only_live_rules_need_their_strings_and_bytes(void **state)
{
	struct ruleset *rules =
		compile("rule a { strings: $a = \"aa\" condition: $a and uint16(0) == 1 } "
			"rule b { strings: $b = \"bb\" condition: #b > 1 }");
	enum match_need needs[2];

	(void)state;
	assert_false(ruleset_needs(rules, &kinds[0], NEED_LISTED, needs));
	assert_int_equal(needs[0], NEED_NOTHING);
	assert_int_equal(needs[1], NEED_LISTED);
	assert_true(ruleset_needs(rules, &kinds[1], NEED_LISTED, needs));
	assert_int_equal(needs[0], NEED_LISTED);
	assert_true(ruleset_needs(rules, &kinds[2], NEED_NOTHING, needs));
	assert_int_equal(needs[0], NEED_PRESENCE);
	assert_int_equal(needs[1], NEED_COUNT);
	ruleset_free(rules);
}

static void every_rule_can_be_kept_to_compare_with(void **state)
{
	const struct compile_options options = { .every_rule_live = true };
	struct diagnostics *notes;
	struct ruleset *rules = compile_text("rule a { condition: false }", &options, &notes);

	(void)state;
	assert_non_null(rules);
	for (size_t i = 0; i < KINDS; i++)
		assert_true(ruleset_rule_is_live(rules, &kinds[i], 0));
	ruleset_free(rules);
	diagnostics_free(notes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_where_a_condition_can_be_true),
		cmocka_unit_test(keeps_what_other_rules_need),
		cmocka_unit_test(only_live_rules_need_their_strings_and_bytes),
		cmocka_unit_test(every_rule_can_be_kept_to_compare_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
