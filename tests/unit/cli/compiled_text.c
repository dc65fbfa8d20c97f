#include "compiled_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct compiled_rules *compile_rules_text(const char *text, struct diagnostics **notes)
{
	const struct rule_text input = { .name = "test.yar",
					 .namespace_name = "default",
					 .text = { (const uint8_t *)text, strlen(text) } };
	const struct compile_options options = { 0 };
	struct compiled_rules *compiled;
	struct ruleset *rules;
	struct error err;

	assert_int_equal(diagnostics_new(notes, &err), 0);
	assert_int_equal(ruleset_compile(&rules, &input, 1, &options, *notes, &err), 0);
	assert_int_equal(compiled_rules_new(&compiled, rules, NEED_PRESENCE, *notes, &err), 0);
	return compiled;
}
