/* Memory that mappings show of objects, row by row: images made by hand become what a process saw at its addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "scanners/process_memory.h"
#include "tests/unit/scanners/image_builder.h"
#include "tests/unit/scanners/planted.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PAGE 4096u
#define FIRST 0x10000u /* address of the first page that is looked at */
#define SHOWN 8
#define MOST 4

enum {
	STATUS_ANONYMOUS = 0x201,
	STATUS_SYSV = 0x501,
	STATUS_SHARED = 0x101,
	STATUS_MEMFD_PRIVATE = 0x4041,
	STATUS_MEMFD_SHARED = 0x4081,
};
enum { OBJECT = 77, INODE = 500, PROGRAM = 7, MEMFD = 8, SAME_MEMFD = 9 };

static void add(struct image_set *set, const char *name, const struct builder *builder)
{
	assert_int_equal(image_set_add(set, name, builder_copy(builder), builder->length, NULL), 0);
}

/* Pages of the letters from @first on. */
static void add_pages(struct planted *planted, struct image_set *set, uint64_t id, char first,
		      size_t count)
{
	uint8_t *data = malloc(count * PAGE + 1);
	uint32_t file;

	assert_non_null(data);
	for (size_t i = 0; i < count; i++)
		memset(data + i * PAGE, first + (char)i, PAGE);
	assert_int_equal(
		file_table_add_memory(planted->files, data, count * PAGE, "pages", &file, NULL), 0);
	assert_int_equal(image_set_add_pages(set, id, file, 0, count * PAGE, NULL), 0);
}

/* A page map, ending with no flags, and its pages. */
static void add_map(struct planted *planted, struct image_set *set, const char *name, uint32_t id,
		    const struct item *items, char first)
{
	struct builder builder = { .length = 0 };
	size_t count = 0, pages = 0;

	for (; count < MOST && items[count].flags; count++)
		pages += items[count].flags & PRESENT ? items[count].pages : 0;
	put_pagemap(&builder, id, items, count);
	add(set, name, &builder);
	if (pages)
		add_pages(planted, set, id, first, pages);
}

static void put_memfd(struct builder *files, uint32_t id, uint64_t inode)
{
	struct builder file = { .length = 0 }, memfd = { .length = 0 };

	put_number(&file, 1, 18);
	put_number(&file, 2, id);
	put_number(&memfd, 1, id);
	put_number(&memfd, 5, inode);
	put_message(&file, 20, &memfd);
	put_entry(files, &file);
}

static void add_files(struct planted *planted, uint64_t size)
{
	struct builder files = { .length = 0 }, memfds = { .length = 0 }, inode = { .length = 0 };

	put_magic(&files, IMAGE_FILES);
	put_memfd(&files, PROGRAM, INODE);
	put_memfd(&files, MEMFD, INODE);
	put_memfd(&files, SAME_MEMFD, INODE);
	add(planted->images, "files.img", &files);
	put_magic(&memfds, IMAGE_MEMFD);
	put_text(&inode, 1, "payload");
	put_number(&inode, 4, size);
	put_number(&inode, 5, OBJECT);
	put_number(&inode, 7, INODE);
	put_entry(&memfds, &inode);
	add(planted->images, "memfd.img", &memfds);
}

static void put_tree_entry(struct builder *tree, uint32_t pid)
{
	struct builder entry = { .length = 0 };

	put_number(&entry, 1, pid);
	put_entry(tree, &entry);
}

static void add_process(struct planted *planted, uint32_t pid, const struct mapping *mappings,
			size_t count)
{
	struct builder core = { .length = 0 }, mm = { .length = 0 };
	char name[32];

	put_core(&core, 1, "sleep");
	snprintf(name, sizeof(name), "core-%u.img", pid);
	add(planted->images, name, &core);
	put_mm(&mm, mappings, count);
	snprintf(name, sizeof(name), "mm-%u.img", pid);
	add(planted->images, name, &mm);
}

static void make(struct planted *planted, const struct parent_chain *chain)
{
	const struct model_options options = { .final = true,
					       .parents = chain,
					       .files = planted->files };

	assert_int_equal(
		image_set_checkpoint(planted->images, &options, &planted->checkpoint, NULL), 0);
}

