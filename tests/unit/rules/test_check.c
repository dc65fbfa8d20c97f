#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "judged_target.h"

/* What the first diagnostic of a severity says of `rule r { BODY }`. NULL message: there is none. */
struct check_case {
	const char *body;
	const char *code, *message;
};

static const struct check_case errors[] = {
	{ "condition: foo", "undefined-identifier", "undefined identifier \"foo\"" },
	{ "condition: $a", "undefined-string", "undefined string \"$a\"" },
	{ "condition: #a > 1", "undefined-string", "undefined string \"$a\"" },
	{ "condition: any of them", "undefined-string", "undefined string \"$*\"" },
	{ "strings: $a = \"x\" condition: $a and any of ($b*)", "undefined-string",
	  "undefined string \"$b*\"" },
	{ "strings: $a = \"x\" condition: true", "unreferenced-string",
	  "unreferenced string \"$a\"" },
	{ "strings: $ = \"x\" condition: true", "unreferenced-string",
	  "unreferenced string \"$\"" },
	{ "strings: $_a = \"x\" condition: true", NULL, NULL },
	{ "strings: $ = \"x\" $ = \"y\" condition: all of them", NULL, NULL },
	{ "strings: $a = \"x\" $a = \"y\" condition: $a", "duplicate-string",
	  "duplicated string identifier \"$a\"" },
	{ "strings: $a = \"x\" condition: $ or $a", "misplaced-anonymous-string",
	  "wrong use of anonymous string" },
	{ "strings: $a = \"\" condition: $a", "empty-string", "empty string \"$a\"" },
	{ "strings: $a = \"x\" xor nocase condition: $a", "invalid-modifier",
	  "invalid modifier combination: xor nocase" },
	{ "strings: $a = \"x\" base64 fullword condition: $a", "invalid-modifier",
	  "invalid modifier combination: base64 fullword" },
	{ "strings: $a = \"xxx\" base64 wide ascii private condition: $a", NULL, NULL },
	{ "strings: $a = \"x\" base64 base64wide condition: $a", NULL, NULL },
	{ "strings: $a = { 41 [-] 42 } condition: $a", NULL, NULL },
	{ "strings: $a = /(ab.{0,300}?c)d/ condition: $a", NULL, NULL },
	{ "strings: $a = /ab.{0,200}?cd/ condition: $a", NULL, NULL },
	{ "strings: $a = /ab.*cd/ condition: $a", NULL, NULL },
	{ "strings: $a = /ab(c.*?d|e)f/ condition: $a", NULL, NULL },
	{ "strings: $a = /ab.*?/ condition: $a", NULL, NULL },
	{ "strings: $a = /a.*b.*?c/ condition: $a", "invalid-regex",
	  "greedy and ungreedy quantifiers can't be mixed in a regular expression" },
	{ "condition: \"x\" matches /a.*b.*?c/", NULL, NULL },
	{ "condition: -\"a\" == 1", "wrong-type", "wrong type \"string\" for - operator" },
	{ "condition: ~1.5 == 1", "wrong-type", "wrong type \"float\" for ~ operator" },
	{ "condition: 1.5 % 2 == 1", "wrong-type", "wrong type \"float\" for % operator" },
	{ "condition: 1 & 1.5 == 1", "wrong-type", "wrong type \"float\" for & operator" },
	{ "condition: \"a\" + \"b\" == 1", "wrong-type", "strings don't support \"+\" operation" },
	{ "condition: \"a\" == 1", "wrong-type", "type mismatch" },
	{ "condition: r == 1", "wrong-type", "type mismatch" },
	{ "condition: 1 contains \"a\"", "wrong-type",
	  "wrong type \"integer\" for contains operator" },
	{ "condition: 1 matches /a/", "wrong-type", "wrong type \"integer\" for matches operator" },
	{ "condition: uint8(\"a\") == 1", "wrong-type",
	  "wrong type \"string\" for intXXXX or uintXXXX operator" },
	{ "strings: $a = \"x\" condition: $a at 1.5", "wrong-type",
	  "wrong type \"float\" for at operator" },
	{ "strings: $a = \"x\" condition: $a in (1.5..2)", "wrong-type",
	  "wrong type for range's lower bound" },
	{ "strings: $a = \"x\" condition: $a in (1..\"2\")", "wrong-type",
	  "wrong type for range's upper bound" },
	{ "strings: $a = \"x\" condition: $a in (5..3)", "invalid-value",
	  "invalid value in condition: \"range lower bound must be less than upper bound\"" },
	{ "strings: $a = \"x\" condition: $a in (-1..3)", "invalid-value",
	  "invalid value in condition: \"range lower bound can not be negative\"" },
	{ "strings: $a = \"x\" condition: $a in (-1..#a)", NULL, NULL },
	{ "strings: $a = \"x\" condition: $a in (3..3)", NULL, NULL },
	{ "strings: $a = \"x\" condition: -1 of them", "invalid-value",
	  "invalid value in condition: \"-1\"" },
	{ "strings: $a = \"x\" condition: \"foo\" of them", "invalid-value",
	  "invalid value in condition: \"foo\"" },
	{ "strings: $a = \"x\" condition: /foo/ of them", "invalid-value",
	  "invalid value in condition: \"regexp in for_expression is invalid\"" },
	{ "strings: $a = \"x\" condition: 0% of them", "invalid-percentage",
	  "percentage must be between 1 and 100 (inclusive)" },
	{ "strings: $a = \"x\" condition: 101% of them", "invalid-percentage",
	  "percentage must be between 1 and 100 (inclusive)" },
	{ "strings: $a = \"x\" condition: #a% of them", NULL, NULL },
	{ "strings: $a = \"x\" condition: any of them at \"x\"", "invalid-value",
	  "invalid value in condition: \"at expression must be an integer\"" },
	{ "condition: 9223372036854775807 + 1 == 0", "integer-overflow",
	  "integer overflow in \"9223372036854775807 + 1\"" },
	{ "condition: -9223372036854775807 - 2 == 0", "integer-overflow",
	  "integer overflow in \"-9223372036854775807 - 2\"" },
	{ "condition: 4611686018427387904 * -2 == 0", "integer-overflow",
	  "integer overflow in \"4611686018427387904 * -2\"" },
	{ "condition: -9223372036854775807 - 1 < 0", NULL, NULL },
	{ "condition: 1 \\ 0 == 0", "division-by-zero", "division by zero" },
	{ "condition: filesize % (2 - 2) == 0", "division-by-zero", "division by zero" },
	{ "condition: 1.0 \\ 0 > 0", NULL, NULL },
	{ "condition: 1 << -1 == 0", "invalid-operand",
	  "invalid operand: shift by a negative number" },
	{ "condition: for any i in (1, 2.5) : (true)", "wrong-type",
	  "wrong type for enumeration item" },
	{ "condition: for any i in (1, \"a\") : (true)", "wrong-type",
	  "enumerations must be all the same type" },
	{ "condition: for any i, j in (1, 2) : (true)", "syntax-error",
	  "iterator yields one value on each iteration, but the loop expects 2" },
	{ "condition: for any i in (1) : (for any i in (1) : (true))", "duplicate-loop-identifier",
	  "duplicated loop identifier \"i\"" },
	{ "condition: for any i in (1, i) : (true)", "undefined-identifier",
	  "undefined identifier \"i\"" },
	{ "condition: for any i in (1) : (true) and for any i in (2) : (true)", NULL, NULL },
	{ "condition: for any i in (1) : (i contains \"a\")", "wrong-type",
	  "wrong type \"integer\" for contains operator" },
	{ "condition: for any a in (1) : (for any b in (1) : (for any c in (1) : (for any d in (1) "
	  ": "
	  "(true))))",
	  NULL, NULL },
	{ "condition: for any a in (1) : (for any b in (1) : (for any c in (1) : (for any d in (1) "
	  ": "
	  "(for any e in (1) : (true)))))",
	  "loop-nesting-limit", "loop nesting limit exceeded" },
	{ "strings: $a = \"x\" condition: for any of them : (for any of them : ($))",
	  "nested-for-of", "'for <quantifier> of <string set>' loops can't be nested" },
	{ "condition: r.a == 1", "wrong-type", "\"r\" is not a structure" },
	{ "condition: r[1] == 1", "wrong-type", "\"r\" is not an array or dictionary" },
	{ "condition: r() == 1", "wrong-type", "\"r\" is not a function" },
	{ "condition: r", NULL, NULL },
	{ "condition: all of (x*)", "undefined-identifier", "undefined identifier \"x\"" },
	{ "condition: entrypoint == 0", NULL, NULL },
	{ "condition: entrypoint == \"x\"", "wrong-type", "type mismatch" },
};

