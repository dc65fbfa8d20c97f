#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scanners/process_memory.h"
#include "tests/unit/scanners/captured_world.h"

/* Shared memory of System V as CRIU before 3.0 wrote it, mapped and not. */

#define PAGE UINT64_C(0x1000)
#define FIRST UINT64_C(0x10000)
#define LETTERS 8
enum { STATUS_SYSV = 0x501, SEGMENT = 7, BYTES = 5000, CUT = 2 };

static void put_segment(struct builder *image, uint64_t id, uint64_t size, bool in_pagemaps)
{
	struct builder segment = { .length = 0 }, identity = { .length = 0 };

	put_number(&identity, 7, id);
	put_message(&segment, 1, &identity);
	put_number(&segment, 2, size);
	if (in_pagemaps)
		put_number(&segment, 3, 1);
	put_entry(image, &segment);
}

/* All bytes of it are one letter. */
static void put_letters(struct builder *image, char letter, size_t count)
{
	char letters[BYTES];

	memset(letters, letter, sizeof(letters));
	put_bytes(image, letters, count);
}

static void one_segment(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_SHM);
	put_segment(&image, 3, 5, false);
	put_bytes(&image, "first\0\0\0", 8);
	put_segment(&image, SEGMENT, BYTES, false);
	put_letters(&image, 's', BYTES);
	add(planted, "ipcns-shm-11.img", &image);
}

static void cut_segment(struct planted *planted)
{
	struct builder image;

	start(&image, MAGIC_SHM);
	put_segment(&image, SEGMENT, BYTES, false);
	put_letters(&image, 's', CUT);
	add(planted, "ipcns-shm-11.img", &image);
}

static void two_namespaces(struct planted *planted)
{
	struct builder image;

	one_segment(planted);
	start(&image, MAGIC_SHM);
	put_segment(&image, SEGMENT, 4, false);
	put(&image, "else");
	add(planted, "ipcns-shm-12.img", &image);
}

static void one_with_pages(struct planted *planted)
{
	static const struct item item = { 0, 1, PRESENT };
	struct builder pagemap = { .length = 0 }, image;
	uint8_t *pages = calloc(1, PAGE);
	uint32_t file;

	memset(pages, 'p', PAGE);
	put_pagemap(&pagemap, 60, &item, 1);
	add(planted, "pagemap-shmem-7.img", &pagemap);
	assert_int_equal(file_table_add_memory(planted->files, pages, PAGE, "pages", &file, NULL),
			 0);
	assert_int_equal(image_set_add_pages(planted->images, 60, file, 0, PAGE, NULL), 0);
	start(&image, MAGIC_SHM);
	put_segment(&image, SEGMENT, PAGE, true);
	add(planted, "ipcns-shm-11.img", &image);
}

#define MAPPED(first, last, at)                                                                    \
	{                                                                                          \
		.start = FIRST + (first)*PAGE, .end = FIRST + (last)*PAGE, .status = STATUS_SYSV,  \
		.source = SEGMENT, .offset = (at)*PAGE                                             \
	}
#define FILE_3 "file image ipcns-shm-11.img 3 [first]; "
#define FILE_7 "file image ipcns-shm-11.img 7 [ssssssssssssssss..5000]; "