static size_t warning_count(struct planted *planted)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(planted->warnings, &count);

	for (size_t i = 0; i < count; i++)
		print_message("\t%s\n", warnings[i].message);
	return count;
}

/* By page: its letter; '_': zeros, '.': nothing, or nothing that is known. */
static void show(const struct planted *planted, size_t process, char out[SHOWN + 1])
{
	struct process_memory *memory;

	assert_int_equal(process_memory_new(&memory, planted->checkpoint,
					    &planted->checkpoint->processes[process], NULL),
			 0);
	for (size_t i = 0; i < SHOWN; i++) {
		uint8_t buffer[PAGE];
		struct bytes bytes;

		assert_int_equal(process_memory_lend(memory, planted->files, FIRST + i * PAGE, PAGE,
						     buffer, sizeof(buffer), &bytes, NULL),
				 0);
		out[i] = '.';
		if (!bytes.length)
			continue;
		assert_int_equal(bytes.length, PAGE);
		assert_memory_equal(bytes.data, bytes.data + 1, PAGE - 1);
		out[i] = bytes.data[0] ? (char)bytes.data[0] : '_';
	}
	out[SHOWN] = '\0';
	process_memory_free(memory);
}

#define WINDOW(first, last, state, id, page)                                                       \
	{                                                                                          \
		.start = FIRST + (first)*PAGE, .end = FIRST + (last)*PAGE, .status = (state),      \
		.flags = (state) == STATUS_MEMFD_PRIVATE ? 2 : 1, .source = (id),                  \
		.offset = (page)*PAGE                                                              \
	}
#define HAS(page, count)                                                                           \
	{                                                                                          \
		(page) * PAGE, count, PRESENT                                                      \
	}
#define LEFT(page, count)                                                                          \
	{                                                                                          \
		(page) * PAGE, count, PARENT                                                       \
	}

/* Pages of the object are A, B, C..., those of its parent 0, 1, 2..., the process's own are a, b, c... */
static const struct {
	const char *name;
	struct mapping mappings[MOST];
	struct item object[MOST], parent[MOST], own[MOST];
	uint64_t size; /* of the memory file, in pages */
	const char *shown;
	size_t warnings;
} cases[] = {
	{ .name = "an offset in the object is an address in the mapping",
	  .mappings = { WINDOW(1, 4, STATUS_MEMFD_SHARED, MEMFD, 0) },
	  .object = { HAS(0, 3) },
	  .size = 3,
	  .shown = ".ABC...." },
	{ .name = "a mapping may begin within the object, and end there",
	  .mappings = { WINDOW(0, 2, STATUS_MEMFD_SHARED, MEMFD, 1) },
	  .object = { HAS(0, 4) },
	  .size = 4,
	  .shown = "BC......" },
	{ .name = "two mappings show one object",
	  .mappings = { WINDOW(0, 2, STATUS_MEMFD_SHARED, MEMFD, 0),
			WINDOW(3, 5, STATUS_MEMFD_SHARED, MEMFD, 1) },
	  .object = { HAS(0, 3) },
	  .size = 3,
	  .shown = "AB.BC..." },
	{ .name = "files of two ids lead to one memory file",
	  .mappings = { WINDOW(0, 1, STATUS_MEMFD_SHARED, MEMFD, 0),
			WINDOW(3, 4, STATUS_MEMFD_SHARED, SAME_MEMFD, 0) },
	  .object = { HAS(0, 1) },
	  .size = 1,
	  .shown = "A..A...." },
	{ .name = "what the object does not have is zeros",
	  .mappings = { WINDOW(0, 4, STATUS_MEMFD_SHARED, MEMFD, 0) },
	  .object = { HAS(0, 1), HAS(2, 1) },
	  .size = 4,
	  .shown = "A_B_...." },
	{ .name = "own copies stand before the memory file's pages",
	  .mappings = { WINDOW(0, 4, STATUS_MEMFD_PRIVATE, MEMFD, 0) },
	  .object = { HAS(0, 3) },
	  .own = { { FIRST + PAGE, 1, PRESENT } },
	  .size = 4,
	  .shown = "AaC_...." },
	{ .name = "a memory file of no bytes has no page map",
	  .mappings = { WINDOW(0, 1, STATUS_MEMFD_SHARED, MEMFD, 0) },
	  .shown = "_......." },
	{ .name = "a segment of System V may be mapped in part",
	  .mappings = { WINDOW(0, 2, STATUS_SYSV, OBJECT, 1) },
	  .object = { HAS(0, 3) },
	  .size = 3,
	  .shown = "BC......" },
	{ .name = "shared memory before CRIU 3.17 is named by the mapping",
	  .mappings = { WINDOW(0, 2, STATUS_SHARED, OBJECT, 0) },
	  .object = { HAS(1, 1) },
	  .size = 2,
	  .shown = "_A......" },
	{ .name = "pages of an object may be left to a parent",
	  .mappings = { WINDOW(0, 4, STATUS_MEMFD_SHARED, MEMFD, 0) },
	  .object = { HAS(0, 1), LEFT(1, 2), HAS(3, 1) },
	  .parent = { HAS(0, 3) },
	  .size = 4,
	  .shown = "A12B...." },
	{ .name = "of an object too, a page that no parent has is lost",
	  .mappings = { WINDOW(0, 3, STATUS_MEMFD_SHARED, MEMFD, 0) },
	  .object = { HAS(0, 1), LEFT(1, 2) },
	  .parent = { HAS(1, 1) },
	  .size = 3,
	  .shown = "A0......",
	  .warnings = 1 },
};