static const struct check_case warnings[] = {
	{ "strings: $a = \"x\" condition: 2 of them", "always-false",
	  "expression always false - requesting 2 of 1." },
	{ "strings: $a = \"x\" condition: 0 of them", "ambiguous-zero",
	  "consider using \"none\" keyword, it is less ambiguous." },
	{ "strings: $a = \"x\" $b = \"y\" condition: all of them at 0", "many-at-one-offset",
	  "multiple strings at an offset is usually false." },
	{ "strings: $a = \"x\" condition: all of them at 0", NULL, NULL },
	{ "condition: \"x\"", "text-as-boolean",
	  "using literal string \"x\" in a boolean operation." },
	{ "condition: not \"x\" and true", "text-as-boolean",
	  "using literal string \"x\" in a boolean operation." },
	{ "strings: $a = /ab.*cd/ condition: $a", "open-gap",
	  "$a contains .*, .+ or .{x,} consider using .{,N}, .{1,N} or {x,N} with a reasonable "
	  "value for N" },
	{ "condition: entrypoint == 0", "deprecated-keyword",
	  "using deprecated \"entrypoint\" keyword. Use the \"entry_point\" function from PE "
	  "module instead." },
};

static bool case_holds(const struct check_case *row, enum severity severity)
{
	char text[1024];
	struct diagnostics *notes;
	const struct diagnostic *first = NULL;
	bool holds;
	size_t count;

	snprintf(text, sizeof(text), "rule r { %s }", row->body);

	struct ruleset *rules = compile_text(text, NULL, &notes);
	const struct diagnostic *list = diagnostics_list(notes, &count);

	for (size_t i = 0; i < count && !first; i++) {
		if (list[i].severity == severity)
			first = &list[i];
	}
	if (!row->message)
		holds = !first;
	else
		holds = first && strcmp(first->code, row->code) == 0 &&
			strcmp(first->message, row->message) == 0;
	if (severity == SEVERITY_ERROR)
		holds &= !rules == !!first;
	if (!holds)
		print_error("%s\n\tgot [%s] %s\n", row->body, first ? first->code : "",
			    first ? first->message : "nothing");
	ruleset_free(rules);
	diagnostics_free(notes);
	return holds;
}

