#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/content.h"
#include "scanners/process_memory.h"

#define PAGE UINT64_C(0x1000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct page_run object_runs[] = {
	{ 0x0000, 2 * PAGE, 1, 0, false },
	{ 0x5000, PAGE, 1, 0x2000, false },
	{ 0x8000, PAGE, 1, 0, true },
};
static const struct shared_object object = {
	.id = 7, .name = "payload", .runs = object_runs, .run_count = 3
};

#define ANONYMOUS(from, to)                                                                        \
	{                                                                                          \
		.start = from, .end = to, .kind = VMA_ANONYMOUS, .protection = 3                   \
	}
#define FILE_MAPPING(from, to)                                                                     \
	{                                                                                          \
		.start = from, .end = to, .kind = VMA_FILE, .backing = BACKING_FILE,               \
		.path = "/lib/x", .protection = 5                                                  \
	}
#define OBJECT(from, to, at)                                                                       \
	{                                                                                          \
		.start = from, .end = to, .kind = VMA_MEMFD, .backing = BACKING_OBJECT,            \
		.path = "payload", .object = &object, .offset = at, .shared = true,                \
		.protection = 3                                                                    \
	}

static const struct vma mixed_vmas[] = { ANONYMOUS(0x10000, 0x14000),
					 FILE_MAPPING(0x14000, 0x18000),
					 OBJECT(0x20000, 0x22000, 0x1000) };
static const struct page_run mixed_runs[] = {
	{ 0x8000, PAGE, 0, 0x3000, false },  { 0x11000, PAGE, 0, 0, false },
	{ 0x12000, PAGE, 0, 0x2000, false }, { 0x15000, PAGE, 0, 0x1000, false },
	{ 0x16000, PAGE, 0, 0, true },
};
static const struct process mixed = {
	.pid = 1, .vmas = mixed_vmas, .vma_count = 3, .runs = mixed_runs, .run_count = 5
};

/* Where "image 0" holds the bytes 0, 1, 2... of a pattern that tells every offset of four pages apart. */
struct lender {
	struct file_table *files;
	struct page_image images[2];
	struct checkpoint checkpoint;
	struct process_memory *memory;
};

static uint8_t byte_at(uint64_t offset)
{
	return (uint8_t)(offset * 7 + offset / 251);
}

static uint32_t add_file(struct file_table *files, size_t length)
{
	uint8_t *data = malloc(length);
	uint32_t file;

	assert_non_null(data);
	for (size_t i = 0; i < length; i++)
		data[i] = byte_at(i);
	assert_int_equal(file_table_add_memory(files, data, length, "pages", &file, NULL), 0);
	return file;
}

static void lender_open(struct lender *lender)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };

	assert_int_equal(file_table_new(&lender->files, &options, NULL), 0);
	lender->images[0] = (struct page_image){
		.name = "pages-1.img",
		.length = 4 * PAGE,
		.file = add_file(lender->files, 4 * PAGE),
	};
	lender->images[1] = (struct page_image){
		.name = "pages-2.img",
		.length = 4 * PAGE,
		.file = add_file(lender->files, 4 * PAGE),
	};
	lender->checkpoint = (struct checkpoint){ .images = lender->images, .image_count = 2 };
	assert_int_equal(process_memory_new(&lender->memory, &lender->checkpoint, &mixed, NULL), 0);
}

static void lender_close(struct lender *lender)
{
	process_memory_free(lender->memory);
	file_table_free(lender->files);
}

static const struct {
	const char *name;
	uint64_t address;
	size_t wanted, length;
} loans[] = {
	{ "bytes of one page", 0x11010, 16, 16 },
	{ "bytes over two pages that lie apart", 0x11ff8, 16, 16 },
	{ "zeros and dumped bytes", 0x10ff8, 16, 16 },
	{ "dumped bytes and zeros", 0x12ff8, 16, 16 },
	{ "never past the block", 0x13ff8, 16, 8 },
	{ "up to a lost page", 0x15ff0, 64, 16 },
	{ "nothing of a lost page", 0x16000, 16, 0 },
	{ "nothing of a file's page", 0x14000, 16, 0 },
	{ "nothing where nothing is", 0x30000, 16, 0 },
	{ "an object's bytes", 0x20000, 16, 16 },
	{ "no bytes at all", 0x11010, 0, 0 },
	{ "no more than the buffer holds", 0x10ff8, 100000, 64 },
};

static uint8_t expected_byte(uint64_t address)
{
	for (size_t i = 0; i < COUNT(mixed_runs); i++) {
		const struct page_run *run = &mixed_runs[i];

		if (!run->lost && address - run->address < run->length)
			return byte_at(run->offset + address - run->address);
	}
	return address - 0x20000 < 0x1000 ? byte_at(address - 0x20000 + 0x1000) : 0;
}

