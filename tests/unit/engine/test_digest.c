#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/base/digest.h"

struct piece {
	const char *data;
	size_t length;
};

static void sum(const struct piece *pieces, size_t count, int sized, char out[DIGEST_HEX_BYTES])
{
	struct digest *digest;
	uint8_t raw[DIGEST_BYTES];
	struct error err;

	assert_int_equal(digest_new(&digest, &err), 0);
	for (size_t i = 0; i < count; i++) {
		if (sized)
			assert_int_equal(
				digest_add_sized(digest, pieces[i].data, pieces[i].length, &err),
				0);
		else
			assert_int_equal(digest_add(digest, pieces[i].data, pieces[i].length, &err),
					 0);
	}
	assert_int_equal(digest_end(digest, raw, &err), 0);
	digest_free(digest);
	digest_hex(raw, out);
}

/* FIPS 180-4's examples. */
static void is_sha_256(void **state)
{
	static const struct {
		const char *text, *sum;
	} cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct piece whole = { cases[i].text, strlen(cases[i].text) };
		char hex[DIGEST_HEX_BYTES];
		uint8_t raw[DIGEST_BYTES];
		struct error err;

		sum(&whole, 1, 0, hex);
		assert_string_equal(hex, cases[i].sum);
		assert_int_equal(digest_of(whole.data, whole.length, raw, &err), 0);
		digest_hex(raw, hex);
		assert_string_equal(hex, cases[i].sum);
	}
}

static void plain_pieces_join_and_sized_ones_do_not(void **state)
{
	static const struct piece ab_c[] = { { "ab", 2 }, { "c", 1 } };
	static const struct piece a_bc[] = { { "a", 1 }, { "bc", 2 } };
	char left[DIGEST_HEX_BYTES], right[DIGEST_HEX_BYTES];

	(void)state;
	sum(ab_c, 2, 0, left);
	sum(a_bc, 2, 0, right);
	assert_string_equal(left, right);
	sum(ab_c, 2, 1, left);
	sum(a_bc, 2, 1, right);
	assert_string_not_equal(left, right);
}

static void a_size_is_eight_little_endian_bytes(void **state)
{
	static const struct piece sized = { "abc", 3 };
	static const struct piece spelled = { "\3\0\0\0\0\0\0\0abc", 11 };
	char left[DIGEST_HEX_BYTES], right[DIGEST_HEX_BYTES];

	(void)state;
	sum(&sized, 1, 1, left);
	sum(&spelled, 1, 0, right);
	assert_string_equal(left, right);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_sha_256),
		cmocka_unit_test(plain_pieces_join_and_sized_ones_do_not),
		cmocka_unit_test(a_size_is_eight_little_endian_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
