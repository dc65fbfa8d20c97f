#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "judged_target.h"
#include "show_pattern.h"

struct chain_row {
	const char *name, *string, *line;
};

static const struct chain_row rows[] = {
	{ "a long lazy gap parts a regex", "/ab.{0,300}?cd/", "\"ab\" [0-300] \"cd\"" },
	{ "a short one does not", "/ab.{0,200}?c/", "(a b [x00-x09x0b-xff]{0,200}? c)" },
	{ "nor does a greedy one", "/ab.{0,300}c/", "(a b [x00-x09x0b-xff]{0,300} c)" },
	{ "an exact gap is long from 201 on", "/ab.{201}?c/", "\"ab\" [201-201] \"c\"" },
	{ "an open repeat has YARA's own limit", "/ab.{3,}?c/", "\"ab\" [3-32767] \"c\"" },
	{ "a lazy star parts nothing", "/ab.*?c/", "(a b [x00-x09x0b-xff]{0,}? c)" },
	{ "nor does a lazy plus", "/ab.+?c/", "(a b [x00-x09x0b-xff]{1,}? c)" },
	{ "with /s the gap is one as well", "/ab.{0,300}?c/s", "\"ab\" [0-300] \"c\"" },
	{ "a class that is as wide as a dot is no gap", "/ab[^\\n]{0,300}?c/",
	  "(a b [x00-x09x0b-xff]{0,300}? c)" },
	{ "a gap that comes first parts nothing", "/.{0,300}?ab/s", "(.{0,300}? a b)" },
	{ "nor does one that comes last", "/ab.{0,300}?/s", "(a b .{0,300}?)" },
	{ "an anchor before it is enough", "/^.{0,300}?ab/", "^ [0-300] \"ab\"" },
	{ "and so is one behind it", "/ab.{0,300}?$/", "\"ab\" [0-300] $" },
	{ "a group that is the whole is not parted", "/(ab.{0,300}?c)/s", "((a b .{0,300}? c))" },
	{ "nor is one that comes first", "/(ab.{0,300}?c)d/s", "(((a b .{0,300}? c)) d)" },
	{ "nor a gap in a group of its own", "/ab(.{0,300}?)c/s", "(a b (.{0,300}?) c)" },
	{ "nor a repeat of a group", "/ab(.){0,300}?c/s", "(a b (.){0,300}? c)" },
	{ "nor is an alternative", "/ab.{0,300}?c|d/s", "((a b .{0,300}? c) | d)" },
	{ "groups beside the gap stay whole", "/(ab).{0,300}?(c|d)/", "\"ab\" [0-300] (c | d)" },
	{ "each gap parts", "/a.{300}?b.{0,400}?c.{5,500}?d/",
	  "\"a\" [300-300] \"b\" [0-400] \"c\" [5-500] \"d\"" },
	{ "of two in a row the second begins a part", "/a.{0,300}?.{0,400}?b/s",
	  "\"a\" [0-300] (.{0,400}? b)" },
	{ "parts may be regexes", "/a[bc].{0,300}?d+?/", "(a [bc]) [0-300] d{1,}?" },
	{ "an open jump parts a hex string", "{ 61 62 [-] 63 }", "\"ab\" [0-] \"c\"" },
	{ "and so does a half open one", "{ 61 [3-] 62 }", "\"a\" [3-] \"b\"" },
	{ "and a long one", "{ 61 [0-201] 62 }", "\"a\" [0-201] \"b\"" },
	{ "but not a short one", "{ 61 [0-200] 62 }", "(a .{0,200}? b)" },
	{ "jumps in a row are one", "{ 61 [150] [100] 62 }", "\"a\" [250-250] \"b\"" },
	{ "jumps in a row may be long in an alternative", "{ 61 ( 62 [150] [100] 63 | 64 ) }",
	  "(a ((b .{250,250}? c) | d))" },
	{ "any byte can be a part", "{ 61 [300] ?? }", "\"a\" [300-300] ." },
	{ "alternatives can be parts", "{ ( 61 | 62 63 ) [300] 64 }",
	  "(a | (b c)) [300-300] \"d\"" },
};

static void strings_are_parted_at_long_gaps(void **state)
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

static void all_parts_have_the_flags_of_the_string(void **state)
{
	struct ruleset *rules =
		compile_good("rule r { strings: $a = /ab.{0,300}?cd/i wide fullword "
			     "$b = { 61 [-] 62 } private condition: all of them }");
	const struct pattern *patterns = ruleset_patterns(rules, &(size_t){ 0 });

	(void)state;
	assert_int_equal(patterns[0].part_count, 2);
	assert_int_equal(patterns[0].flags, PATTERN_WIDE | PATTERN_NOCASE | PATTERN_FULLWORD);
	assert_string_equal(patterns[0].name, "default:r:$a");
	assert_int_equal(patterns[1].part_count, 2);
	assert_int_equal(patterns[1].flags, PATTERN_ASCII);
	ruleset_free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_parted_at_long_gaps),
		cmocka_unit_test(all_parts_have_the_flags_of_the_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
