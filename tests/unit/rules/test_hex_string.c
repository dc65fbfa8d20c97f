#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "rules/parse/hex_string.h"
#include "show_tree.h"

struct tree_row {
	const char *name, *source, *tree;
};

static const struct tree_row trees[] = {
	{ "a byte", " 41 ", "A" },
	{ "bytes need no space between them", "4142 43", "(A B C)" },
	{ "digits of both cases", "aB Cd", "(xab xcd)" },
	{ "masked halves", "4? ?a ??", "(x40/f0 x0a/0f .)" },
	{ "not a byte", "~41", "[x00-x40B-xff]" },
	{ "not a half", "~4?", "[x00-x3fP-xff]" },
	{ "a last half that is not", "~?1 41",
	  "([x00x02-x10x12-x20x22-02-x40B-PR-x60b-pr-x80x82-x90x92-xa0xa2-xb0xb2-xc0xc2-xd0xd2-xe0"
	  "xe2-xf0xf2-xff] A)" },
	{ "comments between bytes", "41 /* x } */ 42 // y\n43", "(A B C)" },
	{ "a comment at the end of the source", "41 // y", "A" },
	{ "alternatives", "41 (42 | 43 44 | ?\?) 45", "(A (B | (C D) | .) E)" },
	{ "alternatives in alternatives", "(41|(42|43) 44)", "(A | ((B | C) D))" },
	{ "parentheses around one alternative", "(41) 42", "(A B)" },
	{ "an exact jump", "41 [3] 42", "(A .{3,3}? B)" },
	{ "a jump of a range", "41 [2-5] 42", "(A .{2,5}? B)" },
	{ "a jump laid out widely", "41 [ 2 -\n5 ] 42", "(A .{2,5}? B)" },
	{ "a jump of no length at all", "41 [0-0] 42", "(A B)" },
	{ "jumps in a row are one", "41 [2][1-3] 42", "(A .{3,5}? B)" },
	{ "the longest jump within a part", "41 [200] 42", "(A .{200,200}? B)" },
	{ "a longer jump begins a part", "41 [201] 42", "A <201-201> B" },
	{ "so does one that may be longer", "41 [0-201] 42 43", "A <0-201> (B C)" },
	{ "so does one without an upper bound", "41 [5-] 42", "A <5-> B" },
	{ "or without any", "41 [-] 42", "A <0-> B" },
	{ "jumps in a row that are long together", "41 [150][100] 42", "A <250-250> B" },
	{ "a row with an unbounded one", "41 [3-][2-4] 42", "A <5-> B" },
	{ "several parts", "41 [-] 42 [2] 43 [300-400] 44", "A <0-> (B .{2,2}? C) <300-400> D" },
	{ "a jump in an alternative", "41 (42 [0-200] 43 | 44) 45", "(A ((B .{0,200}? C) | D) E)" },
	{ "the longest jump that has an end", "41 [2147483647] 42", "A <2147483647-2147483647> B" },
	{ "any bytes at both ends", "?? 41 ??", "(. A .)" },
};

static void show_parts(struct text *out, const struct hex_string *hex)
{
	for (size_t i = 0; i < hex->part_count; i++) {
		show_regex(out, hex->parts[i]);
		if (i + 1 == hex->part_count)
			break;
		text_add_format(out, " <%" PRIu64 "-", hex->gaps[i].min);
		if (hex->gaps[i].max != UINT64_MAX)
			text_add_format(out, "%" PRIu64, hex->gaps[i].max);
		text_add(out, "> ");
	}
}

static void hex_strings_become_parts(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(trees) / sizeof(*trees); i++) {
		struct arena *arena = arena_new(0);
		struct literal_problem problem = { 0 };
		struct hex_string hex = { 0 };
		struct text got = { 0 };

		if (hex_string_parse(&hex, arena, string_bytes(trees[i].source), &problem))
			show_parts(&got, &hex);
		else
			text_add(&got, problem.message);
		if (strcmp(got.data, trees[i].tree) != 0) {
			print_error("%s: got %s\n", trees[i].name, got.data);
			failures++;
		}
		text_release(&got);
		arena_free(arena);
	}
	assert_int_equal(failures, 0);
}

struct error_row {
	const char *name, *source, *message;
	size_t offset;
};

