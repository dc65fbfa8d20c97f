#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "rules/parse/parser.h"
#include "rules/parse/regex_parser.h"
#include "show_tree.h"

struct tree_row {
	const char *name, *source, *tree;
};

static const struct tree_row trees[] = {
	{ "a byte is itself", "a", "a" },
	{ "bytes follow one another", "ab", "(a b)" },
	{ "bytes that are no ASCII are bytes", "\xc3\xa9", "(xc3 xa9)" },
	{ "alternatives keep their order", "abc|b|c", "((a b c) | b | c)" },
	{ "alternatives behind a bar may be empty", "a||b|", "(a | _ | b | _)" },
	{ "a group is no node of its own", "((a))b", "(a b)" },
	{ "but one that holds a dot is", "(.)*a", "(([x00-x09x0b-xff]){0,} a)" },
	{ "and one that holds a repeated dot", "(a.*)", "((a [x00-x09x0b-xff]{0,}))" },
	{ "a group may hold alternatives", "x(a|b)", "(x (a | b))" },
	{ "a dot is any byte but a line feed", ".", "[x00-x09x0b-xff]" },
	{ "anchors may stand anywhere", "a^b$", "(a ^ b $)" },
	{ "word edges", "\\ba\\B", "(\\b a \\B)" },
	{ "star", "a*", "a{0,}" },
	{ "plus", "a+", "a{1,}" },
	{ "question mark", "a?", "a{0,1}" },
	{ "each has a lazy form", "a*?b+?c?\?d{2}?", "(a{0,}? b{1,}? c{0,1}? d{2,2}?)" },
	{ "an exact count", "a{3}", "a{3,3}" },
	{ "a range of counts", "a{2,5}", "a{2,5}" },
	{ "a count without an upper bound", "a{2,}", "a{2,32767}" },
	{ "a count without a lower bound", "a{,5}", "a{0,5}" },
	{ "a count without bounds", "a{,}", "a{0,32767}" },
	{ "spaces around the comma", "a{1 ,  3}", "a{1,3}" },
	{ "but no tabs", "a{1,\t3}", "(a x7b 1 x2c x09 3 x7d)" },
	{ "a count of zero is nothing", "ab{0,0}", "(a _)" },
	{ "the largest count", "a{32767}", "a{32767,32767}" },
	{ "a repeat takes the last byte only", "ab*", "(a b{0,})" },
	{ "a group is repeated as a whole", "(ab)*", "(a b){0,}" },
	{ "a brace that begins no repeat is a byte", "a{b", "(a x7b b)" },
	{ "empty braces are bytes", "a{}", "(a x7b x7d)" },
	{ "spaces beside a count make it bytes", "a{ 2}", "(a x7b x20 2 x7d)" },
	{ "a repeat that does not end is bytes", "a{1,2", "(a x7b 1 x2c 2)" },
	{ "a first brace can be a byte too", "{a", "(x7b a)" },
	{ "closing brackets alone are bytes", "]}", "(x5d x7d)" },
	{ "escapes with a meaning", "\\n\\t\\r\\f\\a\\x4a", "(x0a x09 x0d x0c x07 J)" },
	{ "other escapes are the letter", "\\v\\q\\.\\/", "(v q x2e x2f)" },
	{ "an escape of no ASCII", "\\\xc3\xa9", "(xc3 xa9)" },
	{ "word bytes", "\\w", "[0-9A-Zx5fa-z]" },
	{ "white space has the vertical tab", "\\s", "[x09-x0dx20]" },
	{ "digits", "\\d", "[0-9]" },
	{ "named classes inverted", "\\D", "[x00-x2fx3a-xff]" },
	{ "a class", "[abx]", "[abx]" },
	{ "a class with ranges", "[a-cx-z_]", "[x5fa-cx-z]" },
	{ "a range may end in any byte", "[a-\xff]", "[a-xff]" },
	{ "a range may begin with any byte", "[\x80-\xff\t-\r]", "[x09-x0dx80-xff]" },
	{ "an inverted class has the line feed", "[^a]", "[x00-x60b-xff]" },
	{ "a first closing bracket is a byte", "[]a]", "[x5da]" },
	{ "after a caret too", "[^]a]", "[x00-x5cx5e-x60b-xff]" },
	{ "a first closing bracket begins no range", "[]-a]", "[x2dx5da]" },
	{ "a last hyphen is a byte", "[a-]", "[x2da]" },
	{ "a first hyphen is a byte", "[-a]", "[x2da]" },
	{ "a hyphen behind a range is a byte", "[a-c-e]", "[x2da-ce]" },
	{ "a hyphen can end a range", "[+--]", "[x2b-x2d]" },
	{ "a caret that is not first is a byte", "[a^]", "[x5ea]" },
	{ "escapes in a class", "[\\n\\x41\\]]", "[x0aAx5d]" },
	{ "named classes in a class", "[\\d_]", "[0-9x5f]" },
	{ "an escape can end a range", "[\\x41-\\x43]", "[A-C]" },
	{ "a named class in a range is its letter", "[\\w-z]", "[w-z]" },
	{ "digits in a class are no references", "[\\1]", "[1]" },
	{ "POSIX classes are bytes", "[[:digit:]]", "([x3ax5bdgit] x5d)" },
	{ "dots and stars in a class are bytes", "[.*]", "[x2ax2e]" },
	{ "a class may be all bytes", "[\\s\\S]", "[x00-xff]" },
};

