#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/oci/container_image.h"

#define TYPE "\x0a\x03url"

static const struct {
	const char *name, *message;
	size_t length;
	const char *json; /* NULL: none */
} messages[] = {
	{ "type and value", TYPE "\x12\x02{}", 9, "{}" },
	{ "value alone", "\x12\x02{}", 4, "{}" },
	{ "value first", "\x12\x02{}" TYPE, 9, "{}" },
	{ "the last of two values", "\x12\x02{}\x12\x03{ }", 9, "{ }" },
	{ "unknown fields of every kind",
	  "\x18\x96\x01\x21"
	  "12345678"
	  "\x2d"
	  "1234"
	  "\x12\x02{}",
	  21, "{}" },
	{ "nothing", "", 0, NULL },
	{ "no value", TYPE, 5, NULL },
	{ "an empty value", "\x12\x00", 2, NULL },
	{ "a value that is no object", "\x12\x02[]", 4, NULL },
	{ "a length past the end", "\x12\x03{}", 4, NULL },
	{ "a length of 2^64 - 1", "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01{}", 13, NULL },
	{ "a tag without end", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11, NULL },
	{ "a group", "\x12\x02{}\x13", 5, NULL },
	{ "a cut number", "\x12\x02{}\x18", 5, NULL },
};

static void a_specification_is_taken_from_its_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		struct bytes json;
		uint8_t *copy = malloc(messages[i].length ? messages[i].length : 1);

		print_message("%s\n", messages[i].name);
		assert_non_null(copy);
		memcpy(copy, messages[i].message, messages[i].length);
		assert_int_equal(
			container_image_spec((struct bytes){ copy, messages[i].length }, &json),
			!!messages[i].json);
		if (messages[i].json) {
			assert_int_equal(json.length, strlen(messages[i].json));
			assert_memory_equal(json.data, messages[i].json, json.length);
		}
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_specification_is_taken_from_its_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
