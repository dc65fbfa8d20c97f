#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/scanners/captured_world.h"

static void ghost(struct planted *planted, const char *name, const char *content, int mode)
{
	struct builder image;

	start(&image, MAGIC_GHOST);
	record(&image, 3, N(mode), 0);
	put(&image, content);
	add(planted, name, &image);
}

static void small_ghost(struct planted *planted)
{
	ghost(planted, "ghost-file-1f.img", "content", REGULAR);
}

static void unknown_ghost(struct planted *planted)
{
	ghost(planted, "ghost-file-2.img", "content", REGULAR);
}

static void empty_ghost(struct planted *planted)
{
	ghost(planted, "ghost-file-1f.img", "", REGULAR);
}

static void ghost_directory(struct planted *planted)
{
	ghost(planted, "ghost-file-1f.img", "", 040755);
}

static void ghost_device_with_content(struct planted *planted)
{
	ghost(planted, "ghost-file-1f.img", "content", 020600);
}

static void ghost_twice(struct planted *planted)
{
	ghost(planted, "ghost-file-1f.img", "first", REGULAR);
	ghost(planted, "ghost-file-1f.img", "second", REGULAR);
}

static void sparse_ghost(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_GHOST);
	record(&image, 3, N(REGULAR), 9, N(1), 10, N(20), 0);
	record(&image, 1, N(4), 2, N(2), 0);
	put(&image, "abcd");
	record(&image, 1, N(8), 2, N(16), 0);
	put(&image, "endXXXXX");
	add(planted, "ghost-file-1f.img", &image);
}

static void ghost_with_a_hole_at_its_end(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_GHOST);
	record(&image, 3, N(REGULAR), 9, N(1), 10, N(UINT64_MAX), 0);
	record(&image, 1, N(2), 2, N(8), 0);
	put(&image, "ef");
	record(&image, 1, N(4), 2, N(0), 0);
	put(&image, "abcd");
	add(planted, "ghost-file-1f.img", &image);
}

static void ghost_of_overlapping_pieces(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_GHOST);
	record(&image, 3, N(REGULAR), 9, N(1), 10, N(6), 0);
	record(&image, 1, N(4), 2, N(0), 0);
	put(&image, "abcd");
	record(&image, 1, N(4), 2, N(2), 0);
	put(&image, "wxyz");
	add(planted, "ghost-file-1f.img", &image);
}

static void cut_ghost(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_GHOST);
	record(&image, 3, N(REGULAR), 9, N(1), 10, N(12), 0);
	record(&image, 1, N(6), 2, N(1), 0);
	put(&image, "abc");
	add(planted, "ghost-file-1f.img", &image);
}

static void ghost_past_all_offsets(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_GHOST);
	record(&image, 3, N(REGULAR), 9, N(1), 10, N(4), 0);
	record(&image, 1, N(2), 2, N(UINT64_MAX), 0);
	put(&image, "ab");
	record(&image, 1, N(UINT64_MAX), 2, N(1), 0);
	put(&image, "cd");
	add(planted, "ghost-file-1f.img", &image);
}

/* Rows of formats.md on files that were deleted while open, whole and damaged. */
static const struct captured_case cases[] = {
	{ "a small deleted file", small_ghost, "file deleted /tmp/gone 1f [content] 1:6 3; " },
	{ "a deleted file that no descriptor leads to", unknown_ghost,
	  "file deleted ghost-file-2.img 2 [content]; " },
	{ "a deleted file without content", empty_ghost, "file deleted /tmp/gone 1f [] 1:6 3; " },
	{ "a deleted directory", ghost_directory, "" },
	{ "a device with content", ghost_device_with_content,
	  "longer-than-described ghost-file-1f.img 15+7; " },
	{ "an image that comes twice", ghost_twice,
	  "file deleted /tmp/gone 1f [second] 1:6 3; duplicate-member ghost-file-1f.img; " },
	{ "a deleted file in chunks", sparse_ghost,
	  "file deleted /tmp/gone 1f [0*2,abcd,0*10,endX] 1:6 3; " },
	{ "chunks in any order, and a hole at the end", ghost_with_a_hole_at_its_end,
	  "file deleted /tmp/gone 1f [abcd,0*4,ef,0*18446744073709551605] 1:6 3; " },
	{ "chunks over one another", ghost_of_overlapping_pieces,
	  "file deleted /tmp/gone 1f [abcd,yz] 1:6 3; corrupt ghost-file-1f.img 0+2; " },
	{ "a chunk that is cut", cut_ghost,
	  "file deleted /tmp/gone 1f [0*1,abc,?*8] 1:6 3; truncated ghost-file-1f.img 31+3; " },
	{ "chunks that end past all offsets", ghost_past_all_offsets,
	  "file deleted /tmp/gone 1f [0*1,cd,?*1] 1:6 3; "
	  "truncated ghost-file-1f.img 58+18446744073709551613; "
	  "corrupt ghost-file-1f.img 37+2; " },
};

static void deleted_files_come_out_of_their_images(void **state)
{
	(void)state;
	run_captured_cases(cases, COUNT(cases));
}

static void changed_bytes_break_nothing(void **state)
{
	(void)state;
	capture_all_damaged(cases, COUNT(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deleted_files_come_out_of_their_images),
		cmocka_unit_test(changed_bytes_break_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
