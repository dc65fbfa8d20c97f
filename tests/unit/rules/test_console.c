#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "judged_target.h"

/* What a call says. */
static const struct line_case {
	const char *call, *line;
} cases[] = {
	{ "log(\"plain\")", "plain" },
	{ "log(\"\")", "" },
	{ "log(\"a\\x00\\n\\x7f\\xff~ \\\\\")", "a\\x00\\x0a\\x7f\\xff~ \\" },
	{ "log(\"to: \", \"x\\x01\")", "to: x\\x01" },
	{ "log(\"raw \\x01\\n: \", \"x\")", "raw \x01\n: x" },
	{ "log(\"cut\\x00off\", \"x\")", "cutx" },
	{ "log(-5)", "-5" },
	{ "log(\"n=\", 9223372036854775807)", "n=9223372036854775807" },
	{ "log(1.5)", "1.500000" },
	{ "log(\"f=\", -0.25)", "f=-0.250000" },
	{ "hex(255)", "0xff" },
	{ "hex(0)", "0x0" },
	{ "hex(\"h=\", -1)", "h=0xffffffffffffffff" },
};

static void check_line(const struct line_case *row)
{
	char text[256];
	struct ruleset *rules;
	struct judged_target target;
	struct deadlines deadlines = { 0 };
	struct verdicts verdicts;
	struct error err;

	snprintf(text, sizeof(text), "import \"console\" rule r { condition: console.%s == 1 }",
		 row->call);
	rules = compile_good(text);
	judged_target_init(&target, rules, NULL, 0);
	assert_int_equal(ruleset_evaluate(rules, &target.view, &deadlines, &verdicts, &err), 0);
	assert_int_equal(verdicts.rules[0], VERDICT_TRUE);
	assert_int_equal(verdicts.line_count, 1);
	if (verdicts.lines[0].text.length != strlen(row->line) ||
	    memcmp(verdicts.lines[0].text.data, row->line, strlen(row->line)) != 0)
		fail_msg("%s: %.*s", row->call, (int)verdicts.lines[0].text.length,
			 (const char *)verdicts.lines[0].text.data);
	verdicts_release(&verdicts);
	judged_target_release(&target);
	ruleset_free(rules);
}

static void writes_lines_as_yara_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_line(&cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(writes_lines_as_yara_does) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