static size_t mapping_count(const struct mapping *mappings)
{
	size_t count = 0;

	while (count < MOST && mappings[count].end)
		count++;
	return count;
}

static void begin(struct planted *planted, uint64_t size)
{
	struct builder tree = { .length = 0 };

	planted_prepare(planted);
	put_magic(&tree, IMAGE_PROCESS_TREE);
	put_tree_entry(&tree, 5);
	put_tree_entry(&tree, 6);
	add(planted->images, "pstree.img", &tree);
	add_files(planted, size);
}

/* The second process has nothing, and is there in all cases. */
static void add_other_process(struct planted *planted, const struct mapping *mappings, size_t count)
{
	static const struct item nothing[MOST];

	add_process(planted, 6, mappings, count);
	add_map(planted, planted->images, "pagemap-6.img", 3, nothing, 'z');
}

static void run_case(size_t index)
{
	struct image_set *parent;
	struct planted planted;
	char shown[SHOWN + 1];
	const struct parent_chain chain = { .sets = &parent, .count = 1 };

	print_message("%s\n", cases[index].name);
	begin(&planted, cases[index].size * PAGE);
	add_process(&planted, 5, cases[index].mappings, mapping_count(cases[index].mappings));
	add_map(&planted, planted.images, "pagemap-5.img", 1, cases[index].own, 'a');
	add_other_process(&planted, NULL, 0);
	if (cases[index].object[0].flags)
		add_map(&planted, planted.images, "pagemap-shmem-77.img", 2, cases[index].object,
			'A');
	assert_int_equal(image_set_new(&parent, planted.warnings, NULL), 0);
	if (cases[index].parent[0].flags)
		add_map(&planted, parent, "pagemap-shmem-77.img", 9, cases[index].parent, '0');
	make(&planted, &chain);
	show(&planted, 0, shown);
	assert_string_equal(shown, cases[index].shown);
	assert_int_equal(warning_count(&planted), cases[index].warnings);
	image_set_free(parent);
	planted_close(&planted);
}

static void mappings_show_their_part_of_an_object(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		run_case(i);
}

