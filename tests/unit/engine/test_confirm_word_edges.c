#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/confirm/word_edges.h"

struct edge_case {
	const char *name, *text;
	size_t text_length, start, length;
	bool wide, holds;
};

static const struct edge_case cases[] = {
	{ "the text's ends are edges", "ab", 2, 0, 2, false, true },
	{ "a letter before", "xab", 3, 1, 2, false, false },
	{ "a digit behind", "ab1", 3, 0, 2, false, false },
	{ "underscores are edges", "_ab_", 4, 1, 2, false, true },
	{ "bytes above 127 are edges",
	  "\xe9"
	  "ab\xc9",
	  4, 1, 2, false, true },
	{ "the bytes next to the ASCII letters are edges", "@ab[", 4, 1, 2, false, true },
	{ "a wide letter before", "x\0a\0", 4, 2, 2, true, false },
	{ "a wide letter behind", "a\0x\0", 4, 0, 2, true, false },
	{ "an ascii letter before a wide match", "xxa\0", 4, 2, 2, true, true },
	{ "an ascii letter behind a wide match", "a\0xx", 4, 0, 2, true, true },
	{ "half a unit before", "xa\0", 3, 1, 2, true, true },
	{ "half a unit behind", "a\0x", 3, 0, 2, true, true },
	{ "an empty match between letters", "ab", 2, 1, 0, false, false },
	{ "an empty match at the text's start before a sign", "-b", 2, 0, 0, false, true },
};

static void words_end_where_no_letter_or_digit_follows(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t *copy = malloc(cases[i].text_length);
		struct bytes text = { copy, cases[i].text_length };

		memcpy(copy, cases[i].text, text.length);
		if (word_edges_hold(&text, cases[i].start, cases[i].length, cases[i].wide) !=
		    cases[i].holds) {
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
		words_end_where_no_letter_or_digit_follows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
