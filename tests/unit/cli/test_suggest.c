#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "cli/options/suggest.h"

static const char *const names[] = { "scan", "rules", "rule", "print-meta", "print-tags" };

static const struct {
	const char *word, *expected;
} cases[] = {
	{ "scna", "scan" },
	{ "sacn", "scan" },
	{ "scann", "scan" },
	{ "can", "scan" },
	{ "sc", "scan" },
	{ "rulez", "rules" },
	{ "print-m", "print-meta" },
	{ "print-", NULL },
	{ "prnt-tgs", "print-tags" },
	{ "checkpoint.tar", NULL },
	{ "s", NULL },
	{ "", NULL },
	{ "xy", NULL },
	{ "toc", NULL },
	{ "snap", NULL },
	{ "a-name-that-is-longer-than-any-option-has-ever-been", NULL },
};

static void finds_the_name_that_was_meant(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *got = suggest(cases[i].word, names, sizeof(names) / sizeof(names[0]));
		bool same = got && cases[i].expected ? strcmp(got, cases[i].expected) == 0
						     : got == cases[i].expected;

		if (!same) {
			print_error("\"%s\": %s\n", cases[i].word, got ? got : "nothing");
			failures++;
		}
	}
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_name_that_was_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