static void check_cases(const struct check_case *rows, size_t count, enum severity severity)
{
	size_t failures = 0;

	for (size_t i = 0; i < count; i++)
		failures += !case_holds(&rows[i], severity);
	assert_int_equal(failures, 0);
}

static void names_errors_as_yara_does(void **state)
{
	(void)state;
	check_cases(errors, sizeof(errors) / sizeof(*errors), SEVERITY_ERROR);
}

static void warns_as_yara_does(void **state)
{
	(void)state;
	check_cases(warnings, sizeof(warnings) / sizeof(*warnings), SEVERITY_WARNING);
}

/* Rule texts as a whole: the codes of all errors, in order, joined by spaces. */
struct text_case {
	const char *text, *codes;
};

static const struct text_case texts[] = {
	{ "rule a { condition: true } rule a { condition: true }", "duplicate-identifier" },
	{ "rule a : x y x { condition: true }", "duplicate-tag" },
	{ "rule a { condition: b } rule b { condition: true }", "undefined-identifier" },
	{ "rule ab { condition: true } rule c { condition: any of (a*) } rule ax { condition: true "
	  "}",
	  "wildcard-identifier" },
	{ "rule ab { condition: any of (a*) }", "" },
	{ "rule c { condition: foo and $x and 1 \\ 0 == 1 }",
	  "undefined-identifier undefined-string division-by-zero" },
	{ "rule c { condition: foo } rule d { condition: bar }",
	  "undefined-identifier undefined-identifier" },
	{ "import \"pe\" rule a { condition: pe.number_of_sections == 1 and pe.foo(1)[2] > 3 }",
	  "invalid-field-name" },
	{ "import \"pe\" rule a { condition: for any s in pe.sections : (s.nam.e == \"x\") }",
	  "invalid-field-name" },
	{ "import \"nope\" rule a { condition: nope.x == 1 or nope.f(1)[2].y }", "unknown-module" },
	{ "rule a { condition: math.abs(1) == 1 } import \"math\" "
	  "rule b { condition: math.abs(1) == 1 }",
	  "undefined-identifier" },
	{ "rule a { condition: true } import \"nope\"", "unknown-module" },
	{ "import \"math\" rule a { condition: math.max(foo, bar) == \"x\" }",
	  "undefined-identifier undefined-identifier" },
	{ "rule a { strings: $a = \"x\" condition: for any i in (1.5) : ($a) }", "wrong-type" },
	{ "rule a { strings: $a = \"x\" condition: for any i in (1..2) : (j) or $a }",
	  "undefined-identifier" },
};

