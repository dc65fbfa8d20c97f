#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "judged_target.h"
#include "show_pattern.h"

struct base64_row {
	const char *name, *string, *line;
};

/* Twice 32 characters. */
#define SHIFTED                                                                                    \
	"BCDEFGHIJKLMNOPQRSTUVWXYZabcdefg"                                                         \
	"hijklmnopqrstuvwxyz0123456789+-A"

static const struct base64_row rows[] = {
	{ "three places in a group of three", "\"foobar\" base64",
	  "((Z m 9 v Y m F y) | (Z v b 2 J h c) | (m b 2 9 i Y X))" },
	{ "five bytes", "\"fooba\" base64", "((Z m 9 v Y m) | (Z v b 2 J h) | (m b 2 9 i Y))" },
	{ "two bytes", "\"ab\" base64", "((Y W) | (F i) | (h Y))" },
	{ "one byte has nothing of its own in the middle", "\"a\" base64", "(Y | h)" },
	{ "ascii says nothing new", "\"ab\" base64 ascii", "((Y W) | (F i) | (h Y))" },
	{ "wide is encoded", "\"a\" base64 wide", "((Y Q) | (E A) | (h A))" },
	{ "wide and ascii are both", "\"a\" base64 wide ascii", "(Y | h | (Y Q) | (E A) | (h A))" },
	{ "base64wide is widened behind", "\"a\" base64wide", "((Y x00) | (h x00))" },
	{ "both widths", "\"a\" base64 base64wide", "(Y | h | (Y x00) | (h x00))" },
	{ "both widths of wide", "\"a\" base64 base64wide wide",
	  "((Y Q) | (E A) | (h A) | (Y x00 Q x00) | (E x00 A x00) | (h x00 A x00))" },
	{ "an alphabet", "\"foobar\" base64(\"" SHIFTED "\")",
	  "((a n x2b w Z n G z) | (a w c 3 K i d) | (n c 3 x2b j Z Y))" },
	{ "of both modifiers", "\"a\" base64(\"" SHIFTED "\") base64wide(\"" SHIFTED "\")",
	  "(Z | i | (Z x00) | (i x00))" },
	{ "alphabets may hold any byte",
	  "\"ab\" base64(\"ABCDEFGHIJKLMNOPQRSTUV\\x00XY"
	  "Zabcdefghijklmnopqrstuvwxyz0123456789+/\")",
	  "((Y x00) | (F i) | (h Y))" },
};

static void texts_become_what_they_look_like_in_base64(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!string_shows(rows[i].string, rows[i].line)) {
			print_error("\t%s\n", rows[i].name);
			failures++;
		}
	}
	assert_int_equal(failures, 0);
}

/* All that could be done with a string's variants is done in the tree. */
static void only_the_tree_knows_of_variants(void **state)
{
	struct ruleset *rules = compile_good("rule r { strings: $a = \"abc\" base64wide wide ascii "
					     "private condition: $a }");
	const struct pattern *patterns = ruleset_patterns(rules, &(size_t){ 0 });
	const struct rule *const *faces = ruleset_rules(rules, &(size_t){ 0 });

	(void)state;
	assert_int_equal(patterns[0].part_count, 1);
	assert_int_equal(patterns[0].flags, PATTERN_ASCII);
	assert_true(faces[0]->strings[0].is_private);
	ruleset_free(rules);
}

/* YARA's code could not hold so long alternatives; its alternatives are read as one regex all the same. */
static void long_texts_are_taken(void **state)
{
	static char rule[20000];
	size_t used = (size_t)snprintf(rule, sizeof(rule), "rule r { strings: $a = \"");

	(void)state;
	memset(rule + used, 'a', 4000);
	snprintf(rule + used + 4000, sizeof(rule) - used - 4000, "\" base64 condition: $a }");
	ruleset_free(compile_good(rule));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_become_what_they_look_like_in_base64),
		cmocka_unit_test(only_the_tree_knows_of_variants),
		cmocka_unit_test(long_texts_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
