#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "module_cases.h"

static const struct module_case cases[] = {
	{ "string.to_int(\"1234\") == 1234", true },
	{ "string.to_int(\"-1\") == -1 and string.to_int(\" +1\") == 1", true },
	{ "string.to_int(\"0x1F\") == 31 and string.to_int(\"017\") == 15", true },
	{ "string.to_int(\"9223372036854775807\") == 9223372036854775807", true },
	{ "defined string.to_int(\"9223372036854775808\")", false },
	{ "defined string.to_int(\"-9223372036854775809\")", false },
	{ "defined string.to_int(\"\") or defined string.to_int(\" \")", false },
	{ "defined string.to_int(\"12 \")", false },
	{ "string.to_int(\"12\\x00x\") == 12", true },
	{ "string.to_int(\"zz\", 36) == 35 * 36 + 35", true },
	{ "string.to_int(\"10\", 2) == 2 and string.to_int(\"0x10\", 16) == 16", true },
	{ "string.to_int(\"0x10\", 0) == 16 and string.to_int(\"010\", 0) == 8", true },
	{ "defined string.to_int(\"1\", 1) or defined string.to_int(\"1\", 37)", false },
	{ "defined string.to_int(\"1\", -1)", false },
	{ "defined string.to_int(\"1\", 0x10000000a)", false },
	{ "defined string.to_int(\"8\", 8)", false },
	{ "string.length(\"\") == 0 and string.length(\"a\\x00b\") == 3", true },
};

static void reads_and_measures_texts_as_yara_does(void **state)
{
	(void)state;
	check_module_cases("string", cases, sizeof(cases) / sizeof(*cases), NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_measures_texts_as_yara_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