static const struct {
	const char *name;
	void (*build)(struct planted *planted);
	struct mapping mappings[2];
	const char *shown; /* first byte of each page, '_': zero, '.': none */
	uint64_t dumped, lost;
	const char *captured; /* and warnings */
} cases[] = {
	{ "a mapping shows a segment, zeros behind its end",
	  one_segment,
	  { MAPPED(1, 4, 0) },
	  ".ss_....",
	  BYTES,
	  0,
	  FILE_3 },
	{ "several show it",
	  one_segment,
	  { MAPPED(0, 2, 0), MAPPED(4, 5, 1) },
	  "ss..s...",
	  BYTES + BYTES - PAGE,
	  0,
	  FILE_3 },
	{ "what no mapping shows is a file too",
	  one_segment,
	  { MAPPED(0, 1, 0) },
	  "s.......",
	  PAGE,
	  0,
	  FILE_3 FILE_7 },
	{ "what is cut off is lost",
	  cut_segment,
	  { MAPPED(0, 2, 0) },
	  "s.......",
	  CUT,
	  BYTES - CUT,
	  "truncated ipcns-shm-11.img 21+4998; " },
	{ "of equal numbers in two namespaces one is shown, the other is a file",
	  two_namespaces,
	  { MAPPED(0, 2, 0) },
	  "ss......",
	  BYTES,
	  0,
	  FILE_3 "file image ipcns-shm-12.img 7 [else]; " },
	{ "since CRIU 3.0 it has pages",
	  one_with_pages,
	  { MAPPED(0, 2, 0) },
	  "p_......",
	  PAGE,
	  0,
	  "" },
};

static void add_process_of(struct planted *planted, const struct mapping *mappings)
{
	struct builder tree;

	start(&tree, 0x50273030);
	record(&tree, 1, N(1), 0);
	add(planted, "pstree.img", &tree);
	add_process(planted, 1, mappings, mappings[1].end ? 2 : 1);
	add_files(planted);
	add_descriptors(planted);
}

static void assert_memory(const struct planted *planted, size_t index)
{
	struct process_memory *memory;
	struct memory_bytes bytes;
	char shown[LETTERS + 1] = "........";

	assert_int_equal(process_memory_new(&memory, planted->checkpoint,
					    &planted->checkpoint->processes[0], NULL),
			 0);
	for (uint64_t i = 0; i < LETTERS; i++) {
		uint8_t buffer[1];
		struct bytes lent;

		assert_int_equal(process_memory_lend(memory, planted->files, FIRST + i * PAGE, 1,
						     buffer, 1, &lent, NULL),
				 0);
		if (lent.length)
			shown[i] = lent.data[0] ? (char)lent.data[0] : '_';
	}
	assert_string_equal(shown, cases[index].shown);
	bytes = process_memory_bytes(memory, NULL);
	assert_int_equal(bytes.dumped, cases[index].dumped);
	assert_int_equal(bytes.lost, cases[index].lost);
	process_memory_free(memory);
}

static void write_all(struct text *text, const struct planted *planted,
		      const struct captured_list *list)
{
	const struct warning *warnings;
	size_t count;

	for (size_t i = 0; i < list->count; i++)
		write_captured(text, planted, &list->items[i]);
	warnings = warning_list_sorted(planted->warnings, &count);
	for (size_t i = 0; i < count; i++) {
		if (warnings[i].file && strstr(warnings[i].file, "shm"))
			text_add_format(text, "%s %s %" PRIu64 "+%" PRIu64 "; ",
					warning_code_name(warnings[i].code), warnings[i].file,
					warnings[i].offset, warnings[i].length);
	}
}

static void run_case(size_t index)
{
	struct model_options options = { .final = true };
	struct captured_list list = { .arena = arena_new(0) };
	struct text text = { 0 };
	struct planted planted;

	print_message("%s\n", cases[index].name);
	planted_prepare(&planted);
	add_process_of(&planted, cases[index].mappings);
	cases[index].build(&planted);
	options.files = planted.files;
	assert_int_equal(image_set_checkpoint(planted.images, &options, &planted.checkpoint, NULL),
			 0);
	assert_int_equal(image_set_unplaced_bytes(planted.images, planted.checkpoint), 0);
	assert_memory(&planted, index);
	assert_int_equal(
		image_set_captured(planted.images, planted.checkpoint, planted.files, &list, NULL),
		0);
	write_all(&text, &planted, &list);
	assert_string_equal(text.data ? text.data : "", cases[index].captured);
	text_release(&text);
	arena_free(list.arena);
	captured_list_release(&list);
	planted_close(&planted);
}

static void segments_are_memory_where_processes_map_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		run_case(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_memory_where_processes_map_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