static void processes_show_one_object_at_addresses_of_their_own(void **state)
{
	static const struct mapping first = WINDOW(0, 2, STATUS_MEMFD_SHARED, MEMFD, 0);
	static const struct mapping second = WINDOW(5, 7, STATUS_MEMFD_SHARED, SAME_MEMFD, 1);
	static const struct item nothing[MOST], pages[MOST] = { HAS(0, 3) };
	struct planted planted;
	char shown[SHOWN + 1];

	(void)state;
	begin(&planted, 3 * PAGE);
	add_process(&planted, 5, &first, 1);
	add_map(&planted, planted.images, "pagemap-5.img", 1, nothing, 'a');
	add_other_process(&planted, &second, 1);
	add_map(&planted, planted.images, "pagemap-shmem-77.img", 2, pages, 'A');
	make(&planted, NULL);
	show(&planted, 0, shown);
	assert_string_equal(shown, "AB......");
	show(&planted, 1, shown);
	assert_string_equal(shown, ".....BC.");
	assert_int_equal(planted.checkpoint->object_count, 1);
	assert_ptr_equal(planted.checkpoint->processes[0].vmas[0].object,
			 planted.checkpoint->processes[1].vmas[0].object);
	assert_int_equal(warning_count(&planted), 0);
	planted_close(&planted);
}

/* A program that was never in any file system. */
static void a_program_may_be_a_memory_file(void **state)
{
	static const struct item nothing[MOST], pages[MOST] = { HAS(0, 1) };
	struct planted planted;

	(void)state;
	begin(&planted, PAGE);
	add_process(&planted, 5, NULL, 0);
	add_map(&planted, planted.images, "pagemap-5.img", 1, nothing, 'a');
	add_other_process(&planted, NULL, 0);
	add_map(&planted, planted.images, "pagemap-shmem-77.img", 2, pages, 'A');
	make(&planted, NULL);
	assert_int_equal(planted.checkpoint->processes[0].executable_state, EXECUTABLE_MEMFD);
	assert_string_equal(planted.checkpoint->processes[0].executable, "payload");
	planted_close(&planted);
}

/* Protection. */

static const struct {
	const char *name;
	uint32_t protection, advice;
} protections[] = {
	{ "none", 0, 0 },
	{ "read", PROTECTION_READ, 0 },
	{ "write", PROTECTION_WRITE, 0 },
	{ "execute", PROTECTION_EXECUTE, 0 },
	{ "all", PROTECTION_READ | PROTECTION_WRITE | PROTECTION_EXECUTE, 0 },
	{ "not to be in core dumps", PROTECTION_READ, 1 << 16 },
};

static void put_protected(struct builder *mm, uint32_t protection, uint32_t advice)
{
	struct builder entry = { .length = 0 }, vma = { .length = 0 };

	put_magic(mm, IMAGE_MM);
	put_number(&vma, 1, FIRST);
	put_number(&vma, 2, FIRST + PAGE);
	put_number(&vma, 5, protection);
	put_number(&vma, 6, 0x22);
	put_number(&vma, 7, STATUS_ANONYMOUS);
	put_number(&vma, 8, 1);
	put_number(&vma, 9, advice);
	put_message(&entry, 14, &vma);
	put_entry(mm, &entry);
}

/* What is dumped of it is there to be searched, whatever the process could do with it. */
static void memory_of_any_protection_is_shown(void **state)
{
	static const struct item page[MOST] = { { FIRST, 1, PRESENT } };

	(void)state;
	for (size_t i = 0; i < COUNT(protections); i++) {
		struct builder mm = { .length = 0 };
		const struct process *process;
		struct planted planted;
		char shown[SHOWN + 1];

		print_message("%s\n", protections[i].name);
		planted_prepare(&planted);
		put_protected(&mm, protections[i].protection, protections[i].advice);
		add(planted.images, "mm-5.img", &mm);
		add_map(&planted, planted.images, "pagemap-5.img", 1, page, 'a');
		make(&planted, NULL);
		process = &planted.checkpoint->processes[0];
		assert_int_equal(process->vma_count, 1);
		assert_int_equal(process->vmas[0].protection, protections[i].protection);
		show(&planted, 0, shown);
		assert_string_equal(shown, "a.......");
		planted_close(&planted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings_show_their_part_of_an_object),
		cmocka_unit_test(processes_show_one_object_at_addresses_of_their_own),
		cmocka_unit_test(a_program_may_be_a_memory_file),
		cmocka_unit_test(memory_of_any_protection_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