static void check_loan(const struct lender *lender, size_t index)
{
	uint8_t buffer[64];
	struct bytes lent;

	print_message("%s\n", loans[index].name);
	assert_int_equal(process_memory_lend(lender->memory, lender->files, loans[index].address,
					     loans[index].wanted, buffer, sizeof(buffer), &lent,
					     NULL),
			 0);
	assert_int_equal(lent.length, loans[index].length);
	for (size_t i = 0; i < lent.length; i++)
		assert_int_equal(lent.data[i], expected_byte(loans[index].address + i));
}

static void bytes_are_lent_or_put_together(void **state)
{
	struct lender lender;

	(void)state;
	lender_open(&lender);
	for (size_t i = 0; i < COUNT(loans); i++)
		check_loan(&lender, i);
	lender_close(&lender);
}

/*
 * A file of 0x2800 bytes, of which the process wrote the second page; behind it zeros to the end of the page, and one
 * page that the file does not reach.
 */
static const struct vma file_vmas[] = { FILE_MAPPING(0x40000, 0x44000),
					FILE_MAPPING(0x50000, 0x52000) };
static const struct page_run file_runs[] = { { 0x41000, PAGE, 0, 0x2000, false } };

struct file_lender {
	struct lender lender;
	struct piece piece;
	struct content content;
	const struct content *contents[2];
	struct process process;
	struct process_memory *memory;
};

static void file_lender_open(struct file_lender *file)
{
	lender_open(&file->lender);
	file->piece = (struct piece){ .length = 0x2800, .offset = 0x10, .kind = PIECE_STORED };
	file->piece.file = add_file(file->lender.files, 0x3000);
	file->content = (struct content){ 0x2800, &file->piece, 1 };
	file->contents[0] = &file->content;
	file->contents[1] = NULL;
	file->process = (struct process){ .pid = 1,
					  .page_bytes = PAGE,
					  .vmas = file_vmas,
					  .vma_count = 2,
					  .contents = file->contents,
					  .runs = file_runs,
					  .run_count = 1 };
	assert_int_equal(
		process_memory_new(&file->memory, &file->lender.checkpoint, &file->process, NULL),
		0);
}

static void file_lender_close(struct file_lender *file)
{
	process_memory_free(file->memory);
	lender_close(&file->lender);
}

static uint8_t byte_of_file(uint64_t address)
{
	if (address - 0x41000 < PAGE)
		return byte_at(address - 0x41000 + 0x2000);
	return address < 0x42800 ? byte_at(address - 0x40000 + 0x10) : 0;
}

static void bytes_of_mapped_files_are_lent_like_those_of_the_dump(void **state)
{
	static const struct {
		const char *name;
		uint64_t address;
		size_t wanted, length;
	} rows[] = {
		{ "within the file", 0x40100, 16, 16 },
		{ "from the file into a page of the dump", 0x40ff8, 16, 16 },
		{ "from a page of the dump into the file", 0x41ff8, 16, 16 },
		{ "from the file into the zeros behind it", 0x427f8, 16, 16 },
		{ "up to where reading faults", 0x42ff8, 64, 8 },
		{ "nothing where reading faults", 0x43000, 16, 0 },
		{ "nothing of a file that is not at hand", 0x50000, 16, 0 },
	};
	struct file_lender file;
	uint8_t buffer[64];
	struct bytes lent;

	(void)state;
	file_lender_open(&file);
	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(process_memory_lend(file.memory, file.lender.files,
						     rows[i].address, rows[i].wanted, buffer,
						     sizeof(buffer), &lent, NULL),
				 0);
		assert_int_equal(lent.length, rows[i].length);
		for (size_t j = 0; j < lent.length; j++)
			assert_int_equal(lent.data[j], byte_of_file(rows[i].address + j));
	}
	file_lender_close(&file);
}

