#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/rule_counts.h"
#include "compiled_text.h"

static const char rules_text[] =
	"import \"pe\"\n"
	"import \"dotnet\"\n"
	"global rule g { condition: true }\n"
	"private rule p { strings: $a = \"plain text\" private condition: $a }\n"
	"rule n { condition: pe.machine == 1 and dotnet.is_dotnet }\n"
	"rule s { strings: $a = \"other text\" nocase wide $b = { 01 02 03 04 }\n"
	"$c = /ab[0-9]{4}cd/ fullword $d = \"hidden\" xor $e = { 41 42 43 [300-] 44 45 46 }\n"
	"condition: all of them }\n";

static void counts_what_is_there(void **state)
{
	struct diagnostics *notes;
	struct compiled_rules *compiled = compile_rules_text(rules_text, &notes);
	struct rule_counts counts;
	struct error err;

	(void)state;
	assert_int_equal(rule_counts_make(&counts, compiled, notes, &err), 0);
	assert_int_equal(counts.sources, 1);
	assert_int_equal(counts.namespaces, 1);
	assert_int_equal(counts.rules, 4);
	assert_int_equal(counts.private_rules, 1);
	assert_int_equal(counts.global_rules, 1);
	assert_int_equal(counts.not_evaluated, 1);
	assert_int_equal(counts.module_count, 2);
	assert_string_equal(counts.modules[0], "dotnet");
	assert_string_equal(counts.modules[1], "pe");
	assert_int_equal(counts.strings, 6);
	assert_int_equal(counts.private_strings, 1);
	assert_int_equal(counts.texts, 3);
	assert_int_equal(counts.hexes, 2);
	assert_int_equal(counts.regexes, 1);
	assert_int_equal(counts.nocase, 1);
	assert_int_equal(counts.wide, 1);
	assert_int_equal(counts.fullword, 1);
	assert_int_equal(counts.xored, 1);
	assert_int_equal(counts.chained, 1);
	assert_int_equal(counts.searched[STRATEGY_NONE], 0);
	assert_int_equal(counts.searched[STRATEGY_ATOMS] + counts.searched[STRATEGY_WINDOWS], 6);
	compiled_rules_release(compiled);
	diagnostics_free(notes);
}

static void leaves_out_what_is_not_there(void **state)
{
	static const char expected[] = "sources                          1\n"
				       "namespaces                       1\n"
				       "rules                            1\n"
				       "  not evaluated                  1  (magic)\n"
				       "strings                          1\n"
				       "  text                           1\n"
				       "live in processes                1  rules, 1 strings\n"
				       "live in files                    1  rules, 1 strings\n"
				       "searched in processes            1\n"
				       "  by atoms                       1\n";
	struct diagnostics *notes;
	struct compiled_rules *compiled = compile_rules_text(
		"import \"magic\" rule a { strings: $a = \"some text\" condition: $a or "
		"magic.type() contains \"x\" }",
		&notes);
	struct rule_counts counts;
	struct error err;
	struct text text = { 0 };

	(void)state;
	assert_int_equal(rule_counts_make(&counts, compiled, notes, &err), 0);
	rule_counts_add_text(&text, &counts);
	assert_string_equal(text.data, expected);
	text_release(&text);
	compiled_rules_release(compiled);
	diagnostics_free(notes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_is_there),
		cmocka_unit_test(leaves_out_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
