#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanners/content.h"

static struct content written(struct content_writer *writer, struct arena *arena)
{
	struct content content;

	assert_int_equal(content_writer_end(writer, arena, &content, NULL), 0);
	assert_int_equal(writer->count, 0);
	return content;
}

static void pieces_that_follow_each_other_are_one(void **state)
{
	struct content_writer writer = { 0 };
	struct arena *arena = arena_new(0);
	struct content content;

	(void)state;
	content_writer_add_stored(&writer, (struct stored_bytes){ 100, 10, 1 });
	content_writer_add_stored(&writer, (struct stored_bytes){ 110, 5, 1 });
	content_writer_add_stored(&writer, (struct stored_bytes){ 115, 5, 2 });
	content_writer_add_stored(&writer, (struct stored_bytes){ 130, 5, 2 });
	content_writer_add(&writer, PIECE_ZERO, 0);
	content_writer_add(&writer, PIECE_ZERO, 3);
	content_writer_add(&writer, PIECE_ZERO, 4);
	content_writer_add(&writer, PIECE_LOST, 2);
	content = written(&writer, arena);
	assert_int_equal(content.piece_count, 5);
	assert_int_equal(content.length, 34);
	assert_int_equal(content.pieces[0].length, 15);
	assert_int_equal(content.pieces[1].file, 2);
	assert_int_equal(content.pieces[2].start, 20);
	assert_int_equal(content.pieces[3].length, 7);
	assert_int_equal(content_bytes(&content, PIECE_STORED), 25);
	assert_int_equal(content_bytes(&content, PIECE_LOST), 2);
	arena_free(arena);
}

static void a_part_stands_apart_from_what_is_before_it(void **state)
{
	struct content_writer writer = { 0 };
	struct arena *arena = arena_new(0);
	struct content content;

	(void)state;
	content_writer_part(&writer);
	content_writer_add_stored(&writer, (struct stored_bytes){ 0, 10, 1 });
	content_writer_part(&writer);
	content_writer_part(&writer);
	content_writer_add_stored(&writer, (struct stored_bytes){ 10, 10, 1 });
	content_writer_add_stored(&writer, (struct stored_bytes){ 20, 10, 1 });
	content = written(&writer, arena);
	assert_int_equal(content.piece_count, 2);
	assert_false(content.pieces[0].apart);
	assert_true(content.pieces[1].apart);
	assert_int_equal(content.pieces[1].length, 20);
	arena_free(arena);
}

static void the_piece_of_an_offset_is_found(void **state)
{
	struct content_writer writer = { 0 };
	struct arena *arena = arena_new(0);
	struct content content;

	(void)state;
	for (uint32_t i = 0; i < 9; i++)
		content_writer_add_stored(&writer, (struct stored_bytes){ 0, 10, i });
	content = written(&writer, arena);
	for (uint64_t offset = 0; offset < 90; offset++)
		assert_int_equal(content_piece(&content, offset)->file, offset / 10);
	assert_null(content_piece(&content, 90));
	assert_null(content_piece(&content, UINT64_MAX));
	arena_free(arena);
}

static void lengths_do_not_wrap(void **state)
{
	struct content_writer writer = { 0 };
	struct arena *arena = arena_new(0);
	struct content content = { .length = 7 };

	(void)state;
	content_writer_add(&writer, PIECE_ZERO, UINT64_MAX);
	content_writer_add_stored(&writer, (struct stored_bytes){ 0, 1, 1 });
	assert_int_equal(content_writer_end(&writer, arena, &content, NULL), ERROR_MEMORY);
	assert_int_equal(content.length, 7);
	arena_free(arena);
}

static void nothing_is_a_content_too(void **state)
{
	struct content_writer writer = { 0 };
	struct arena *arena = arena_new(0);
	struct content content = written(&writer, arena);

	(void)state;
	assert_int_equal(content.length, 0);
	assert_int_equal(content.piece_count, 0);
	assert_null(content_piece(&content, 0));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_that_follow_each_other_are_one),
		cmocka_unit_test(a_part_stands_apart_from_what_is_before_it),
		cmocka_unit_test(the_piece_of_an_offset_is_found),
		cmocka_unit_test(lengths_do_not_wrap),
		cmocka_unit_test(nothing_is_a_content_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
