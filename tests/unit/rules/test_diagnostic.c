#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/text.h"
#include "rules/diagnostic.h"

struct format_row {
	const char *name, *text;
	struct source_span span;
	const char *expected; /* behind "f.yar" */
};

static const struct format_row formats[] = {
	{ "the caret underlines the span",
	  "a\n  2 of ($x)\n",
	  { 0, 2, 9, 2 },
	  ":2:9: error: m [code]\n    2 |   2 of ($x)\n      |         ^~\n" },
	{ "an empty span has a caret",
	  "abc",
	  { 0, 1, 2, 0 },
	  ":1:2: error: m [code]\n    1 | abc\n      |  ^\n" },
	{ "tabs are spaces in both lines",
	  "\ta\tb",
	  { 0, 1, 4, 1 },
	  ":1:4: error: m [code]\n    1 |         a       b\n      |                 ^\n" },
	{ "a tab within the span is as wide as it is shown",
	  "a\tb",
	  { 0, 1, 1, 3 },
	  ":1:1: error: m [code]\n    1 | a       b\n      | ^~~~~~~~~\n" },
	{ "a letter of two bytes is one column",
	  "\xc3\xa9\xc3\xa9x",
	  { 0, 1, 5, 1 },
	  ":1:5: error: m [code]\n    1 | \xc3\xa9\xc3\xa9x\n      |   ^\n" },
	{ "control bytes are shown",
	  "\x1b[31m x",
	  { 0, 1, 7, 1 },
	  ":1:7: error: m [code]\n    1 | \\x1b[31m x\n      |          ^\n" },
	{ "bytes that are no UTF-8 are shown",
	  "\xff"
	  "a\xc3",
	  { 0, 1, 2, 1 },
	  ":1:2: error: m [code]\n    1 | \\xffa\\xc3\n      |     ^\n" },
	{ "marks that turn the line are shown",
	  "\xe2\x80\xae"
	  "ab",
	  { 0, 1, 4, 1 },
	  ":1:4: error: m [code]\n    1 | \\xe2\\x80\\xaeab\n      |             ^\n" },
	{ "backslashes stay",
	  "/\\w/",
	  { 0, 1, 2, 2 },
	  ":1:2: error: m [code]\n    1 | /\\w/\n      |  ^~\n" },
	{ "a carriage return is no part of the line",
	  "ab\r\ncd",
	  { 0, 1, 3, 1 },
	  ":1:3: error: m [code]\n    1 | ab\n      |   ^\n" },
	{ "a column behind the line is at its end",
	  "ab",
	  { 0, 1, 99, 5 },
	  ":1:99: error: m [code]\n    1 | ab\n      |   ^\n" },
	{ "a line that is not there is empty",
	  "ab",
	  { 0, 7, 1, 1 },
	  ":7:1: error: m [code]\n    7 | \n      | ^\n" },
	{ "an empty file has one line",
	  "",
	  { 0, 1, 1, 1 },
	  ":1:1: error: m [code]\n    1 | \n      | ^\n" },
	{ "the file as a whole has no line", "ab", { 0, 0, 0, 0 }, ": error: m [code]\n" },
};

static struct diagnostics *make(const char *name, struct bytes text)
{
	struct diagnostics *notes;
	uint32_t file;

	assert_int_equal(diagnostics_new(&notes, NULL), 0);
	assert_int_equal(diagnostics_add_file(notes, name, (const char *)text.data, text.length,
					      &file, NULL),
			 0);
	assert_int_equal(file, 0);
	return notes;
}

/* The first one as text. */
static char *format_first(struct diagnostics *notes)
{
	size_t count;
	const struct diagnostic *list = diagnostics_list(notes, &count);

	assert_true(count > 0);
	return diagnostics_format(notes, list);
}

static void a_line_and_a_caret_show_the_place(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		struct diagnostics *notes = make("f.yar", string_bytes(formats[i].text));
		char *got;

		diagnostics_add(notes, SEVERITY_ERROR, formats[i].span, "code", NULL, "m");
		got = format_first(notes);
		if (strncmp(got, "f.yar", 5) != 0 || strcmp(got + 5, formats[i].expected) != 0) {
			print_error("%s: got\n%s", formats[i].name, got);
			failures++;
		}
		free(got);
		diagnostics_free(notes);
	}
	assert_int_equal(failures, 0);
}

static void a_long_line_is_cut_around_the_caret(void **state)
{
	struct text line = { 0 };
	struct diagnostics *notes;
	char *got, *caret, *source;

	(void)state;
	for (int i = 0; i < 100000; i++)
		text_add(&line, "0123456789");
	line.data[500000] = 'X';
	notes = make("f", string_bytes(line.data));
	diagnostics_add(notes, SEVERITY_WARNING, (struct source_span){ 0, 1, 500001, 400000 },
			"code", NULL, "m");
	got = format_first(notes);
	assert_true(strlen(got) < 400);
	source = strchr(got, '\n') + 1;
	caret = strchr(source, '\n') + 1;
	assert_non_null(strstr(source, " | ...0123456789"));
	assert_int_equal(strchr(source, 'X') - source, strchr(caret, '^') - caret);
	free(got);
	diagnostics_free(notes);
	text_release(&line);
}

