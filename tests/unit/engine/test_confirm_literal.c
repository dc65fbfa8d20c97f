#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/confirm/literal.h"

struct literal_case {
	const char *name, *literal, *memory;
	struct spelled spelled;
	bool lies;
};

static const struct literal_case cases[] = {
	{ "equal bytes", "abc", "abc", { 0 }, true },
	{ "another last byte", "abc", "abd", { 0 }, false },
	{ "another case", "abc", "aBc", { 0 }, false },
	{ "another case where it does not matter", "abc", "ABC", { .nocase = true }, true },
	{ "signs that differ like cases do", "[@", "{`", { .nocase = true }, false },
	{ "wide bytes", "ab", "a\0b\0", { .wide = true }, true },
	{ "wide bytes without the last zero", "ab", "a\0b1", { .wide = true }, false },
	{ "wide bytes in another case", "ab", "A\0B\0", { .wide = true, .nocase = true }, true },
	{ "bytes under a key", "ab", "\x60\x63", { .xor_key = 1 }, true },
	{ "bytes under another key", "ab", "\x60\x63", { .xor_key = 2 }, false },
	{ "wide bytes under a key, zeros too",
	  "ab",
	  "\x60\x01\x63\x01",
	  { .wide = true, .xor_key = 1 },
	  true },
	{ "wide bytes under a key, zeros left plain",
	  "ab",
	  "\x60\0\x63\0",
	  { .wide = true, .xor_key = 1 },
	  false },
};

static void literals_are_compared_as_they_are_spelled(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes literal = { (const uint8_t *)cases[i].literal,
					 strlen(cases[i].literal) };
		size_t length = literal_length(&literal, &cases[i].spelled);
		uint8_t *copy = malloc(length); /* exact, so that a read beyond is seen */

		memcpy(copy, cases[i].memory, length);
		if (literal_lies_at(&literal, &cases[i].spelled, copy) != cases[i].lies) {
			print_error("%s\n", cases[i].name);
			failed++;
		}
		free(copy);
	}
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(
		literals_are_compared_as_they_are_spelled) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