static void append_codes(struct diagnostics *notes, char *out, size_t size)
{
	size_t count;
	const struct diagnostic *list = diagnostics_list(notes, &count);

	*out = '\0';
	for (size_t i = 0; i < count; i++) {
		if (list[i].severity != SEVERITY_ERROR)
			continue;
		snprintf(out + strlen(out), size - strlen(out), "%s%s", *out ? " " : "",
			 list[i].code);
	}
}

static void reports_every_error_once(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct diagnostics *notes;
		char codes[256];

		ruleset_free(compile_text(texts[i].text, NULL, &notes));
		append_codes(notes, codes, sizeof(codes));
		if (strcmp(codes, texts[i].codes) != 0) {
			print_error("%s\n\tgot %s\n", texts[i].text, codes);
			failures++;
		}
		diagnostics_free(notes);
	}
	assert_int_equal(failures, 0);
}

static void points_at_the_place(void **state)
{
	struct diagnostics *notes;
	size_t count;

	(void)state;
	compile_text("rule r {\n\tcondition:\n\t\ttrue and foo\n}\n", NULL, &notes);

	const struct diagnostic *list = diagnostics_list(notes, &count);

	assert_int_equal(count, 1);
	assert_int_equal(list[0].span.line, 3);
	assert_int_equal(list[0].span.column, 12);
	assert_int_equal(list[0].span.length, 3);
	assert_string_equal(list[0].rule, "r");
	diagnostics_free(notes);
}

/* "1 - (1 - (1 - ..." of @depth levels: deeper than the walk may go, or not. */
static char *nested_text(size_t depth)
{
	size_t size = 64 + depth * 8;
	char *text = malloc(size);
	size_t used = 0;

	assert_non_null(text);
	used += (size_t)snprintf(text, size, "rule r { condition: ");
	for (size_t i = 0; i < depth; i++)
		used += (size_t)snprintf(text + used, size - used, "1-(");
	used += (size_t)snprintf(text + used, size - used, "1");
	for (size_t i = 0; i < depth; i++)
		text[used++] = ')';
	snprintf(text + used, size - used, " == 0 }");
	return text;
}

static void refuses_conditions_too_deep_to_walk(void **state)
{
	struct diagnostics *notes;
	char *shallow = nested_text(100), *deep = nested_text(3000);

	(void)state;
	ruleset_free(compile_good(shallow));
	assert_null(compile_text(deep, NULL, &notes));
	assert_true(diagnostics_count(notes, SEVERITY_ERROR) > 0);
	diagnostics_free(notes);
	free(shallow);
	free(deep);
}

/* A rule of @count times the string, anonymous. */
static char *rule_of_strings(const char *string, size_t count)
{
	const size_t each = strlen(string) + 6;
	char *text = malloc(64 + count * each);
	size_t used;

	assert_non_null(text);
	used = (size_t)sprintf(text, "rule r { strings:");
	for (size_t i = 0; i < count; i++)
		used += (size_t)sprintf(text + used, " $ = %s", string);
	strcpy(text + used, " condition: any of them }");
	return text;
}

