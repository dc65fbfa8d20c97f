#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/ruleset.h"

struct warned_place {
	const char *file;
	uint32_t line;
	const char *message;
};

#define UNDEFINED(module)                                                                          \
	"module \"" module "\" is not evaluated: its fields and functions are undefined"

static const struct {
	const char *name;
	const char *texts[2]; /* of one.yar and two.yar */
	struct warned_place warned[4];
} cases[] = {
	{ "a module that no rule looks into",
	  { "import \"pe\"\nrule a { condition: true }", "" },
	  { { 0 } } },
	{ "constants alone",
	  { "import \"pe\"\nrule a { condition: pe.DLL == 0x2000 }", "" },
	  { { 0 } } },
	{ "a field",
	  { "\nimport \"pe\"\nrule a { condition: pe.machine == 1 }", "" },
	  { { "one.yar", 2, UNDEFINED("pe") } } },
	{ "a call",
	  { "import \"magic\"\nrule a { condition: magic.type() == \"x\" }", "" },
	  { { "one.yar", 1, UNDEFINED("magic") } } },
	{ "a loop",
	  { "import \"pe\"\nrule a { condition: for any s in pe.sections : (true) }", "" },
	  { { "one.yar", 1, UNDEFINED("pe") } } },
	{ "two imports in a file",
	  { "import \"pe\"\nimport \"pe\"\nrule a { condition: pe.is_pe == 1 }", "" },
	  { { "one.yar", 1, UNDEFINED("pe") } } },
	{ "two files and two modules",
	  { "import \"pe\"\nimport \"dex\"\nrule a { condition: pe.is_pe == 1 }",
	    "import \"dex\"\nrule b { condition: dex.number_of_fields == 1 }" },
	  { { "one.yar", 2, UNDEFINED("dex") },
	    { "one.yar", 1, UNDEFINED("pe") },
	    { "two.yar", 1, UNDEFINED("dex") } } },
};

static bool is_expected(const struct warned_place *expected, struct diagnostics *notes,
			const struct diagnostic *found)
{
	return expected->file && found->severity == SEVERITY_WARNING &&
	       strcmp(found->code, "module-not-evaluated") == 0 &&
	       strcmp(diagnostics_file_name(notes, found->span.file), expected->file) == 0 &&
	       found->span.line == expected->line && strcmp(found->message, expected->message) == 0;
}

/* Each warning that was found is expected, and as many are. */
static bool are_expected(const struct warned_place *expected, struct diagnostics *notes)
{
	size_t count, wanted = 0, matched = 0;
	const struct diagnostic *found = diagnostics_list(notes, &count);

	while (expected[wanted].file)
		wanted++;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < wanted; j++)
			matched += is_expected(&expected[j], notes, &found[i]);
	return count == wanted && matched == wanted;
}

static void warns_once_for_each_module_and_file(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *first = cases[i].texts[0], *second = cases[i].texts[1];
		const struct rule_text texts[] = {
			{ "one.yar", "default", { (const uint8_t *)first, strlen(first) } },
			{ "two.yar", "default", { (const uint8_t *)second, strlen(second) } },
		};
		const struct compile_options options = { 0 };
		struct diagnostics *notes;
		struct ruleset *rules;
		struct error err;

		assert_int_equal(diagnostics_new(&notes, &err), 0);
		assert_int_equal(ruleset_compile(&rules, texts, 2, &options, notes, &err), 0);
		if (!are_expected(cases[i].warned, notes)) {
			print_error("%s\n", cases[i].name);
			failures++;
		}
		ruleset_free(rules);
		diagnostics_free(notes);
	}
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warns_once_for_each_module_and_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