static void regexes_become_trees(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(trees) / sizeof(*trees); i++) {
		struct arena *arena = arena_new(0);
		struct literal_problem problem = { 0 };
		struct regex_literal *regex = regex_literal_parse(
			arena, string_bytes(trees[i].source), false, false, &problem);
		struct text got = { 0 };

		if (regex)
			show_regex(&got, regex->tree);
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
	{ "nothing at all", "", "syntax error, an expression is missing here", 0 },
	{ "an empty group", "a()", "syntax error, an expression is missing here", 2 },
	{ "an empty first alternative", "(|a)", "syntax error, an expression is missing here", 1 },
	{ "a group of another dialect", "(?:a)", "syntax error, there is nothing to repeat here",
	  1 },
	{ "a group that does not end", "x(ab", "syntax error, this group is not closed", 1 },
	{ "a group that does not begin", "ab)", "syntax error, no group is open here", 2 },
	{ "a repeat of nothing", "*a", "syntax error, there is nothing to repeat here", 0 },
	{ "a count of nothing", "{2}", "syntax error, there is nothing to repeat here", 0 },
	{ "a repeat of an anchor", "a^*", "syntax error, there is nothing to repeat here", 2 },
	{ "a repeat of a repeat", "a**", "syntax error, there is nothing to repeat here", 2 },
	{ "a possessive repeat", "a++", "syntax error, there is nothing to repeat here", 2 },
	{ "a count of a count", "a{2}{3}", "syntax error, there is nothing to repeat here", 4 },
	{ "bounds in the wrong order", "a{3,2}", "bad repeat interval", 1 },
	{ "a count beyond the limit", "a{32768}", "repeat interval too large", 1 },
	{ "a lower bound beyond the limit", "a{32768,}", "repeat interval too large", 1 },
	{ "a count that wraps 32 bits", "b{1,4294967297}", "repeat interval too large", 1 },
	{ "a count of many digits", "a{99999999999999999999999}", "repeat interval too large", 1 },
	{ "a reference", "(a)\\1", "backreferences are not allowed", 3 },
	{ "\\0 is one as well", "\\0", "backreferences are not allowed", 0 },
	{ "half an escape", "a\\x4", "illegal escape sequence", 1 },
	{ "an escape that is not hex", "\\xxy", "illegal escape sequence", 0 },
	{ "an escape of nothing", "a\\", "illegal escape sequence", 1 },
	{ "an escape of nothing in a class", "[\\", "illegal escape sequence", 1 },
	{ "half an escape in a class", "[\\x]", "illegal escape sequence", 1 },
	{ "a range that runs backwards", "x[b-a]", "bad character range", 2 },
	{ "a class that does not end", "a[bc", "missing terminating ] for character class", 1 },
	{ "a class of a closing bracket", "[]", "missing terminating ] for character class", 0 },
	{ "an open range", "[a-", "missing terminating ] for character class", 0 },
	{ "no ASCII in a class", "[a\xc3\xa9]", "non-ascii character", 2 },
	{ "a control character in a class", "[a\t]", "non-ascii character", 2 },
	{ "no ASCII before a last hyphen", "[\xff-]", "non-ascii character", 1 },
};

