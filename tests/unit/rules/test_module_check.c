#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "judged_target.h"
#include "rules/ruleset_parts.h"
#include "sample_module.h"

static const struct compile_options with_samples = { .modules = sample_modules };

/* What the only error of a condition says; NULL: there is none. */
static const struct error_case {
	const char *condition, *message;
} errors[] = {
	{ "sample", "wrong usage of identifier \"sample\"" },
	{ "sample.foo", "invalid field name \"foo\"" },
	{ "sample.inner", "wrong usage of identifier \"inner\"" },
	{ "sample.inner.foo == 1", "invalid field name \"foo\"" },
	{ "sample.inner.number == 1", NULL },
	{ "sample.inner.deeper.text == \"x\"", NULL },
	{ "sample.inner.deeper.text == 1", "type mismatch" },
	{ "sample.text.x == 1", "\"text\" is not a structure" },
	{ "sample.add", "wrong usage of identifier \"add\"" },
	{ "sample.add.x", "\"add\" is not a structure" },
	{ "sample.add[1]", "\"add\" is not an array or dictionary" },
	{ "sample.list", "wrong usage of identifier \"list\"" },
	{ "sample.list[0] == 1", NULL },
	{ "sample.list[0].x == 1", "\"list\" is not a structure" },
	{ "sample.list[\"a\"] == 1", "array indexes must be of integer type" },
	{ "sample.list[1.0] == 1", "array indexes must be of integer type" },
	{ "sample.list[-1] == 1", NULL },
	{ "sample.items[0]", "wrong usage of identifier \"items\"" },
	{ "sample.items.name", "\"items\" is not a structure" },
	{ "sample.items[0].parts[1] + 1 == 2", NULL },
	{ "sample.table[1] == 1", "dictionary keys must be of string type" },
	{ "sample.table[\"one\"] == 1", NULL },
	{ "sample.table.one == 1", "\"table\" is not a structure" },
	{ "sample()", "\"sample\" is not a function" },
	{ "sample.number()", "\"number\" is not a function" },
	{ "sample.add()", "wrong arguments for function \"add\"" },
	{ "sample.add(1, 2) == 3", NULL },
	{ "sample.add(1.0, 2.0) == 3.0", NULL },
	{ "sample.add(1, 2.0) == 3", "wrong arguments for function \"add\"" },
	{ "sample.add(1, 2, 3) == 3", "wrong arguments for function \"add\"" },
	{ "sample.add(1, true) == 3", "wrong arguments for function \"add\"" },
	{ "sample.add(1, 2) contains \"x\"", "wrong type \"integer\" for contains operator" },
	{ "sample.add(1.0, 2.0) % 2 == 3", "wrong type \"float\" for % operator" },
	{ "sample.add(sample, 1) == 3", "wrong usage of identifier \"sample\"" },
	{ "sample.is(1)", "wrong arguments for function \"is\"" },
	{ "sample.is(1 == 1)", NULL },
	{ "sample.is(not 1)", NULL },
	{ "sample.join(\"a\", \"b\") matches /ab/", NULL },
	{ "sample.join(\"a\", /b/) == \"b\"", "wrong arguments for function \"join\"" },
	{ "sample.has(/a/, \"a\")", NULL },
	{ "sample.has(\"a\", \"a\")", "wrong arguments for function \"has\"" },
	{ "sample.inner.add(1, 2) == 3", NULL },
	{ "for any i in sample.list : (i == 1)", NULL },
	{ "for any i in sample.items : (i)", "wrong usage of identifier \"i\"" },
	{ "for any i in sample.items : (i.name == \"x\")", NULL },
	{ "for any i in sample.items : (i.nam == \"x\")", "invalid field name \"nam\"" },
	{ "for any i in sample.items : (for any p in i.parts : (p == 1))", NULL },
	{ "for any i in (1, sample.is(for any i in (1, 2) : (i == 1))) : (true)",
	  "duplicated loop identifier \"i\"" },
	{ "for any i in (1, sample.is(for any j in (1, 2) : (j == 1))) : (i == 1)", NULL },
	{ "for any i in sample.number : (true)", "identifier \"number\" is not iterable" },
	{ "for any i in sample : (true)", "identifier \"sample\" is not iterable" },
	{ "for any i in sample.add : (true)", "identifier \"add\" is not iterable" },
	{ "for any k, v in sample.list : (true)",
	  "iterator for \"list\" yields a single item on each iteration, but the loop expects 2" },
	{ "for any k in sample.table : (true)",
	  "iterator for \"table\" yields a key,value pair item on each iteration" },
	{ "for any k, v in sample.table : (k == \"one\" and v == 1)", NULL },
	{ "for any k, v in sample.table : (v == \"one\")", "type mismatch" },
	{ "for any k, v in sample.entries : (v.value == 1)", NULL },
	{ "for any k, k in sample.table : (true)", "duplicated loop identifier \"k\"" },
	{ "for any sample in (1..2) : (sample == 1)", NULL },
	{ "for any i in (1..2) : (i.x)", "\"i\" is not a structure" },
	{ "for any i in (sample.number, 2) : (i == 42)", NULL },
	{ "for any i in (sample, 2) : (i == 42)", "wrong usage of identifier \"sample\"" },
	{ "for sample.number i in (1..2) : (true)", NULL },
	{ "for sample i in (1..2) : (true)", "wrong usage of identifier \"sample\"" },
	{ "for sample.text i in (1..2) : (true)",
	  "invalid value in condition: \"string in for_expression is invalid\"" },
	{ "1 \\ sample.THREE == 1", NULL },
	{ "-1 \\ (sample.THREE - 3) == 1", NULL },
	{ "1 << -sample.THREE == 1", NULL },
	{ "9223372036854775807 + sample.THREE == 1", NULL },
	{ "uint8(sample.inner) == 1", "wrong usage of identifier \"inner\"" },
	{ "sample.text", NULL },
	{ "bare.value == 1 and bare.f(1) == 2 and bare.items[0].name == \"x\"", NULL },
	{ "bare.f(1.0) == 2", "wrong arguments for function \"f\"" },
};