static void a_cut_keeps_characters_whole(void **state)
{
	struct text line = { 0 };
	struct diagnostics *notes;

	(void)state;
	for (int i = 0; i < 300; i++)
		text_add(&line, "\xe6\xbc\xa2");
	notes = make("f", string_bytes(line.data));
	for (uint32_t column = 300; column < 303; column++)
		diagnostics_add(notes, SEVERITY_ERROR, (struct source_span){ 0, 1, column, 1 },
				"code", NULL, "m");

	size_t count;
	const struct diagnostic *list = diagnostics_list(notes, &count);

	assert_int_equal(count, 3);
	/* column 301 begins a character: nothing is torn there */
	char *got = diagnostics_format(notes, &list[1]);

	assert_null(strstr(got, "\\x"));
	free(got);
	diagnostics_free(notes);
	text_release(&line);
}

static void names_and_messages_are_safe_to_show(void **state)
{
	struct diagnostics *notes = make("a\x1b"
					 "b",
					 string_bytes("x"));
	char *got;

	(void)state;
	diagnostics_add(notes, SEVERITY_WARNING, (struct source_span){ 0, 0, 0, 0 }, "code", "r",
			"bell \a \\d");
	got = format_first(notes);
	assert_string_equal(got, "a\\x1bb: warning: bell \\x07 \\d [code]\n");
	free(got);
	diagnostics_free(notes);
}

static void lines_are_found_far_down_a_file(void **state)
{
	struct text text = { 0 };
	struct diagnostics *notes;
	int failures = 0;

	(void)state;
	for (int i = 1; i <= 3000; i++)
		text_add_format(&text, "line %d\n", i);
	notes = make("f", string_bytes(text.data));
	for (uint32_t line = 1; line <= 3000; line += 85) {
		const struct diagnostic item = {
			{ 0, line, 1, 1 }, SEVERITY_ERROR, "code", "m", NULL
		};
		char *got = diagnostics_format(notes, &item);
		char expected[64];

		snprintf(expected, sizeof(expected), "%5u | line %u\n", line, line);
		failures += !strstr(got, expected);
		free(got);
	}
	assert_int_equal(failures, 0);
	diagnostics_free(notes);
	text_release(&text);
}

static void wide_line_numbers_keep_the_caret_in_place(void **state)
{
	struct text text = { 0 };
	struct diagnostics *notes;
	char *got;

	(void)state;
	for (int i = 1; i < 1234567; i++)
		text_add(&text, "\n");
	text_add(&text, "ab");
	notes = make("f", string_bytes(text.data));
	diagnostics_add(notes, SEVERITY_ERROR, (struct source_span){ 0, 1234567, 2, 1 }, "code",
			NULL, "m");
	got = format_first(notes);
	assert_string_equal(got, "f:1234567:2: error: m [code]\n1234567 | ab\n        |  ^\n");
	free(got);
	diagnostics_free(notes);
	text_release(&text);
}

static void the_list_is_in_order_of_place(void **state)
{
	struct diagnostics *notes = make("f", string_bytes("x"));
	static const struct source_span spans[] = {
		{ 1, 1, 1, 1 }, { 0, 2, 5, 1 }, { 0, 2, 1, 1 }, { 0, 1, 9, 1 }, { 0, 2, 1, 1 },
	};
	static const char expected[] = "dceba";
	const struct diagnostic *list;
	size_t count;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		diagnostics_add(notes, SEVERITY_ERROR, spans[i], "code", NULL, "%c",
				(int)('a' + i));
	list = diagnostics_list(notes, &count);
	assert_int_equal(count, 5);
	/* those at the same place stay in the order in which they came: c before e */
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(list[i].message[0], expected[i]);
	diagnostics_free(notes);
}

static void equal_ones_are_one(void **state)
{
	struct diagnostics *notes = make("f", string_bytes("x"));
	const struct source_span span = { 0, 1, 1, 1 };
	size_t count;

	(void)state;
	for (int i = 0; i < 3; i++) {
		diagnostics_add(notes, SEVERITY_ERROR, span, "code", "r", "m");
		diagnostics_add(notes, SEVERITY_WARNING, span, "code", "r", "m");
		diagnostics_add(notes, SEVERITY_ERROR, span, "code", "s", "m");
		diagnostics_add(notes, SEVERITY_ERROR, span, "code", NULL, "m");
	}
	diagnostics_list(notes, &count);
	assert_int_equal(count, 4);
	assert_int_equal(diagnostics_count(notes, SEVERITY_ERROR), 3);
	assert_int_equal(diagnostics_count(notes, SEVERITY_WARNING), 1);
	diagnostics_free(notes);
}

static void many_are_kept_and_told_apart(void **state)
{
	struct diagnostics *notes = make("f", string_bytes("x"));
	const struct diagnostic *list;
	size_t count;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 20000; i > 0; i--)
			diagnostics_add(notes, SEVERITY_WARNING, (struct source_span){ 0, i, 1, 1 },
					"code", NULL, "m %u", i);
	}
	list = diagnostics_list(notes, &count);
	assert_int_equal(count, 20000);
	assert_int_equal(list[0].span.line, 1);
	assert_string_equal(list[19999].message, "m 20000");
	diagnostics_free(notes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_and_a_caret_show_the_place),
		cmocka_unit_test(a_long_line_is_cut_around_the_caret),
		cmocka_unit_test(a_cut_keeps_characters_whole),
		cmocka_unit_test(names_and_messages_are_safe_to_show),
		cmocka_unit_test(lines_are_found_far_down_a_file),
		cmocka_unit_test(wide_line_numbers_keep_the_caret_in_place),
		cmocka_unit_test(the_list_is_in_order_of_place),
		cmocka_unit_test(equal_ones_are_one),
		cmocka_unit_test(many_are_kept_and_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
