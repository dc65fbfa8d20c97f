#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scanners/image_index.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct page_image images[] = {
	{ .name = "b", .file = 3, .offset = 100, .length = 50 },
	{ .name = "empty", .file = 3, .offset = 20, .length = 0 },
	{ .name = "a", .file = 3, .offset = 0, .length = 40 },
	{ .name = "all", .file = 1, .offset = 0, .length = UINT64_MAX },
	{ .name = "end", .file = 7, .offset = UINT64_MAX - 10, .length = 10 },
};

static const struct {
	const char *what;
	uint32_t file;
	uint64_t offset;
	const struct page_image *image;
	uint64_t image_offset;
} cases[] = {
	{ "its first byte", 3, 0, &images[2], 0 },
	{ "its last byte", 3, 39, &images[2], 39 },
	{ "the byte behind it", 3, 40, NULL, 0 },
	{ "a byte within, behind an empty image's place", 3, 25, &images[2], 25 },
	{ "between two", 3, 99, NULL, 0 },
	{ "the second", 3, 120, &images[0], 20 },
	{ "behind all", 3, 150, NULL, 0 },
	{ "a file before all", 0, 0, NULL, 0 },
	{ "a file between", 2, 5, NULL, 0 },
	{ "a file behind all", 9, 5, NULL, 0 },
	{ "one of unknown length", 1, 1000, &images[3], 1000 },
	{ "one at the end of all offsets", 7, UINT64_MAX - 1, &images[4], 9 },
};

static void finds_the_image_of_a_byte(void **state)
{
	const struct checkpoint checkpoint = { .images = images, .image_count = COUNT(images) };
	struct image_index *index;

	(void)state;
	assert_int_equal(image_index_new(&index, &checkpoint, NULL), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t offset = 0;

		print_message("%s\n", cases[i].what);
		assert_ptr_equal(image_index_find(index, cases[i].file, cases[i].offset, &offset),
				 cases[i].image);
		assert_true(offset == cases[i].image_offset);
	}
	image_index_free(index);
}

static void finds_nothing_where_there_are_none(void **state)
{
	const struct checkpoint checkpoint = { 0 };
	struct image_index *index;
	uint64_t offset;

	(void)state;
	assert_int_equal(image_index_new(&index, &checkpoint, NULL), 0);
	assert_null(image_index_find(index, 0, 0, &offset));
	image_index_free(index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_image_of_a_byte),
		cmocka_unit_test(finds_nothing_where_there_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
