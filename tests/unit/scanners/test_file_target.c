#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "rules/compiled_rules.h"
#include "scanners/file_target.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CONTENT "0123456789"

/* As it may lie: in one piece, or passed and kept within and beyond the memory. */
enum form { FORM_MEMORY, FORM_KEPT, FORM_SPILLED, FORMS };

static struct file_table *table_with(enum form form, struct file_target *out)
{
	const struct file_table_options options = {
		.memory_bytes = form == FORM_SPILLED ? 0 : 1 << 20,
	};
	const struct bytes bytes = { (const uint8_t *)CONTENT, sizeof(CONTENT) - 1 };
	struct file_table *files;

	*out = (struct file_target){ .path = "/f", .origin = "operand", .length = bytes.length };
	assert_int_equal(file_table_new(&files, &options, NULL), 0);
	if (form == FORM_MEMORY) {
		assert_int_equal(file_table_add_memory(files, strdup(CONTENT), bytes.length, "f",
						       &out->file, NULL),
				 0);
		return files;
	}
	assert_int_equal(file_table_add_passing(files, bytes.length, "f", &out->file, NULL), 0);
	assert_int_equal(file_table_keep(files, out->file, 0, bytes, NULL), 0);
	return files;
}

static const struct {
	const char *name;
	uint64_t offset;
	size_t wanted;
	const char *expected;
} lends[] = {
	{ "all of it", 0, 10, CONTENT },
	{ "a part", 3, 4, "3456" },
	{ "nothing past its end", 8, 10, "89" },
	{ "nothing at its end", 10, 1, "" },
	{ "nothing far behind it", UINT64_MAX, SIZE_MAX, "" },
	{ "as much as there is of the most that can be asked", 0, SIZE_MAX, CONTENT },
	{ "nothing where nothing is asked", 2, 0, "" },
};

static void lends_what_lies_in_the_file(void **state)
{
	(void)state;
	for (enum form form = 0; form < FORMS; form++) {
		struct file_target file;
		struct file_table *files = table_with(form, &file);

		for (size_t i = 0; i < COUNT(lends); i++) {
			uint8_t buffer[16];
			struct bytes out;

			print_message("%s\n", lends[i].name);
			assert_int_equal(file_target_lend(&file, files, lends[i].offset,
							  lends[i].wanted, buffer, sizeof(buffer),
							  &out, NULL),
					 0);
			assert_int_equal(out.length, strlen(lends[i].expected));
			if (out.length)
				assert_memory_equal(out.data, lends[i].expected, out.length);
		}
		file_table_free(files);
	}
}

static void says_where_bytes_were_not_kept(void **state)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };
	struct file_target file = { .path = "/f", .length = 10 };
	struct file_table *files;
	uint8_t buffer[4];
	struct bytes out;
	struct error err;

	(void)state;
	assert_int_equal(file_table_new(&files, &options, NULL), 0);
	assert_int_equal(file_table_add_passing(files, 10, "f", &file.file, NULL), 0);
	assert_int_equal(file_target_lend(&file, files, 0, 4, buffer, 4, &out, &err),
			 ERROR_NOT_KEPT);
	assert_int_equal(out.length, 0);
	file_table_free(files);
}

static void is_one_block_with_real_edges(void **state)
{
	const struct file_target file = { .path = "/f", .file = 3, .length = 10 };
	const struct file_target empty = { .path = "/f", .file = 3 };
	struct address_range range;
	struct block_list *list;
	const struct block *block;

	(void)state;
	assert_int_equal(block_list_new(&list, NULL), 0);
	assert_int_equal(file_target_blocks(&empty, 0, list, NULL), 0);
	assert_int_equal(block_list_count(list), 0);
	assert_int_equal(file_target_blocks(&file, 7, list, NULL), 0);
	assert_int_equal(block_list_count(list), 1);
	block = block_list_get(list, 0);
	assert_int_equal(block_length(block), 10);
	assert_int_equal(block->extents[0].file, 3);
	assert_int_equal(block->extents[0].offset, 0);
	assert_int_equal(block->placements[0].address, 0);
	assert_int_equal(block->placements[0].target, 7);
	assert_int_equal(block->first_edge, EDGE_REAL);
	assert_int_equal(block->last_edge, EDGE_REAL);
	assert_int_equal(block->purpose, PURPOSE_FILE);
	block_list_free(list);

	assert_true(file_target_next_block(&file, 9, &range));
	assert_int_equal(range.start, 0);
	assert_int_equal(range.end, 10);
	assert_false(file_target_next_block(&file, 10, &range));
	assert_false(file_target_next_block(&empty, 0, &range));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lends_what_lies_in_the_file),
		cmocka_unit_test(says_where_bytes_were_not_kept),
		cmocka_unit_test(is_one_block_with_real_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