static void a_rule_has_a_limited_number_of_strings_and_parts(void **state)
{
	static const struct {
		const char *string;
		size_t most;
	} rows[] = { { "\"abc\"", 10000 },
		     { "{ 41 [-] 42 }", 5000 },
		     { "/a.{300}?b.{300}?c/", 3333 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *fits = rule_of_strings(rows[i].string, rows[i].most);
		char *too_many = rule_of_strings(rows[i].string, rows[i].most + 1);
		struct diagnostics *notes;

		ruleset_free(compile_good(fits));
		assert_null(compile_text(too_many, NULL, &notes));
		assert_string_equal(diagnostics_list(notes, &(size_t){ 0 })->message,
				    "too many strings in rule \"r\" (limit: 10000)");
		diagnostics_free(notes);
		free(fits);
		free(too_many);
	}
}

/* As YARA does: a chain of one operator leans to the left without a single bracket. */
static void takes_chains_of_arithmetic_of_any_length(void **state)
{
	static const char *const operands[] = { "1", "filesize", "1.5" };
	const size_t terms = 20000;

	(void)state;
	for (size_t i = 0; i < sizeof(operands) / sizeof(*operands); i++) {
		char *text = malloc(64 + 11 * terms);
		size_t used = (size_t)sprintf(text, "rule r { condition: 1");

		for (size_t term = 0; term < terms; term++)
			used += (size_t)sprintf(text + used, " + %s", operands[i]);
		sprintf(text + used, " == 0 }");
		ruleset_free(compile_good(text));
		free(text);
	}
}

/* What stands in the middle of a chain is checked like anything else. */
static void says_what_is_wrong_within_a_chain(void **state)
{
	static const struct {
		const char *condition, *message;
	} cases[] = {
		{ "filesize + 1 + \"a\" + 1 + 1 == 5", "type mismatch" },
		{ "filesize & 1 & \"a\" & 1 == 5", "wrong type \"string\" for & operator" },
		{ "filesize \\ 2 \\ 0 \\ 2 == 5", "division by zero" },
		{ "1 << 2 << -1 << 2 == 5", "invalid operand: shift by a negative number" },
		{ "1 + 9223372036854775807 + filesize == 5",
		  "integer overflow in \"1 + 9223372036854775807\"" },
		{ "1 + 1 + nothing + 1 == 5", "undefined identifier \"nothing\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct diagnostics *notes;
		char text[128];

		snprintf(text, sizeof(text), "rule r { condition: %s }", cases[i].condition);
		assert_null(compile_text(text, NULL, &notes));
		assert_int_equal(diagnostics_count(notes, SEVERITY_ERROR), 1);
		assert_string_equal(diagnostics_list(notes, &(size_t){ 0 })->message,
				    cases[i].message);
		diagnostics_free(notes);
	}
}

/* $pool2 may be what $pool was meant to be. */
static void a_slip_in_a_name_is_one_error(void **state)
{
	static const char *const slips[] = {
		"rule r { strings: $pool = \"x\" condition: $pool2 }",
		"rule r { strings: $pool = \"x\" condition: any of ($pol*) }",
		"rule r { strings: $pool = \"x\" condition: #pol > 1 }",
		"rule r { strings: $ = \"x\" condition: $ }",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(slips) / sizeof(*slips); i++) {
		struct diagnostics *notes;

		assert_null(compile_text(slips[i], NULL, &notes));
		assert_int_equal(diagnostics_count(notes, SEVERITY_ERROR), 1);
		diagnostics_free(notes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slip_in_a_name_is_one_error),
		cmocka_unit_test(names_errors_as_yara_does),
		cmocka_unit_test(warns_as_yara_does),
		cmocka_unit_test(reports_every_error_once),
		cmocka_unit_test(points_at_the_place),
		cmocka_unit_test(refuses_conditions_too_deep_to_walk),
		cmocka_unit_test(a_rule_has_a_limited_number_of_strings_and_parts),
		cmocka_unit_test(takes_chains_of_arithmetic_of_any_length),
		cmocka_unit_test(says_what_is_wrong_within_a_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
