#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/json_writer.h"

static void separates_values_at_every_level(void **state)
{
	struct json_writer json = { 0 };

	(void)state;
	json_writer_open_object(&json, NULL);
	json_writer_string(&json, "type", "hit");
	json_writer_open_object(&json, "run");
	json_writer_close_object(&json);
	json_writer_open_array(&json, "list");
	json_writer_unsigned(&json, NULL, 1);
	json_writer_integer(&json, NULL, -2);
	json_writer_open_object(&json, NULL);
	json_writer_boolean(&json, "x", true);
	json_writer_close_object(&json);
	json_writer_close_array(&json);
	json_writer_boolean(&json, "last", false);
	json_writer_close_object(&json);
	assert_string_equal(
		json.text.data,
		"{\"type\":\"hit\",\"run\":{},\"list\":[1,-2,{\"x\":true}],\"last\":false}");
	json_writer_clear(&json);
	json_writer_open_object(&json, NULL);
	json_writer_close_object(&json);
	assert_string_equal(json.text.data, "{}");
	json_writer_release(&json);
}

struct text_row {
	const char *name, *value, *expected;
};

static const struct text_row texts[] = {
	{ "an unknown value is left out", NULL, "{}" },
	{ "plain text", "api", "{\"f\":\"api\"}" },
	{ "quotes and backslashes", "a\"b\\", "{\"f\":\"a\\\"b\\\\\"}" },
	{ "every control character as a number", "\n\t\x1b\x7f",
	  "{\"f\":\"\\u000a\\u0009\\u001b\\u007f\"}" },
	{ "C1 and bidi as numbers", "\xc2\x9b\xe2\x80\xae", "{\"f\":\"\\u009b\\u202e\"}" },
	{ "tags as surrogate pairs", "\xf3\xa0\x81\xa1", "{\"f\":\"\\udb40\\udc61\"}" },
	{ "letters stay", "\xc3\xa9", "{\"f\":\"\xc3\xa9\"}" },
	{ "a bad byte gives a mark and a sibling", "a\xff",
	  "{\"f\":\"a\xef\xbf\xbd\",\"f_b64\":\"Yf8=\"}" },
};

static void writes_hostile_text(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct json_writer json = { 0 };

		json_writer_open_object(&json, NULL);
		json_writer_text(&json, "f", texts[i].value);
		json_writer_close_object(&json);
		if (strcmp(json.text.data, texts[i].expected) != 0) {
			print_error("%s: got %s\n", texts[i].name, json.text.data);
			failures++;
		}
		json_writer_release(&json);
	}
	assert_int_equal(failures, 0);
}

/* @length bytes of @unit, over and over. */
static void fill(char *text, const char *unit, size_t length)
{
	for (size_t i = 0; i < length; i++)
		text[i] = unit[i % strlen(unit)];
	text[length] = '\0';
}

static const struct {
	const char *name, *unit;
	size_t length, written; /* written: bytes of the unit's spelling */
	const char *spelling, *after;
} long_texts[] = {
	{ "the longest path is whole", "a", 4095, 4095, "a", "}" },
	{ "a longer text says that it is cut", "a", 4097, 4096, "a", ",\"f_cut\":true}" },
	{ "what counts is the bytes as written", "\x1b", 1000, 4092, "\\u001b",
	  ",\"f_cut\":true}" },
	{ "no character is parted", "\xe2\x82\xac", 4098, 4095, "\xe2\x82\xac",
	  ",\"f_cut\":true}" },
};

static void cuts_what_is_longer_than_any_path(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(long_texts) / sizeof(long_texts[0]); i++) {
		struct json_writer json = { 0 };
		char value[5000], written[5000], expected[6000];

		fill(value, long_texts[i].unit, long_texts[i].length);
		fill(written, long_texts[i].spelling, long_texts[i].written);
		snprintf(expected, sizeof(expected), "{\"f\":\"%s\"%s", written,
			 long_texts[i].after);
		json_writer_open_object(&json, NULL);
		json_writer_text(&json, "f", value);
		json_writer_close_object(&json);
		if (strcmp(json.text.data, expected) != 0) {
			print_error("%s: got %s\n", long_texts[i].name, json.text.data);
			failures++;
		}
		json_writer_release(&json);
	}
	assert_int_equal(failures, 0);
}

static void cuts_the_sibling_like_the_text(void **state)
{
	struct json_writer json = { 0 };
	char value[5000];

	(void)state;
	fill(value, "\xff", 4999);
	json_writer_open_object(&json, NULL);
	json_writer_text(&json, "f", value);
	json_writer_close_object(&json);
	/* 1,365 marks of three bytes, 1,365 bytes in base64. */
	assert_int_equal(json.text.length, strlen("{\"f\":\"\",\"f_b64\":\"\",\"f_cut\":true}") +
						   1365 * 3 + 1365 / 3 * 4);
	json_writer_release(&json);
}

static void gives_an_array_one_sibling_for_all_its_texts(void **state)
{
	static const char *const words[] = { "a", "\xff" };
	struct json_writer json = { 0 };

	(void)state;
	json_writer_open_object(&json, NULL);
	json_writer_texts(&json, "argv", words, 1);
	json_writer_texts(&json, "bad", words, 2);
	json_writer_close_object(&json);
	assert_string_equal(json.text.data, "{\"argv\":[\"a\"],\"bad\":[\"a\",\"\xef\xbf\xbd\"],"
					    "\"bad_b64\":[\"YQ==\",\"/w==\"]}");
	json_writer_release(&json);
}

static void writes_numbers_addresses_and_bytes(void **state)
{
	struct json_writer json = { 0 };

	(void)state;
	json_writer_open_object(&json, NULL);
	json_writer_unsigned(&json, "u", UINT64_MAX);
	json_writer_integer(&json, "i", INT64_MIN);
	json_writer_address(&json, "a", 0xffffffffff600000);
	json_writer_address_end(&json, "e", 0xfffffffffffff000, 0);
	json_writer_address_end(&json, "z", 0, 0);
	json_writer_seconds(&json, "s", 0.41);
	json_writer_seconds(&json, "n", NAN);
	json_writer_short_seconds(&json, "t", 0.0000419);
	json_writer_base64(&json, "d", (struct bytes){ (const uint8_t *)"\0\xff", 2 });
	json_writer_hex(&json, "h", (struct bytes){ (const uint8_t *)"\0\xff", 2 });
	json_writer_close_object(&json);
	assert_string_equal(json.text.data,
			    "{\"u\":9223372036854775807,\"i\":-9223372036854775808,"
			    "\"a\":\"0xffffffffff600000\",\"e\":\"0x10000000000000000\","
			    "\"z\":\"0x0\",\"s\":0.410,\"n\":0.000,\"t\":0.000042,\"d\":\"AP8=\","
			    "\"h\":\"00ff\"}");
	json_writer_release(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(separates_values_at_every_level),
		cmocka_unit_test(writes_hostile_text),
		cmocka_unit_test(cuts_what_is_longer_than_any_path),
		cmocka_unit_test(cuts_the_sibling_like_the_text),
		cmocka_unit_test(gives_an_array_one_sibling_for_all_its_texts),
		cmocka_unit_test(writes_numbers_addresses_and_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
