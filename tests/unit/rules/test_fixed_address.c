#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "judged_target.h"

struct fixed_row {
	const char *strings, *condition;
	const char *addresses; /* one per string; "-": searched everywhere */
};

static const struct fixed_row rows[] = {
	{ "$a = \"MZ\"", "$a at 0", "0" },
	{ "$a = \"MZ\"", "$a at 0 and not $a at 0", "0" },
	{ "$a = \"MZ\"", "$a at (2 + 3)", "5" },
	{ "$a = \"MZ\"", "$a at 0x400000", "4194304" },
	{ "$a = { 4D 5A } $b = /MZ/ nocase wide", "$a at 7 and $b at 8", "7 8" },
	{ "$a = \"MZ\"", "$a at 0 or $a at 2", "-" },
	{ "$a = \"MZ\"", "$a at filesize", "-" },
	{ "$a = \"MZ\"", "$a at 0 or $a at filesize", "-" },
	{ "$a = \"MZ\"", "$a at 0 and $a", "-" },
	{ "$a = \"MZ\"", "$a at 0 and #a == 1", "-" },
	{ "$a = \"MZ\"", "$a at 0 and @a[1] == 0", "-" },
	{ "$a = \"MZ\"", "$a at 0 and $a in (0..9)", "-" },
	{ "$a = \"MZ\"", "$a at 0 and any of them", "-" },
	{ "$a = \"MZ\"", "any of them at 0", "-" },
	{ "$a = \"MZ\"", "uint8(0) == 1 and for any i in (1..2) : ($a at 3)", "3" },
	{ "$a = \"MZ\"", "for #a i in (1..2) : ($a at 3)", "-" },
	{ "$a = \"MZ\"", "for any i in (1..2) : ($a at i)", "-" },
	{ "$_a = \"MZ\"", "true", "-" },
	{ "$a = \"MZ\" $_b = \"PE\"", "$a at 7", "7 -" },
	{ "$a = \"MZ\" $b = \"PE\"", "for any of ($b) : ($ at 7) and $a at 7", "7 -" },
	{ "$a = \"MZ\" $b = \"PE\"", "for any of ($b) : ($ at 7) and $a at 3", "- -" },
	{ "$a = \"MZ\" $b = \"PE\"", "for any of ($b) : ($) and $a at 3", "- -" },
	{ "$a = \"MZ\" $_b = \"PE\"", "for any of ($a) : ($ at 7)", "- -" },
	{ "$a = /MZ.?/", "$a at 0", "-" },
	{ "$a = \"MZ\" base64", "$a at 0", "-" },
	{ "$a = { 4D 5A [300] 50 45 }", "$a at 0", "0" },
	{ "$a = /MZ.{0,300}?P+?E/", "$a at 9", "9" },
	{ "$a = /MZ+?.{0,300}?PE/", "$a at 9", "-" },
};

static void addresses_of(const struct ruleset *rules, char *out, size_t size)
{
	size_t count, used = 0;
	const struct pattern *patterns = ruleset_patterns(rules, &count);

	for (size_t i = 0; i < count; i++) {
		used += (size_t)snprintf(out + used, size - used, i ? " " : "");
		if (patterns[i].is_fixed)
			used += (size_t)snprintf(out + used, size - used, "%" PRIu64,
						 patterns[i].fixed_address);
		else
			used += (size_t)snprintf(out + used, size - used, "-");
	}
}

static void strings_that_are_only_asked_for_at_one_place_are_fixed(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[512], got[128];

		snprintf(text, sizeof(text),
			 "rule x { condition: true } rule r { strings: %s condition: %s }",
			 rows[i].strings, rows[i].condition);

		struct ruleset *rules = compile_good(text);

		addresses_of(rules, got, sizeof(got));
		ruleset_free(rules);
		if (strcmp(got, rows[i].addresses) == 0)
			continue;
		print_error("%s: %s\n\tgot %s\n", rows[i].strings, rows[i].condition, got);
		failures++;
	}
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_that_are_only_asked_for_at_one_place_are_fixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
