#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/confirm/xor.h"

static void every_key_is_told_from_every_other(void **state)
{
	const uint8_t plain[] = { 'k', 0, 'e', 'y', 0xff };
	const struct bytes literal = { plain, sizeof(plain) };

	(void)state;
	for (unsigned int key = 0; key < 256; key++) {
		uint8_t narrow[sizeof(plain)], wide[2 * sizeof(plain)];

		for (size_t i = 0; i < sizeof(plain); i++) {
			narrow[i] = (uint8_t)(plain[i] ^ key);
			wide[2 * i] = narrow[i];
			wide[2 * i + 1] = (uint8_t)key;
		}
		for (unsigned int other = 0; other < 256; other++) {
			assert_int_equal(xor_lies_at(&literal, false, (uint8_t)other, narrow),
					 key == other);
			assert_int_equal(xor_lies_at(&literal, true, (uint8_t)other, wide),
					 key == other);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_key_is_told_from_every_other) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