static void bytes_of_mapped_files_are_told_apart(void **state)
{
	static const struct {
		const char *name;
		uint64_t address, length;
		bool from_file, in_file, in_image;
	} rows[] = {
		{ "the file's", 0x40000, 1, true, true, false },
		{ "the dump's", 0x41000, 0x1000, false, false, true },
		{ "the dump's and a byte of the file's", 0x41000, 0x1001, true, false, true },
		{ "a byte of the file's and the dump's", 0x40fff, 16, true, true, false },
		{ "zeros behind the file", 0x42fff, 1, true, true, false },
		{ "where reading faults", 0x43000, 16, false, false, false },
		{ "no byte", 0x40000, 0, false, true, false },
		{ "before all", 0x3ffff, 1, false, false, false },
		{ "up to the last address", 0x30000, UINT64_MAX, true, false, false },
		{ "a file that is not at hand", 0x50000, 16, false, false, false },
	};
	struct file_lender file;
	struct memory_place place;

	(void)state;
	file_lender_open(&file);
	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(
			process_memory_from_file(file.memory, rows[i].address, rows[i].length),
			rows[i].from_file);
		if (!process_memory_place(file.memory, rows[i].address, &place))
			continue;
		assert_int_equal(place.in_file, rows[i].in_file);
		assert_int_equal(place.in_image, rows[i].in_image);
	}
	assert_true(process_memory_bytes(file.memory, NULL).dumped == 0x2800);
	assert_true(process_memory_bytes(file.memory, NULL).from_files == 0x1800);
	assert_true(process_memory_bytes(file.memory, NULL).not_dumped == 0x2000);
	file_lender_close(&file);
}

static void a_place_names_the_layer_and_where_packed_pages_were_stored(void **state)
{
	static const struct packed_pages packed[] = { { 0, 0x40 }, { 0x1000, 0x99 } };
	struct page_image parent = { .name = "pages-7.img",
				     .length = 2 * PAGE,
				     .layer = 2,
				     .packed = packed,
				     .packed_count = 2 };
	const struct checkpoint model = { .images = &parent, .image_count = 1 };
	static const struct page_run run = { 0x1000, 2 * PAGE, 0, 0, false };
	const struct process process = { .runs = &run, .run_count = 1 };
	struct process_memory *memory;
	struct memory_place place;

	(void)state;
	assert_int_equal(process_memory_new(&memory, &model, &process, NULL), 0);
	assert_true(process_memory_place(memory, 0x2010, &place));
	assert_string_equal(place.image, "pages-7.img");
	assert_int_equal(place.image_layer, 2);
	assert_true(place.image_offset == 0x99);
	process_memory_free(memory);
}

/* Each process has the dumped page at another place, so their blocks differ; without one they are the same. */
static void equal_mappings_of_a_file_are_one_block(void **state)
{
	struct file_lender file;
	struct process twin;
	struct process_memory *other;
	struct block_list *list;

	(void)state;
	file_lender_open(&file);
	twin = file.process;
	twin.run_count = 0;
	assert_int_equal(block_list_new(&list, NULL), 0);
	assert_int_equal(process_memory_blocks(file.memory, NULL, 0, 0, list, NULL, NULL), 0);
	assert_int_equal(process_memory_new(&other, &file.lender.checkpoint, &twin, NULL), 0);
	assert_int_equal(process_memory_blocks(other, NULL, 1, 0, list, NULL, NULL), 0);
	assert_int_equal(process_memory_blocks(other, NULL, 2, 0, list, NULL, NULL), 0);
	assert_int_equal(block_list_count(list), 2);
	assert_int_equal(block_list_get(list, 0)->placement_count, 1);
	assert_int_equal(block_list_get(list, 1)->placement_count, 2);
	block_list_free(list);
	process_memory_free(other);
	file_lender_close(&file);
}

static void bytes_that_have_passed_are_told(void **state)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };
	struct page_image passing[2] = { { .name = "pages-1.img" }, { .name = "pages-2.img" } };
	struct checkpoint model = { .images = passing, .image_count = 2 };
	struct process_memory *memory;
	struct file_table *files;
	uint8_t buffer[64];
	struct bytes lent;

	(void)state;
	assert_int_equal(file_table_new(&files, &options, NULL), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
			file_table_add_passing(files, 4 * PAGE, "pages", &passing[i].file, NULL),
			0);
	assert_int_equal(process_memory_new(&memory, &model, &mixed, NULL), 0);
	assert_int_equal(process_memory_lend(memory, files, 0x11010, 16, buffer, sizeof(buffer),
					     &lent, NULL),
			 ERROR_NOT_KEPT);
	assert_int_equal(process_memory_lend(memory, files, 0x10000, 16, buffer, sizeof(buffer),
					     &lent, NULL),
			 0);
	assert_int_equal(lent.length, 16);
	assert_int_equal(process_memory_lend(memory, files, 0x10ff8, 16, buffer, sizeof(buffer),
					     &lent, NULL),
			 ERROR_NOT_KEPT);
	process_memory_free(memory);
	file_table_free(files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_lent_or_put_together),
		cmocka_unit_test(bytes_of_mapped_files_are_lent_like_those_of_the_dump),
		cmocka_unit_test(bytes_of_mapped_files_are_told_apart),
		cmocka_unit_test(a_place_names_the_layer_and_where_packed_pages_were_stored),
		cmocka_unit_test(equal_mappings_of_a_file_are_one_block),
		cmocka_unit_test(bytes_that_have_passed_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