/* NULL: there is none. Warnings are of no interest here. */
static const char *first_error(struct diagnostics *notes)
{
	size_t count;
	const struct diagnostic *list = diagnostics_list(notes, &count);

	for (size_t i = 0; i < count; i++) {
		if (list[i].severity == SEVERITY_ERROR)
			return list[i].message;
	}
	return NULL;
}

static bool error_holds(const struct error_case *row)
{
	char text[1024];
	struct diagnostics *notes;
	struct ruleset *rules;
	const char *first;
	size_t count;
	bool holds;

	snprintf(text, sizeof(text), "import \"sample\" import \"bare\" rule r { condition: %s }",
		 row->condition);
	rules = compile_text(text, &with_samples, &notes);
	count = diagnostics_count(notes, SEVERITY_ERROR);
	first = first_error(notes);
	if (row->message)
		holds = count == 1 && strcmp(first, row->message) == 0;
	else
		holds = count == 0 && rules;
	if (!holds)
		print_error("%s\n\tgot %zu: %s\n", row->condition, count,
			    first ? first : "nothing");
	ruleset_free(rules);
	diagnostics_free(notes);
	return holds;
}

static void names_errors_as_yara_does(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		failures += !error_holds(&errors[i]);
	assert_int_equal(failures, 0);
}

static struct ruleset *compile_with_samples(const char *text)
{
	struct diagnostics *notes;
	struct ruleset *rules = compile_text(text, &with_samples, &notes);

	diagnostics_free(notes);
	assert_non_null(rules);
	return rules;
}

static void too_many_arguments_are_wrong_ones(void **state)
{
	char text[2048] = "import \"sample\" rule r { condition: sample.add(1";
	struct diagnostics *notes;
	const struct diagnostic *list;
	size_t count;

	(void)state;
	for (int i = 0; i < 300; i++)
		strcat(text, ",1");
	strcat(text, ") == 1 }");
	assert_null(compile_text(text, &with_samples, &notes));
	list = diagnostics_list(notes, &count);
	assert_int_equal(count, 1);
	assert_string_equal(list[0].message, "wrong arguments for function \"add\"");
	diagnostics_free(notes);
}