static void bad_regexes_are_refused_at_their_place(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		struct arena *arena = arena_new(0);
		struct literal_problem problem = { 0 };

		if (regex_literal_parse(arena, string_bytes(errors[i].source), false, false,
					&problem) ||
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

static struct regex_literal *parse(struct arena *arena, const char *source, bool dot_all)
{
	struct literal_problem problem;
	struct regex_literal *regex =
		regex_literal_parse(arena, string_bytes(source), true, dot_all, &problem);

	assert_non_null(regex);
	return regex;
}

static void kinds_of_repeats_are_noted(void **state)
{
	struct arena *arena = arena_new(0);
	struct regex_literal *regex = parse(arena, "abc", false);

	(void)state;
	assert_false(regex->greedy || regex->lazy);
	regex = parse(arena, "ab?", false);
	assert_true(regex->greedy && !regex->lazy);
	regex = parse(arena, "a{2}?", false);
	assert_true(!regex->greedy && regex->lazy);
	regex = parse(arena, "(a+?)b*", false);
	assert_true(regex->greedy && regex->lazy);
	arena_free(arena);
}

static void flags_and_source_are_kept(void **state)
{
	struct arena *arena = arena_new(0);
	struct regex_literal *regex = parse(arena, "a.", true);

	(void)state;
	assert_true(regex->nocase && regex->dot_all);
	assert_true(bytes_equal(regex->source, string_bytes("a.")));
	/* with `s` a dot is any byte */
	assert_int_equal(regex->tree->children[1]->kind, REGEX_BYTE);
	assert_int_equal(regex->tree->children[1]->mask, 0);
	arena_free(arena);
}

static void nesting_has_a_limit(void **state)
{
	struct arena *arena = arena_new(0);
	struct text source = { 0 };
	struct literal_problem problem;

	(void)state;
	for (unsigned int i = 0; i < REGEX_DEPTH_LIMIT; i++)
		text_add(&source, "(");
	text_add(&source, "a");
	for (unsigned int i = 0; i < REGEX_DEPTH_LIMIT; i++)
		text_add(&source, ")");
	parse(arena, source.data, false);
	text_clear(&source);
	for (unsigned int i = 0; i < 1000000; i++)
		text_add(&source, "(");
	assert_null(regex_literal_parse(arena, string_bytes(source.data), false, false, &problem));
	assert_string_equal(problem.message, "groups are nested too deeply");
	assert_int_equal(problem.offset, REGEX_DEPTH_LIMIT);
	text_release(&source);
	arena_free(arena);
}

static void no_memory_is_no_problem_of_the_regex(void **state)
{
	(void)state;
	for (size_t limit = 16; limit < 2048; limit += 16) {
		struct arena *arena = arena_new(limit);
		struct literal_problem problem;

		if (!regex_literal_parse(arena, string_bytes("(a|[bc])*d{2}."), false, false,
					 &problem))
			assert_null(problem.message);
		arena_free(arena);
	}
}

static void a_regex_of_the_command_line_has_its_place(void **state)
{
	struct arena *arena = arena_new(0);
	struct regex_literal *regex = NULL;
	struct source_span span = { .line = 1, .column = 1, .length = 3 };
	struct diagnostics *notes;
	const struct diagnostic *list;
	size_t count;

	(void)state;
	assert_int_equal(diagnostics_new(&notes, NULL), 0);
	assert_true(regex_parse(&regex, arena, string_bytes("a/b"), false, false, span, notes));
	assert_non_null(regex);
	assert_false(regex_parse(&regex, arena, string_bytes("ab("), false, false, span, notes));
	list = diagnostics_list(notes, &count);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].span.column, 4);
	assert_string_equal(list[0].code, "invalid-regex");
	assert_string_equal(
		list[0].message,
		"invalid regular expression: syntax error, an expression is missing here");
	diagnostics_free(notes);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regexes_become_trees),
		cmocka_unit_test(bad_regexes_are_refused_at_their_place),
		cmocka_unit_test(kinds_of_repeats_are_noted),
		cmocka_unit_test(flags_and_source_are_kept),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(no_memory_is_no_problem_of_the_regex),
		cmocka_unit_test(a_regex_of_the_command_line_has_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
