#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/text.h"

#define BYTES(literal)                                                                             \
	{                                                                                          \
		(const uint8_t *)(literal), sizeof(literal) - 1                                    \
	}

struct row {
	const char *name;
	struct bytes input;
	const char *expected;
};

static int check_rows(const struct row *rows, size_t count,
		      void (*add)(struct text *text, struct bytes bytes))
{
	int failures = 0;

	for (size_t i = 0; i < count; i++) {
		struct text text = { 0 };

		add(&text, rows[i].input);
		if (text.failed || strcmp(text.data ? text.data : "", rows[i].expected) != 0) {
			print_error("%s: got \"%s\"\n", rows[i].name, text.data ? text.data : "");
			failures++;
		}
		text_release(&text);
	}
	return failures;
}

static const struct row escaped[] = {
	{ "nothing stays nothing", BYTES(""), "" },
	{ "printable ASCII stays", BYTES("a b~!"), "a b~!" },
	{ "letters of other scripts stay", BYTES("caf\xc3\xa9 \xe6\xbc\xa2"),
	  "caf\xc3\xa9 \xe6\xbc\xa2" },
	{ "a backslash is told from an escape", BYTES("a\\x41"), "a\\\\x41" },
	{ "line feeds and tabs have names", BYTES("a\n\r\tb"), "a\\n\\r\\tb" },
	{ "an escape sequence cannot reach the terminal", BYTES("\x1b[31m"), "\\x1b[31m" },
	{ "a zero byte is shown", BYTES("a\0b"), "a\\x00b" },
	{ "delete is shown", BYTES("\x7f"), "\\x7f" },
	{ "C1 controls are shown, the eight-bit CSI too",
	  BYTES("\xc2\x9b"
		"31m"),
	  "\\u009b31m" },
	{ "a raw C1 byte is no UTF-8", BYTES("\x9b"), "\\x9b" },
	{ "bidi overrides are shown",
	  BYTES("a\xe2\x80\xae"
		"b"),
	  "a\\u202eb" },
	{ "a filler that looks like nothing is shown",
	  BYTES("a\xe3\x85\xa4"
		"b"),
	  "a\\u3164b" },
	{ "a variation selector is shown", BYTES("a\xef\xb8\x8f"), "a\\ufe0f" },
	{ "bidi isolates are shown", BYTES("\xe2\x81\xa6"), "\\u2066" },
	{ "zero widths are shown",
	  BYTES("a\xe2\x80\x8b"
		"b"),
	  "a\\u200bb" },
	{ "a line separator is shown", BYTES("\xe2\x80\xa8"), "\\u2028" },
	{ "tag characters are shown", BYTES("\xf3\xa0\x81\xa1"), "\\U000e0061" },
	{ "an overlong slash is two bad bytes", BYTES("\xc0\xaf"), "\\xc0\\xaf" },
	{ "a surrogate is three bad bytes", BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80" },
	{ "beyond the last character is bad", BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80" },
	{ "a cut character is bad", BYTES("\xe6\xbc"), "\\xe6\\xbc" },
	{ "a character after a bad byte stays", BYTES("\xff\xc3\xa9"), "\\xff\xc3\xa9" },
};

static void shows_text_without_control(void **state)
{
	(void)state;
	assert_int_equal(
		check_rows(escaped, sizeof(escaped) / sizeof(escaped[0]), text_add_escaped), 0);
}

static const struct row memory[] = {
	{ "ASCII stays", BYTES("key=1"), "key=1" },
	{ "UTF-8 is shown byte by byte", BYTES("\xc3\xa9"), "\\xc3\\xa9" },
	{ "controls are shown", BYTES("\x00\x01\n\x7f\xff\\"), "\\x00\\x01\\n\\x7f\\xff\\\\" },
};

static void shows_memory_as_ascii(void **state)
{
	(void)state;
	assert_int_equal(
		check_rows(memory, sizeof(memory) / sizeof(memory[0]), text_add_escaped_memory), 0);
}

static const struct row base64[] = {
	{ "none", BYTES(""), "" },
	{ "one byte", BYTES("f"), "Zg==" },
	{ "two bytes", BYTES("fo"), "Zm8=" },
	{ "three bytes", BYTES("foo"), "Zm9v" },
	{ "four bytes", BYTES("foob"), "Zm9vYg==" },
	{ "the last digits", BYTES("\xfb\xff\xbf"), "+/+/" },
};

static void encodes_base64_with_padding(void **state)
{
	(void)state;
	assert_int_equal(check_rows(base64, sizeof(base64) / sizeof(base64[0]), text_add_base64),
			 0);
}

static const struct row replaced[] = {
	{ "valid text stays", BYTES("\xe6\xbc\xa2"), "\xe6\xbc\xa2" },
	{ "each bad byte is one mark",
	  BYTES("a\xe6\xbc"
		"b"),
	  "a\xef\xbf\xbd\xef\xbf\xbd"
	  "b" },
};

static void replaces_what_is_no_utf8(void **state)
{
	(void)state;
	assert_int_equal(
		check_rows(replaced, sizeof(replaced) / sizeof(replaced[0]), text_add_utf8), 0);
}

static void encodes_hex_in_lower_case(void **state)
{
	struct text text = { 0 };

	(void)state;
	text_add_hex(&text, (struct bytes)BYTES("\x00\xab\xff"));
	assert_string_equal(text.data, "00abff");
	text_release(&text);
}

static void keeps_what_was_added_while_growing(void **state)
{
	struct text text = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		text_add_format(&text, "%03d", i);
	assert_false(text.failed);
	assert_int_equal(text.length, 3000);
	assert_memory_equal(text.data + 2997, "999", 4);
	text_clear(&text);
	assert_string_equal(text.data, "");
	text_release(&text);
	assert_null(text.data);
}

static void remembers_that_memory_ran_out(void **state)
{
	struct text text = { 0 };

	(void)state;
	text_add(&text, "a");
	text_add_bytes(&text, (struct bytes){ (const uint8_t *)"b", SIZE_MAX - 1 });
	assert_true(text.failed);
	text_add(&text, "c");
	assert_string_equal(text.data, "a");
	text_release(&text);
}

static void pads_to_a_column(void **state)
{
	struct text text = { 0 };

	(void)state;
	text_add(&text, "xx");
	text_add(&text, "ab");
	text_pad(&text, 2, 4);
	text_add(&text, "|");
	text_pad(&text, 2, 3);
	assert_string_equal(text.data, "xxab  |");
	text_clear(&text);
	text_add(&text, "\xc3\xa9\xe6\xbc\xa2");
	text_pad(&text, 0, 5);
	text_add(&text, "|");
	assert_string_equal(text.data, "\xc3\xa9\xe6\xbc\xa2  |");
	text_release(&text);
}

static void shows_the_start_of_what_is_long(void **state)
{
	static const struct {
		const char *text;
		size_t most;
		const char *expected;
	} starts[] = {
		{ "abc", 3, "abc" },
		{ "abcd", 3, "abc..." },
		{ "a\x1b"
		  "bc",
		  2, "a\\x1b..." },
		{ "a\xe2\x82\xac"
		  "b",
		  3, "a..." },
		{ "a\xe2\x82\xac"
		  "b",
		  4, "a\xe2\x82\xac..." },
		{ "\x80\x80\x80\x80\x80", 4, "\\x80\\x80\\x80\\x80..." },
		{ NULL, 3, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		struct text text = { 0 };

		text_add(&text, "");
		text_add_escaped_start(&text, starts[i].text, starts[i].most);
		assert_string_equal(text.data, starts[i].expected);
		text_release(&text);
	}
}

static void strings_start_and_end_with_others(void **state)
{
	(void)state;
	assert_true(string_starts_with("pages-1.img", "pages-"));
	assert_true(string_starts_with("pages-1.img", ""));
	assert_true(string_starts_with("a", "a"));
	assert_false(string_starts_with("a", "ab"));
	assert_false(string_starts_with("", "a"));
	assert_true(string_ends_with("pages-1.img", ".img"));
	assert_true(string_ends_with("a", ""));
	assert_false(string_ends_with("img", ".img"));
	assert_false(string_ends_with("a.imgx", ".img"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_text_without_control),
		cmocka_unit_test(shows_memory_as_ascii),
		cmocka_unit_test(encodes_base64_with_padding),
		cmocka_unit_test(replaces_what_is_no_utf8),
		cmocka_unit_test(encodes_hex_in_lower_case),
		cmocka_unit_test(keeps_what_was_added_while_growing),
		cmocka_unit_test(remembers_that_memory_ran_out),
		cmocka_unit_test(pads_to_a_column),
		cmocka_unit_test(shows_the_start_of_what_is_long),
		cmocka_unit_test(strings_start_and_end_with_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
