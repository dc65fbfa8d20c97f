#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/build_id.h"

#define FILE_BYTES 0x2000
#define ID_BYTES 20
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What is odd about a file. */
enum oddity {
	ODD_NOTHING,
	ODD_MAGIC,
	ODD_CLASS,
	ODD_ORDER,
	ODD_OTHER_NAME,
	ODD_OTHER_TYPE,
	ODD_NO_NOTE_SEGMENT,
	ODD_HEADERS_BEHIND_END,
	ODD_SEGMENT_BEHIND_END,
	ODD_NOTE_LONGER_THAN_SEGMENT,
	ODD_LONG_ID,
	ODD_EMPTY_ID,
};

struct maker {
	uint8_t *data;
	bool wide, big;
};

static void put(const struct maker *maker, size_t at, uint64_t value, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		size_t shift = 8 * (maker->big ? length - 1 - i : i);

		maker->data[at + i] = (uint8_t)(value >> shift);
	}
}

static size_t put_note(const struct maker *maker, size_t at, const char *name, uint32_t type,
		       uint32_t length, size_t alignment)
{
	size_t name_bytes = strlen(name) + 1, data_at = at + 12 + name_bytes;

	data_at += (alignment - (data_at - at) % alignment) % alignment;
	put(maker, at, name_bytes, 4);
	put(maker, at + 4, length, 4);
	put(maker, at + 8, type, 4);
	memcpy(maker->data + at + 12, name, name_bytes);
	for (size_t i = 0; i < length && data_at + i < FILE_BYTES; i++)
		maker->data[data_at + i] = (uint8_t)(0xa0 + i);
	data_at += length;
	return data_at + (alignment - (data_at - at) % alignment) % alignment;
}

static void put_segment(const struct maker *maker, size_t at, uint32_t type, uint64_t offset,
			uint64_t length, uint64_t alignment)
{
	size_t word = maker->wide ? 8 : 4;

	put(maker, at, type, 4);
	put(maker, at + word, offset, word);
	put(maker, at + (maker->wide ? 32 : 16), length, word);
	put(maker, at + (maker->wide ? 48 : 28), alignment, word);
}

/* A load segment, a note segment of properties (aligned to words of the file), and one of an ABI tag and the id. */
static uint8_t *make_file(bool wide, bool big, enum oddity oddity)
{
	struct maker maker = { calloc(1, FILE_BYTES), wide, big };
	size_t headers_at = wide ? 64 : 52, entry = wide ? 56 : 32, word = wide ? 8 : 4;
	size_t first = 0x400, second = 0x600, end;

	assert_non_null(maker.data);
	memcpy(maker.data,
	       oddity == ODD_MAGIC ? "\x7f"
				     "ELG"
				   : "\x7f"
				     "ELF",
	       4);
	maker.data[4] = oddity == ODD_CLASS ? 3 : wide ? 2 : 1;
	maker.data[5] = oddity == ODD_ORDER ? 0 : big ? 2 : 1;
	put(&maker, wide ? 32 : 28, oddity == ODD_HEADERS_BEHIND_END ? FILE_BYTES : headers_at,
	    word);
	put(&maker, wide ? 54 : 42, entry, 2);
	put(&maker, wide ? 56 : 44, 3, 2);
	end = put_note(&maker, first, "GNU", 5, 16, word);
	put_segment(&maker, headers_at, 1, 0, FILE_BYTES, 0x1000);
	put_segment(&maker, headers_at + entry, 4, first, end - first, word);
	end = put_note(&maker, second, "GNU", 1, 16, 4);
	end = put_note(&maker, end, oddity == ODD_OTHER_NAME ? "GNX" : "GNU",
		       oddity == ODD_OTHER_TYPE ? 4 : 3,
		       oddity == ODD_LONG_ID	? BUILD_ID_BYTES + 1
		       : oddity == ODD_EMPTY_ID ? 0
						: ID_BYTES,
		       4);
	put_segment(&maker, headers_at + 2 * entry, oddity == ODD_NO_NOTE_SEGMENT ? 1 : 4,
		    oddity == ODD_SEGMENT_BEHIND_END ? UINT64_MAX : second,
		    oddity == ODD_NOTE_LONGER_THAN_SEGMENT ? 16 : end - second, 4);
	return maker.data;
}

struct fixture {
	struct file_table *files;
	struct piece pieces[2];
	struct content content;
};

static void fixture_open(struct fixture *fixture, uint8_t *data)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };
	uint32_t file;

	assert_int_equal(file_table_new(&fixture->files, &options, NULL), 0);
	assert_int_equal(
		file_table_add_memory(fixture->files, data, FILE_BYTES, "elf", &file, NULL), 0);
	/* In two pieces, cut in the middle of a note. */
	fixture->pieces[0] = (struct piece){ .length = 0x60a, .file = file };
	fixture->pieces[1] = (struct piece){
		.start = 0x60a, .length = FILE_BYTES - 0x60a, .offset = 0x60a, .file = file
	};
	fixture->content = (struct content){ FILE_BYTES, fixture->pieces, 2 };
}

static void check_id(const struct build_id *id)
{
	assert_int_equal(id->length, ID_BYTES);
	for (uint32_t i = 0; i < ID_BYTES; i++)
		assert_int_equal(id->data[i], 0xa0 + i);
}

