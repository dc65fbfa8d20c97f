#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/bytes.h"

static const uint8_t data[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x88, 0xff };

static void reads_little_endian_numbers_in_order(void **state)
{
	struct bytes_reader reader = bytes_reader_at(data, sizeof(data));
	uint16_t two;
	uint32_t four;

	(void)state;
	assert_true(bytes_take_u16(&reader, &two));
	assert_int_equal(two, 0x0201);
	assert_true(bytes_take_u32(&reader, &four));
	assert_int_equal(four, 0x06050403);
	assert_int_equal(reader.position, 6);

	uint64_t eight;

	reader = bytes_reader_at(data, sizeof(data));
	assert_true(bytes_take_u64(&reader, &eight));
	assert_true(eight == 0x8807060504030201u);
}

static void a_read_past_the_end_moves_nothing(void **state)
{
	struct bytes_reader reader = bytes_reader_at(data, 3);
	struct bytes taken;
	uint16_t two = 7;
	uint32_t four = 7;
	uint64_t eight = 7;

	(void)state;
	assert_false(bytes_take_u32(&reader, &four));
	assert_false(bytes_take_u64(&reader, &eight));
	assert_false(bytes_take(&reader, 4, &taken));
	assert_false(bytes_take(&reader, SIZE_MAX, &taken));
	assert_int_equal(four, 7);
	assert_true(eight == 7);
	assert_int_equal(reader.position, 0);
	assert_true(bytes_take_u16(&reader, &two));
	assert_false(bytes_take_u16(&reader, &two));
	assert_int_equal(reader.rest.length, 1);
}

static void taking_lends_the_bytes_themselves(void **state)
{
	struct bytes_reader reader = bytes_reader_at(data, sizeof(data));
	struct bytes taken;

	(void)state;
	assert_true(bytes_take(&reader, 3, &taken));
	assert_ptr_equal(taken.data, data);
	assert_int_equal(taken.length, 3);
	assert_true(bytes_take(&reader, sizeof(data) - 3, &taken));
	assert_ptr_equal(taken.data, data + 3);
	assert_true(bytes_take(&reader, 0, &taken));
	assert_int_equal(taken.length, 0);
}

static void nothing_can_be_read_from_nothing(void **state)
{
	struct bytes_reader reader = bytes_reader_at(NULL, 0);
	struct bytes taken;

	(void)state;
	assert_true(bytes_take(&reader, 0, &taken));
	assert_false(bytes_take(&reader, 1, &taken));
}

static void equal_are_bytes_of_one_length_without_a_difference(void **state)
{
	static const struct {
		struct bytes left, right;
		bool equal;
	} cases[] = {
		{ { (const uint8_t *)"abc", 3 }, { (const uint8_t *)"abd", 3 }, false },
		{ { (const uint8_t *)"ab", 2 }, { (const uint8_t *)"abc", 3 }, false },
		{ { (const uint8_t *)"abc", 3 }, { (const uint8_t *)"abc", 3 }, true },
		{ { NULL, 0 }, { (const uint8_t *)"", 0 }, true },
		{ { NULL, 0 }, { (const uint8_t *)"a", 1 }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(bytes_equal(cases[i].left, cases[i].right), cases[i].equal);
}

static void numbers_of_seven_bits_a_byte_end_where_a_byte_says_so(void **state)
{
	static const struct {
		uint8_t bytes[12];
		size_t length, taken; /* taken 0: it is none */
		uint64_t value;
	} cases[] = {
		{ { 0 }, 1, 1, 0 },
		{ { 0x7f, 0x01 }, 2, 1, 127 },
		{ { 0xac, 0x02 }, 2, 2, 300 },
		{ { 0x80, 0x00 }, 2, 2, 0 },
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 },
		  10,
		  10,
		  UINT64_MAX },
		{ { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 }, 11, 0, 0 },
		{ { 0xac }, 1, 0, 0 },
		{ { 0 }, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes_reader reader = bytes_reader_at(cases[i].bytes, cases[i].length);
		uint64_t value = 0;

		assert_int_equal(bytes_take_varint(&reader, &value), cases[i].taken > 0);
		assert_int_equal(reader.position, cases[i].taken);
		assert_true(value == cases[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_little_endian_numbers_in_order),
		cmocka_unit_test(a_read_past_the_end_moves_nothing),
		cmocka_unit_test(taking_lends_the_bytes_themselves),
		cmocka_unit_test(numbers_of_seven_bits_a_byte_end_where_a_byte_says_so),
		cmocka_unit_test(nothing_can_be_read_from_nothing),
		cmocka_unit_test(equal_are_bytes_of_one_length_without_a_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
