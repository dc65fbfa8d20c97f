#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine/base/columns.h"
#include "engine/base/text.h"

static const struct {
	const char *name, *text;
	size_t columns;
} rows[] = {
	{ "nothing takes nothing", "", 0 },
	{ "ASCII takes one each", "/bin/sh", 7 },
	{ "letters with accents take one, however many bytes", "caf\xc3\xa9", 4 },
	{ "a mark stands on the letter before it", "cafe\xcc\x81", 4 },
	{ "Chinese takes two each", "\xe6\xbc\xa2\xe5\xad\x97", 4 },
	{ "Hangul takes two each", "\xed\x95\x9c", 2 },
	{ "signs outside the first plane take two", "\xf0\x9f\x94\xa5!", 3 },
	{ "a byte that is no UTF-8 takes one", "\xff\xfe", 2 },
};

static void counts_as_a_terminal_does(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t columns = columns_of(string_bytes(rows[i].text));

		if (columns != rows[i].columns) {
			print_error("%s: got %zu\n", rows[i].name, columns);
			failures++;
		}
	}
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_as_a_terminal_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
