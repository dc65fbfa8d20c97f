#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rules/ruleset.h"

struct external_case {
	const char *name, *argument;
	enum external_kind kind;
	int64_t integer;
	double real;
	const char *text;
};

static const struct external_case good[] = {
	{ .name = "an integer", .argument = "n=42", .kind = EXTERNAL_INTEGER, .integer = 42 },
	{ .name = "a negative integer",
	  .argument = "n=-7",
	  .kind = EXTERNAL_INTEGER,
	  .integer = -7 },
	{ .name = "the smallest integer",
	  .argument = "n=-9223372036854775808",
	  .kind = EXTERNAL_INTEGER,
	  .integer = INT64_MIN },
	{ .name = "a float", .argument = "f=1.5", .kind = EXTERNAL_FLOAT, .real = 1.5 },
	{ .name = "a float with a sign",
	  .argument = "f=-0.25",
	  .kind = EXTERNAL_FLOAT,
	  .real = -0.25 },
	{ .name = "a float without decimals",
	  .argument = "f=3.",
	  .kind = EXTERNAL_FLOAT,
	  .real = 3 },
	{ .name = "two points are a text",
	  .argument = "f=1.2.3",
	  .kind = EXTERNAL_TEXT,
	  .text = "1.2.3" },
	{ .name = "a point alone is a text",
	  .argument = "f=.5",
	  .kind = EXTERNAL_TEXT,
	  .text = ".5" },
	{ .name = "true", .argument = "b=true", .kind = EXTERNAL_BOOLEAN, .integer = 1 },
	{ .name = "false", .argument = "b=false", .kind = EXTERNAL_BOOLEAN, .integer = 0 },
	{ .name = "a word", .argument = "s=truely", .kind = EXTERNAL_TEXT, .text = "truely" },
	{ .name = "nothing is an empty text", .argument = "s=", .kind = EXTERNAL_TEXT, .text = "" },
	{ .name = "a text with an equals sign",
	  .argument = "s=a=b",
	  .kind = EXTERNAL_TEXT,
	  .text = "a=b" },
	{ .name = "a minus alone is a text",
	  .argument = "s=-",
	  .kind = EXTERNAL_TEXT,
	  .text = "-" },
};

static bool equals(const struct external *got, const struct external_case *wanted)
{
	if (got->kind != wanted->kind)
		return false;
	switch (wanted->kind) {
	case EXTERNAL_FLOAT:
		return got->real >= wanted->real && got->real <= wanted->real;
	case EXTERNAL_TEXT:
		return got->text.length == strlen(wanted->text) &&
		       memcmp(got->text.data, wanted->text, got->text.length) == 0;
	default:
		return got->integer == wanted->integer;
	}
}

static void reads_values_as_yara_does(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct external external;
		struct error err;

		if (external_parse(&external, good[i].argument, &err) == 0 &&
		    equals(&external, &good[i]))
			continue;
		print_error("%s: %s\n", good[i].name, good[i].argument);
		failures++;
	}
	assert_int_equal(failures, 0);
}

static void refuses_what_has_no_name_or_does_not_fit(void **state)
{
	static const char *const bad[] = { "name", "=value", "", "n=9223372036854775808" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct external external;
		struct error err;

		assert_int_equal(external_parse(&external, bad[i], &err), ERROR_USAGE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_values_as_yara_does),
		cmocka_unit_test(refuses_what_has_no_name_or_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