static void files_of_both_sizes_and_byte_orders_tell_it(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct fixture fixture;
		struct build_id id;

		fixture_open(&fixture, make_file(i & 1, i & 2, ODD_NOTHING));
		assert_true(build_id_read(&id, &fixture.content, fixture.files));
		check_id(&id);
		file_table_free(fixture.files);
	}
}

static void what_is_odd_has_none(void **state)
{
	static const struct {
		const char *name;
		enum oddity oddity;
	} rows[] = {
		{ "another magic", ODD_MAGIC },
		{ "neither 32 nor 64 bits", ODD_CLASS },
		{ "no byte order", ODD_ORDER },
		{ "a note of another vendor", ODD_OTHER_NAME },
		{ "a note of another type", ODD_OTHER_TYPE },
		{ "no segment of notes", ODD_NO_NOTE_SEGMENT },
		{ "program headers behind the end", ODD_HEADERS_BEHIND_END },
		{ "a segment behind the end", ODD_SEGMENT_BEHIND_END },
		{ "a note that is longer than its segment", ODD_NOTE_LONGER_THAN_SEGMENT },
		{ "an id longer than any", ODD_LONG_ID },
		{ "an id without bytes", ODD_EMPTY_ID },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (int wide = 0; wide < 2; wide++) {
			struct fixture fixture;
			struct build_id id;

			print_message("%s, %d bits\n", rows[i].name, wide ? 64 : 32);
			fixture_open(&fixture, make_file(wide, false, rows[i].oddity));
			assert_false(build_id_read(&id, &fixture.content, fixture.files));
			file_table_free(fixture.files);
		}
	}
}

static void a_file_cut_anywhere_is_read_as_far_as_it_goes(void **state)
{
	struct fixture fixture;
	struct build_id id;
	uint64_t found_from = 0;

	(void)state;
	fixture_open(&fixture, make_file(true, false, ODD_NOTHING));
	for (uint64_t length = 0; length < 0x700; length++) {
		fixture.content =
			(struct content){ length, fixture.pieces, length > 0x60a ? 2 : 1 };
		fixture.pieces[0].length = length < 0x60a ? length : 0x60a;
		fixture.pieces[1].length = length > 0x60a ? length - 0x60a : 0;
		if (!length)
			fixture.content.piece_count = 0;
		if (build_id_read(&id, &fixture.content, fixture.files)) {
			check_id(&id);
			found_from = found_from ? found_from : length;
		} else {
			assert_true(found_from == 0);
		}
	}
	/* Its last byte is the last of the second note. */
	assert_true(found_from == 0x600 + 32 + 16 + ID_BYTES);
	file_table_free(fixture.files);
}

static void bytes_that_are_lost_tell_nothing(void **state)
{
	struct fixture fixture;
	struct build_id id;

	(void)state;
	fixture_open(&fixture, make_file(true, false, ODD_NOTHING));
	fixture.pieces[1].kind = PIECE_LOST;
	assert_false(build_id_read(&id, &fixture.content, fixture.files));
	fixture.pieces[1].kind = PIECE_ZERO;
	assert_false(build_id_read(&id, &fixture.content, fixture.files));
	file_table_free(fixture.files);
}

/* Every byte of the headers and notes once as 0x00, 0x7f and 0xff: no row may read out of bounds or hang. */
static void damage_is_survived(void **state)
{
	static const uint8_t values[] = { 0x00, 0x7f, 0xff };

	(void)state;
	for (int form = 0; form < 4; form++) {
		uint8_t *data = make_file(form & 1, form & 2, ODD_NOTHING);
		struct fixture fixture;
		struct build_id id;

		fixture_open(&fixture, data);
		for (size_t at = 0; at < 0x640; at = at == 0x100 ? 0x400 : at + 1) {
			uint8_t before = data[at];

			for (size_t i = 0; i < COUNT(values); i++) {
				data[at] = values[i];
				if (build_id_read(&id, &fixture.content, fixture.files))
					assert_in_range(id.length, 1, BUILD_ID_BYTES);
			}
			data[at] = before;
		}
		file_table_free(fixture.files);
	}
}

static void stored_words_are_filled_up_with_zeros(void **state)
{
	static const struct {
		const char *name;
		uint32_t length;
		const char *stored;
		size_t stored_length;
		bool equal;
	} rows[] = {
		{ "whole words", 8, "abcdefgh", 8, true },
		{ "filled up", 6, "abcdef\0\0", 8, true },
		{ "not filled up", 6, "abcdef", 6, true },
		{ "filled up with other bytes", 6, "abcdef\0x", 8, false },
		{ "a word too long", 8, "abcdefgh\0\0\0\0", 12, false },
		{ "too short", 8, "abcd", 4, false },
		{ "another", 8, "abcdefgX", 8, false },
		{ "none", 8, "", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct build_id id = { .data = "abcdefgh", .length = rows[i].length };
		struct bytes stored = { (const uint8_t *)rows[i].stored, rows[i].stored_length };

		print_message("%s\n", rows[i].name);
		assert_int_equal(build_id_equals(&id, stored), rows[i].equal);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_both_sizes_and_byte_orders_tell_it),
		cmocka_unit_test(what_is_odd_has_none),
		cmocka_unit_test(a_file_cut_anywhere_is_read_as_far_as_it_goes),
		cmocka_unit_test(bytes_that_are_lost_tell_nothing),
		cmocka_unit_test(damage_is_survived),
		cmocka_unit_test(stored_words_are_filled_up_with_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
