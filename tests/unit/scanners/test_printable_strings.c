#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/text.h"
#include "scanners/printable_strings.h"

#define BYTES(text) text, sizeof(text) - 1

/* "1000a:text " for each. */
static int note(void *context, uint64_t address, enum printable_encoding encoding,
		struct bytes text, struct error *err)
{
	(void)err;
	text_add_format(context, "%llx%c:", (unsigned long long)address,
			encoding == PRINTABLE_ASCII ? 'a' : 'w');
	text_add_bytes(context, text);
	text_add_byte(context, ' ');
	return 0;
}

static const struct {
	const char *name, *bytes;
	size_t length;
	const char *found;
} rows[] = {
	{ "four characters", BYTES("\x01word\x01"), "1001a:word " },
	{ "three are too few", BYTES("\x01wor\x01"), "" },
	{ "at both ends", BYTES("head\x00\x00tail"), "1000a:head 1006a:tail " },
	{ "a tab is printable, other controls are not",
	  BYTES("a\tbc\nd\x7f"
		"efgh"),
	  "1000a:a\tbc 1007a:efgh " },
	{ "bytes above 126 are not",
	  BYTES("\xff"
		"abcd\xc3\xa9"),
	  "1001a:abcd " },
	{ "wide ones", BYTES("\x01w\0o\0r\0d\0\x01"), "1001w:word " },
	{ "three wide ones are too few", BYTES("w\0o\0r\0\x01"), "" },
	{ "the last one lacks its zero", BYTES("w\0o\0r\0d\0e"), "1000w:word " },
	{ "the last one is followed by another byte", BYTES("w\0o\0r\0d\x01"), "" },
	{ "wide ones from the end of others", BYTES("text\0m\0o\0r\0e"), "1000a:text 1003w:tmor " },
	{ "wide ones at an odd address", BYTES("xw\0o\0r\0d\0"), "1001w:word " },
	{ "others behind wide ones", BYTES("a\0b\0c\0d\0efgh"), "1000w:abcd 1008a:efgh " },
	{ "big-endian ones are no others", BYTES("\0a\0b\0c\0d\x01"), "" },
	{ "nothing", BYTES(""), "" },
};

static void find(const char *bytes, size_t length, size_t piece, struct text *out)
{
	struct printable_strings *strings = calloc(1, sizeof(*strings));

	assert_non_null(strings);
	strings->each = note;
	strings->context = out;
	for (size_t at = 0; at < length; at += piece) {
		size_t there = length - at < piece ? length - at : piece;

		assert_int_equal(
			printable_strings_add(strings, 0x1000 + at,
					      (struct bytes){ (const uint8_t *)bytes + at, there },
					      NULL),
			0);
	}
	assert_int_equal(printable_strings_break(strings, NULL), 0);
	free(strings);
}

static void runs_are_found_wherever_pieces_are_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].name);
		for (size_t piece = 1; piece < 12; piece++) {
			struct text found = { 0 };

			text_add(&found, "");
			find(rows[i].bytes, rows[i].length, piece, &found);
			assert_string_equal(found.data ? found.data : "", rows[i].found);
			text_release(&found);
		}
	}
}

static void nothing_reaches_across_a_break(void **state)
{
	struct printable_strings *strings = calloc(1, sizeof(*strings));
	struct text found = { 0 };

	(void)state;
	strings->each = note;
	strings->context = &found;
	printable_strings_add(strings, 0x1000, (struct bytes){ (const uint8_t *)"abcw", 4 }, NULL);
	printable_strings_break(strings, NULL);
	printable_strings_add(strings, 0x1004, (struct bytes){ (const uint8_t *)"\0abc", 4 }, NULL);
	printable_strings_break(strings, NULL);
	assert_string_equal(found.data, "1000a:abcw ");
	text_release(&found);
	free(strings);
}

static void a_long_run_comes_in_parts_with_their_own_addresses(void **state)
{
	char *bytes = malloc(2 * (PRINTABLE_MOST + 2));
	struct text found = { 0 };

	(void)state;
	memset(bytes, 'x', PRINTABLE_MOST + 2);
	find(bytes, PRINTABLE_MOST + 2, 1000, &found);
	assert_int_equal(strncmp(found.data, "1000a:xx", 8), 0);
	assert_non_null(strstr(found.data, " 2000a:xx "));
	text_clear(&found);
	for (size_t i = 0; i < PRINTABLE_MOST + 2; i++) {
		bytes[2 * i] = 'y';
		bytes[2 * i + 1] = '\0';
	}
	find(bytes, 2 * (PRINTABLE_MOST + 2), 999, &found);
	assert_int_equal(strncmp(found.data, "1000w:yy", 8), 0);
	assert_non_null(strstr(found.data, " 3000w:yy "));
	text_release(&found);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_found_wherever_pieces_are_cut),
		cmocka_unit_test(nothing_reaches_across_a_break),
		cmocka_unit_test(a_long_run_comes_in_parts_with_their_own_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