static const struct error_row errors[] = {
	{ "nothing at all", " ", "syntax error, bytes are missing here", 1 },
	{ "only a comment", "/* 41 */", "syntax error, bytes are missing here", 8 },
	{ "half a byte", "41 4", "uneven number of digits in hex string", 3 },
	{ "a byte in two halves", "4 1", "uneven number of digits in hex string", 0 },
	{ "a comment in a byte", "4/**/1", "uneven number of digits in hex string", 0 },
	{ "half an any byte", "? 41", "invalid character in hex string", 0 },
	{ "a letter that is no digit", "41 4g", "uneven number of digits in hex string", 3 },
	{ "a hyphen outside of a jump", "41 - 42", "invalid character in hex string", 3 },
	{ "not of nothing", "41 ~ 42", "invalid not operator (~) in hex string", 3 },
	{ "not of half a byte", "01 ~0 11", "invalid not operator (~) in hex string", 3 },
	{ "not of any byte", "01 ~?? 11", "invalid not operator (~) in hex string", 3 },
	{ "a first jump", "[2] 41", "syntax error, a jump cannot come first", 0 },
	{ "a last jump", "41 [2] ", "syntax error, a jump cannot come last", 3 },
	{ "a first jump of an alternative", "41 ([2] 42) 43",
	  "syntax error, a jump cannot come first", 4 },
	{ "a last jump of an alternative", "41 (42 [2]|43)",
	  "syntax error, a jump cannot come last", 7 },
	{ "a jump of zero", "01 [0] 02", "invalid jump length", 3 },
	{ "a jump that runs backwards", "41 [5-2] 42", "invalid jump range", 3 },
	{ "a letter in a jump", "41 [a] 42", "invalid character in hex string jump", 4 },
	{ "a jump of nothing", "41 [] 42", "syntax error, a jump length is missing", 4 },
	{ "a jump without a lower bound", "41 [-5] 42", "syntax error, the jump has no lower bound",
	  6 },
	{ "two numbers", "41 [1 5] 42", "syntax error, the jump is not closed", 6 },
	{ "three numbers", "41 [1-2-3] 42", "syntax error, the jump is not closed", 7 },
	{ "a comment in a jump", "41 [1-/**/3] 42", "invalid character in hex string jump", 6 },
	{ "a jump that does not end", "41 [3", "invalid character in hex string jump", 5 },
	{ "a jump beyond 31 bits", "61 [0-2147483648] 62", "jump length too large", 6 },
	{ "a jump of many digits", "61 [99999999999999999999999]", "jump length too large", 4 },
	{ "an unbounded jump in an alternative", "01 (03 | 04 [-] 05)",
	  "unbounded jumps not allowed inside alternation (|)", 12 },
	{ "a long jump in an alternative", "01 (03 [2-201] 04)",
	  "jumps over 200 not allowed inside alternation (|)", 7 },
	{ "an empty alternative", "41 (42|) 43", "syntax error, bytes are missing here", 7 },
	{ "empty parentheses", "41 () 43", "syntax error, bytes are missing here", 4 },
	{ "parentheses that do not end", "41 (42|43",
	  "syntax error, this parenthesis is not closed", 3 },
	{ "parentheses that do not begin", "41 42) 43", "syntax error, no parenthesis is open here",
	  5 },
	{ "alternatives without parentheses", "41 | 42",
	  "syntax error, alternatives need parentheses", 3 },
};

static void bad_hex_strings_are_refused_at_their_place(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		struct arena *arena = arena_new(0);
		struct literal_problem problem = { 0 };
		struct hex_string hex;

		if (hex_string_parse(&hex, arena, string_bytes(errors[i].source), &problem) ||
		    strcmp(problem.message, errors[i].message) != 0 ||
		    problem.offset != errors[i].offset) {
			print_error("%s: got %s at %zu\n", errors[i].name,
				    problem.message ? problem.message : "no error", problem.offset);
			failures++;
		}
		arena_free(arena);
	}
	assert_int_equal(failures, 0);
}

static void nesting_has_a_limit(void **state)
{
	struct arena *arena = arena_new(0);
	struct text source = { 0 };
	struct literal_problem problem;
	struct hex_string hex;

	(void)state;
	for (unsigned int i = 0; i < 1000000; i++)
		text_add(&source, "(");
	assert_false(hex_string_parse(&hex, arena, string_bytes(source.data), &problem));
	assert_string_equal(problem.message, "alternatives are nested too deeply");
	assert_int_equal(problem.offset, REGEX_DEPTH_LIMIT);
	text_release(&source);
	arena_free(arena);
}

static void layout_and_case_do_not_count_when_normalized(void **state)
{
	struct arena *arena = arena_new(0);
	struct bytes plain = { 0 };

	(void)state;
	assert_true(hex_string_normalize(&plain, arena,
					 string_bytes(" 4A /* 00 */ ( b? |\n~CD ) [ 1 -2]// x")));
	assert_true(bytes_equal(plain, string_bytes("4a(b?|~cd)[1-2]")));
	assert_true(hex_string_normalize(&plain, arena, string_bytes("")));
	assert_int_equal(plain.length, 0);
	arena_free(arena);
}

static void no_memory_is_no_problem_of_the_string(void **state)
{
	(void)state;
	for (size_t limit = 16; limit < 2048; limit += 16) {
		struct arena *arena = arena_new(limit);
		struct literal_problem problem;
		struct hex_string hex;

		if (!hex_string_parse(&hex, arena, string_bytes("41 (42|~4?) [3] 43 [-] 44"),
				      &problem))
			assert_null(problem.message);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_strings_become_parts),
		cmocka_unit_test(bad_hex_strings_are_refused_at_their_place),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(layout_and_case_do_not_count_when_normalized),
		cmocka_unit_test(no_memory_is_no_problem_of_the_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
