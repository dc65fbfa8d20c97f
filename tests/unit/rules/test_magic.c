#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "declared_rules.h"

static void knows_both_functions(void **state)
{
	static const char *const texts[] = { "magic.type()", "magic.mime_type()", NULL };

	(void)state;
	assert_texts("magic", texts);
}

static void refuses_what_is_not_declared(void **state)
{
	static const struct refused_condition refused[] = {
		{ "magic.encoding() == \"x\"", "invalid-field-name",
		  "invalid field name \"encoding\"" },
		{ "magic.type(1) == \"x\"", "wrong-arguments",
		  "wrong arguments for function \"type\"" },
		{ NULL, NULL, NULL },
	};

	(void)state;
	assert_refused("magic", refused);
}

static void is_not_evaluated(void **state)
{
	(void)state;
	assert_not_evaluated("magic", "magic.type() contains \"PDF\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_both_functions),
		cmocka_unit_test(refuses_what_is_not_declared),
		cmocka_unit_test(is_not_evaluated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