/* What the condition of one rule makes of it. */
static const struct use_case {
	const char *condition;
	bool reads_bytes, not_evaluated;
} uses[] = {
	{ "sample.THREE == 3 and sample.HALF == 0.5", false, false },
	{ "sample.number == 3", true, false },
	{ "sample.inner.number == 3", true, false },
	{ "sample.pure(true)", false, false },
	{ "sample.pure(sample.is(true) == 1)", true, false },
	{ "for any i in sample.list : (true)", true, false },
	{ "bare.C == 3", false, false },
	{ "bare.value == 3", false, true },
	{ "bare.f(3) == 3", false, true },
	{ "for any i in bare.items : (true)", false, true },
	{ "for bare.value i in (1..2) : (true)", false, true },
	{ "time.now() > 1", false, false },
	{ "string.length(\"a\") == 1", false, false },
	{ "math.abs(-1) == 1 and math.mean(\"a\") == 1.0 and math.MEAN_BYTES > 1.0", false, false },
	{ "math.mean(0, 1) == 1.0", true, false },
	{ "math.mode() == 1", true, false },
};

static void knows_what_a_condition_looks_at(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++) {
		char text[512];
		struct ruleset *rules;

		snprintf(text, sizeof(text),
			 "import \"sample\" import \"bare\" import \"time\" import \"string\" "
			 "import \"math\" rule r { condition: %s }",
			 uses[i].condition);
		rules = compile_with_samples(text);
		if (rules->checked.rules[0].reads_bytes != uses[i].reads_bytes ||
		    rules->checked.rules[0].not_evaluated != uses[i].not_evaluated)
			fail_msg("%s", uses[i].condition);
		ruleset_free(rules);
	}
}

static void counts_rules_that_use_modules_without_values(void **state)
{
	struct ruleset *rules = compile_with_samples(
		"import \"pe\" import \"bare\" import \"sample\" import \"dotnet\" "
		"rule a { condition: pe.number_of_sections == 1 and dotnet.module_name == \"x\" } "
		"rule b { condition: sample.number == 1 } "
		"rule c { condition: bare.value == 1 and pe.is_pe } "
		"rule d { condition: pe.MACHINE_AMD64 == 1 }");
	const char *const *modules;
	size_t count;

	(void)state;
	assert_int_equal(ruleset_not_evaluated(rules, &modules, &count), 2);
	assert_int_equal(count, 3);
	assert_string_equal(modules[0], "bare");
	assert_string_equal(modules[1], "dotnet");
	assert_string_equal(modules[2], "pe");
	ruleset_free(rules);
}

static void an_import_holds_for_its_namespace(void **state)
{
	static const char importing[] = "import \"sample\" import \"sample\" "
					"rule a { condition: sample.number == 42 }";
	static const char other[] = "rule a { condition: sample.number == 42 }";
	struct rule_text texts[] = {
		{ "a.yar", "first", { (const uint8_t *)importing, sizeof(importing) - 1 } },
		{ "b.yar", "second", { (const uint8_t *)importing, sizeof(importing) - 1 } },
		{ "c.yar", "third", { (const uint8_t *)other, sizeof(other) - 1 } },
	};
	struct ruleset *rules;
	struct diagnostics *notes;
	struct error err;

	(void)state;
	assert_int_equal(diagnostics_new(&notes, &err), 0);
	assert_int_equal(ruleset_compile(&rules, texts, 2, &with_samples, notes, &err), 0);
	assert_int_equal(rules->checked.module_count, 1);
	ruleset_free(rules);
	assert_int_equal(ruleset_compile(&rules, texts, 3, &with_samples, notes, &err),
			 ERROR_RULES);
	assert_int_equal(diagnostics_count(notes, SEVERITY_ERROR), 1);
	diagnostics_free(notes);
}

static void a_rule_may_have_the_name_of_a_module(void **state)
{
	(void)state;
	ruleset_free(compile_with_samples("import \"sample\" rule sample { condition: true } "
					  "rule b { condition: sample.number == 42 }"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_errors_as_yara_does),
		cmocka_unit_test(too_many_arguments_are_wrong_ones),
		cmocka_unit_test(knows_what_a_condition_looks_at),
		cmocka_unit_test(counts_rules_that_use_modules_without_values),
		cmocka_unit_test(an_import_holds_for_its_namespace),
		cmocka_unit_test(a_rule_may_have_the_name_of_a_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
