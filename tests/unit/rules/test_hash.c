#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "module_fixture.h"
#include "rules/modules/registry.h"

/* Two blocks that touch, then a gap. Ranges end before the last byte of the second. */
static const struct fixture_block blocks[] = {
	{ 0x1000, "The quick brown fox ", 20 },
	{ 0x1014, "jumps over the lazy dog.", 24 },
	{ 0x2000, "elsewhere", 9 },
};

struct sum_case {
	const char *function;
	int64_t offset, length;
	const char *text; /* of the digest; NULL: see number */
	int64_t number; /* -1: undefined */
};

/* From md5sum and its like, and from zlib. */
static const struct sum_case sums[] = {
	{ "md5", 0x1000, 43, "9e107d9d372bb6826bd81d3542a419d6", 0 },
	{ "md5", 0x1000, 0, "d41d8cd98f00b204e9800998ecf8427e", 0 },
	{ "sha1", 0x1000, 43, "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", 0 },
	{ "sha256", 0x1000, 43, "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592",
	  0 },
	{ "crc32", 0x1000, 43, NULL, 0x414fa339 },
	{ "checksum32", 0x1000, 3, NULL, 'T' + 'h' + 'e' },
	{ "md5", 0x1000, 45, NULL, -1 },
	{ "crc32", 0xfff, 4, NULL, -1 },
	{ "sha1", -1, 4, NULL, -1 },
	{ "sha256", 0x1000, -1, NULL, -1 },
	{ "checksum32", 0x2000, 100, NULL, 964 },
};

static void check_sum(struct module_fixture *fixture, const struct sum_case *c)
{
	const struct value arguments[] = { value_integer(c->offset), value_integer(c->length) };
	struct value sum = module_fixture_call(fixture, c->function, "ii", arguments);

	print_message("%s(%lld, %lld)\n", c->function, (long long)c->offset, (long long)c->length);
	if (c->text) {
		assert_int_equal(sum.kind, VALUE_TEXT);
		assert_int_equal(sum.text.length, strlen(c->text));
		assert_memory_equal(sum.text.data, c->text, sum.text.length);
	} else if (c->number < 0) {
		assert_int_equal(sum.kind, VALUE_UNDEFINED);
	} else {
		assert_int_equal(sum.kind, VALUE_INTEGER);
		assert_int_equal(sum.integer, c->number);
	}
}

static void sums_ranges(void **state)
{
	struct module_fixture fixture;

	(void)state;
	module_fixture_init(&fixture, &hash_module, true, blocks, 3);
	fixture.lend_most = 7;
	/* Twice: the second time they are remembered. */
	for (size_t i = 0; i < 2 * sizeof(sums) / sizeof(*sums); i++)
		check_sum(&fixture, &sums[i % (sizeof(sums) / sizeof(*sums))]);
	module_fixture_release(&fixture);
}

static void does_not_read_a_range_twice(void **state)
{
	struct module_fixture fixture;

	(void)state;
	module_fixture_init(&fixture, &hash_module, true, blocks, 3);
	check_sum(&fixture, &sums[0]);
	fixture.lend_error = ERROR_NOT_KEPT;
	check_sum(&fixture, &sums[0]);
	module_fixture_release(&fixture);
}

static void remembers_no_range_for_another(void **state)
{
	struct module_fixture fixture;
	uint8_t bytes[2048];
	const struct fixture_block block = { 0, bytes, sizeof(bytes) };

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	module_fixture_init(&fixture, &hash_module, false, &block, 1);
	for (int64_t i = 0; i < 6000; i++) {
		const struct value range[] = { value_integer(i % 2000),
					       value_integer(1 + i / 2000) };
		struct value sum = module_fixture_call(&fixture, "checksum32", "ii", range);
		int64_t expected = 0;

		for (int64_t j = 0; j < range[1].integer; j++)
			expected += bytes[range[0].integer + j];
		assert_int_equal(sum.integer, expected);
	}
	module_fixture_release(&fixture);
}

static void sums_texts(void **state)
{
	const struct value text = value_text("TEST STRING", 11);
	struct module_fixture fixture;

	(void)state;
	module_fixture_init(&fixture, &hash_module, true, blocks, 3);
	assert_int_equal(module_fixture_call(&fixture, "crc32", "s", &text).integer, 0x51f9be31);
	assert_int_equal(module_fixture_call(&fixture, "checksum32", "s", &text).integer, 0x337);
	assert_memory_equal(module_fixture_call(&fixture, "md5", "s", &text).text.data,
			    "2d7d687432758a8eeeca7b7e5d518e7f", 32);
	assert_memory_equal(module_fixture_call(&fixture, "sha1", "s", &text).text.data,
			    "d39d009c05797a93a79720952e99c7054a24e7c4", 40);
	assert_int_equal(module_fixture_call(&fixture, "sha256", "s", &text).text.length, 64);
	module_fixture_release(&fixture);
}

static void bytes_that_have_passed_end_the_evaluation(void **state)
{
	const struct value range[] = { value_integer(0x1000), value_integer(10) };
	struct value out = value_undefined();
	struct module_fixture fixture;
	struct error err;

	(void)state;
	module_fixture_init(&fixture, &hash_module, true, blocks, 3);
	fixture.lend_error = ERROR_NOT_KEPT;
	assert_int_equal(hash_module.members[0].call(&fixture.context, range, &out, &err),
			 ERROR_NOT_KEPT);
	module_fixture_release(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_ranges),
		cmocka_unit_test(does_not_read_a_range_twice),
		cmocka_unit_test(remembers_no_range_for_another),
		cmocka_unit_test(sums_texts),
		cmocka_unit_test(bytes_that_have_passed_end_the_evaluation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
