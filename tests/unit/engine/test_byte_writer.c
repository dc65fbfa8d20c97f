#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/byte_writer.h"

static void writes_numbers_with_the_low_byte_first(void **state)
{
	static const uint8_t expected[] = { 0x81, 0x84, 0x83, 0x82, 0x81, 0x88, 0x87,
					    0x86, 0x85, 0x84, 0x83, 0x82, 0x81 };
	struct byte_writer writer = { 0 };

	(void)state;
	byte_writer_add_u8(&writer, 0x81);
	byte_writer_add_u32(&writer, 0x81828384);
	byte_writer_add_u64(&writer, 0x8182838485868788);
	assert_false(writer.failed);
	assert_int_equal(writer.length, sizeof(expected));
	assert_memory_equal(writer.data, expected, sizeof(expected));
	byte_writer_release(&writer);
}

static void a_reader_takes_what_was_added(void **state)
{
	struct byte_writer writer = { 0 };
	struct bytes_reader reader;
	struct bytes text;
	uint64_t length, large;
	uint32_t medium;
	uint8_t small;

	(void)state;
	byte_writer_add_u8(&writer, 7);
	byte_writer_add_sized(&writer, (struct bytes){ (const uint8_t *)"ab\0c", 4 });
	byte_writer_add_u32(&writer, UINT32_MAX);
	byte_writer_add_u64(&writer, UINT64_MAX - 1);
	reader = bytes_reader_at(writer.data, writer.length);
	assert_true(bytes_take_u8(&reader, &small));
	assert_int_equal(small, 7);
	assert_true(bytes_take_u64(&reader, &length));
	assert_true(bytes_take(&reader, (size_t)length, &text));
	assert_int_equal(length, 4);
	assert_memory_equal(text.data, "ab\0c", 4);
	assert_true(bytes_take_u32(&reader, &medium));
	assert_int_equal(medium, UINT32_MAX);
	assert_true(bytes_take_u64(&reader, &large));
	assert_true(large == UINT64_MAX - 1);
	assert_int_equal(reader.rest.length, 0);
	assert_false(bytes_take_u8(&reader, &small));
	byte_writer_release(&writer);
}

static void grows_without_losing_a_byte(void **state)
{
	enum { COUNT = 100000 };
	struct byte_writer writer = { 0 };

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++)
		byte_writer_add_u32(&writer, i);
	assert_int_equal(writer.length, 4 * COUNT);
	for (uint32_t i = 0; i < COUNT; i++) {
		struct bytes_reader reader = bytes_reader_at(writer.data + 4 * (size_t)i, 4);
		uint32_t number;

		assert_true(bytes_take_u32(&reader, &number));
		assert_int_equal(number, i);
	}
	byte_writer_release(&writer);
}

static void adds_nothing_more_once_it_has_failed(void **state)
{
	struct byte_writer writer = { 0 };

	(void)state;
	byte_writer_add(&writer, "abc", 3);
	byte_writer_add(&writer, "abc", SIZE_MAX - 2);
	assert_true(writer.failed);
	byte_writer_add_u8(&writer, 1);
	byte_writer_add_sized(&writer, (struct bytes){ 0 });
	assert_int_equal(writer.length, 3);
	byte_writer_release(&writer);
	assert_false(writer.failed);
	assert_null(writer.data);
}

static void empty_bytes_are_only_their_length(void **state)
{
	struct byte_writer writer = { 0 };

	(void)state;
	byte_writer_add(&writer, NULL, 0);
	assert_int_equal(writer.length, 0);
	byte_writer_add_sized(&writer, (struct bytes){ 0 });
	assert_int_equal(writer.length, 8);
	byte_writer_release(&writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_numbers_with_the_low_byte_first),
		cmocka_unit_test(a_reader_takes_what_was_added),
		cmocka_unit_test(grows_without_losing_a_byte),
		cmocka_unit_test(adds_nothing_more_once_it_has_failed),
		cmocka_unit_test(empty_bytes_are_only_their_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
