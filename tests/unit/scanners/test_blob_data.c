#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/oci/blob_data.h"

static const struct {
	const char *text, *bytes; /* NULL: no base64 */
} cases[] = {
	{ "", "" },
	{ "Zg==", "f" },
	{ "Zm8=", "fo" },
	{ "Zm9v", "foo" },
	{ "Zm9vYg==", "foob" },
	{ "Zm9vYmE=", "fooba" },
	{ "+/+/", "\xfb\xff\xbf" },
	{ "Z", NULL },
	{ "Zg", NULL },
	{ "Zg=", NULL },
	{ "====", NULL },
	{ "Z===", NULL },
	{ "Zg==Zg==", NULL },
	{ "Zm=v", NULL },
	{ "Zm9v\n", NULL },
	{ "Zm9-", NULL },
};

static void text_becomes_the_bytes_it_stands_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes text = { (const uint8_t *)cases[i].text, strlen(cases[i].text) };
		uint8_t *out = malloc(blob_data_bytes(text.length) + !text.length);
		size_t length = 0;

		print_message("\"%s\"\n", cases[i].text);
		assert_int_equal(blob_data_decode(text, out, &length), !!cases[i].bytes);
		if (cases[i].bytes) {
			assert_int_equal(length, strlen(cases[i].bytes));
			assert_memory_equal(out, cases[i].bytes, length);
		}
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_becomes_the_bytes_it_stands_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
