#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/process_memory.h"

#define RUNS 8
#define VMAS 4
#define PAGE UINT64_C(0x1000)

/* Image 0 is file 10, image 1 is file 11 from offset 0x100000 on. */
static struct page_image images[] = {
	{ .name = "pages-1.img", .length = 1 << 20, .file = 10, .offset = 0 },
	{ .name = "pages-2.img", .length = 1 << 20, .file = 11, .offset = 0x100000 },
};
static const struct checkpoint checkpoint = { .images = images, .image_count = 2 };

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

/*
 * Blocks as text: "|" a real and "~" an unseen edge, between them the address, raw extents as
 * "r LENGTH@FILE:OFFSET" and zeros as "z LENGTH", all hex.
 */
static const struct {
	const char *name;
	struct vma vmas[VMAS];
	struct address_range guards[3];
	struct page_run runs[RUNS];
	const char *blocks;
	struct memory_bytes bytes;
} cases[] = {
	{ .name = "pages that were never written are zeros",
	  .vmas = { ANONYMOUS(0x10000, 0x20000) },
	  .runs = { { 0x12000, PAGE, 0, 0, false } },
	  .blocks = "|10000 z2000 r1000@a:0 zd000|",
	  .bytes = { PAGE, 0, 0 } },
	{ .name = "a mapping without any dumped page is no block",
	  .vmas = { ANONYMOUS(0x10000, 0x20000), ANONYMOUS(0x30000, 0x31000) },
	  .runs = { { 0x30000, PAGE, 0, 0, false } },
	  .blocks = "|30000 r1000@a:0|",
	  .bytes = { PAGE, 0, 0 } },
	{ .name = "a run over two mappings that touch gives two blocks",
	  .vmas = { ANONYMOUS(0x10000, 0x12000), ANONYMOUS(0x12000, 0x14000) },
	  .runs = { { 0x11000, 2 * PAGE, 0, 0x5000, false } },
	  .blocks = "|10000 z1000 r1000@a:5000| |12000 r1000@a:6000 z1000|",
	  .bytes = { 2 * PAGE, 0, 0 } },
	{ .name = "runs that follow each other in address and file are one extent",
	  .vmas = { ANONYMOUS(0x10000, 0x14000) },
	  .runs = { { 0x10000, PAGE, 0, 0x1000, false },
		    { 0x11000, PAGE, 0, 0x2000, false },
		    { 0x12000, PAGE, 0, 0x9000, false } },
	  .blocks = "|10000 r2000@a:1000 r1000@a:9000 z1000|",
	  .bytes = { 3 * PAGE, 0, 0 } },
	{ .name = "a guard range cuts with real edges",
	  .vmas = { ANONYMOUS(0x10000, 0x16000) },
	  .guards = { { 0x12000, 0x13000 } },
	  .runs = { { 0x11000, PAGE, 0, 0, false }, { 0x13000, PAGE, 0, 0x1000, false } },
	  .blocks = "|10000 z1000 r1000@a:0| |13000 r1000@a:1000 z2000|",
	  .bytes = { 2 * PAGE, 0, 0 } },
	{ .name = "guard ranges at both ends of a mapping leave its middle",
	  .vmas = { ANONYMOUS(0x10000, 0x14000) },
	  .guards = { { 0x10000, 0x11000 }, { 0x13000, 0x14000 } },
	  .runs = { { 0x12000, PAGE, 0, 0, false } },
	  .blocks = "|11000 z1000 r1000@a:0|",
	  .bytes = { PAGE, 0, 0 } },
	{ .name = "a guard range outside of mappings cuts nothing",
	  .vmas = { ANONYMOUS(0x10000, 0x12000) },
	  .guards = { { 0x40000, 0x41000 } },
	  .runs = { { 0x10000, PAGE, 0, 0, false }, { 0x3f000, 3 * PAGE, 0, 0x1000, false } },
	  .blocks = "|10000 r1000@a:0 z1000| |3f000 r3000@a:1000|",
	  .bytes = { 4 * PAGE, 0, 0 } },
	{ .name = "dumped pages under a guard range are a block of their own",
	  .vmas = { ANONYMOUS(0x10000, 0x14000) },
	  .guards = { { 0x11000, 0x13000 } },
	  .runs = { { 0x10000, 4 * PAGE, 0, 0, false } },
	  .blocks = "|10000 r1000@a:0| |11000 r2000@a:1000| |13000 r1000@a:3000|",
	  .bytes = { 4 * PAGE, 0, 0 } },
	{ .name = "lost pages cut with unseen edges",
	  .vmas = { ANONYMOUS(0x10000, 0x16000) },
	  .runs = { { 0x11000, PAGE, 0, 0, false },
		    { 0x12000, PAGE, 0, 0, true },
		    { 0x13000, PAGE, 0, 0x1000, false } },
	  .blocks = "|10000 z1000 r1000@a:0~ ~13000 r1000@a:1000 z2000|",
	  .bytes = { 2 * PAGE, PAGE, 0 } },
	{ .name = "zeros between lost pages are no block",
	  .vmas = { ANONYMOUS(0x10000, 0x16000) },
	  .runs = { { 0x10000, PAGE, 0, 0, false },
		    { 0x11000, PAGE, 0, 0, true },
		    { 0x13000, PAGE, 0, 0, true },
		    { 0x14000, PAGE, 0, 0x1000, false } },
	  .blocks = "|10000 r1000@a:0~ ~14000 r1000@a:1000 z1000|",
	  .bytes = { 2 * PAGE, 2 * PAGE, 0 } },
	{ .name = "the border of a mapping is a real edge beside lost pages too",
	  .vmas = { ANONYMOUS(0x10000, 0x12000), ANONYMOUS(0x12000, 0x14000) },
	  .runs = { { 0x11000, PAGE, 0, 0, true }, { 0x12000, PAGE, 0, 0, false } },
	  .blocks = "|12000 r1000@a:0 z1000|",
	  .bytes = { PAGE, PAGE, 0 } },
	{ .name = "pages of a file that are not dumped cut with unseen edges",
	  .vmas = { FILE_MAPPING(0x10000, 0x16000) },
	  .runs = { { 0x11000, 2 * PAGE, 0, 0, false } },
	  .blocks = "~11000 r2000@a:0~",
	  .bytes = { 2 * PAGE, 0, 4 * PAGE } },
	{ .name = "a file that is dumped as a whole has real edges",
	  .vmas = { FILE_MAPPING(0x10000, 0x12000) },
	  .runs = { { 0x10000, 2 * PAGE, 0, 0, false } },
	  .blocks = "|10000 r2000@a:0|",
	  .bytes = { 2 * PAGE, 0, 0 } },
	{ .name = "each stretch of pages outside of mappings is a block",
	  .runs = { { 0x10000, PAGE, 0, 0, false },
		    { 0x11000, PAGE, 0, 0x8000, false },
		    { 0x20000, PAGE, 0, 0x1000, false } },
	  .blocks = "|10000 r1000@a:0 r1000@a:8000| |20000 r1000@a:1000|",
	  .bytes = { 3 * PAGE, 0, 0 } },
	{ .name = "a stretch outside of mappings ends unseen beside lost pages",
	  .runs = { { 0x10000, PAGE, 0, 0, false },
		    { 0x11000, PAGE, 0, 0, true },
		    { 0x12000, PAGE, 0, 0x1000, false } },
	  .blocks = "|10000 r1000@a:0~ ~12000 r1000@a:1000|",
	  .bytes = { 2 * PAGE, PAGE, 0 } },
	{ .name = "a stretch that touches a mapping is not joined to it",
	  .vmas = { ANONYMOUS(0x11000, 0x12000) },
	  .runs = { { 0x10000, 3 * PAGE, 0, 0, false } },
	  .blocks = "|10000 r1000@a:0| |11000 r1000@a:1000| |12000 r1000@a:2000|",
	  .bytes = { 3 * PAGE, 0, 0 } },
	{ .name = "an object is seen through a window at an offset",
	  .vmas = { OBJECT(0x10000, 0x17000, 0x1000) },
	  .blocks = "|10000 r1000@b:101000 z3000 r1000@b:102000 z2000|",
	  .bytes = { 2 * PAGE, 0, 0 } },
	{ .name = "lost pages of an object cut with unseen edges",
	  .vmas = { OBJECT(0x10000, 0x15000, 0x5000) },
	  .blocks = "|10000 r1000@b:102000 z2000~",
	  .bytes = { PAGE, PAGE, 0 } },
	{ .name = "the process's own copies win over the object's pages",
	  .vmas = { OBJECT(0x10000, 0x13000, 0) },
	  .runs = { { 0x11000, PAGE, 0, 0x4000, false } },
	  .blocks = "|10000 r1000@b:100000 r1000@a:4000 z1000|",
	  .bytes = { 2 * PAGE, 0, 0 } },
	{ .name = "what an object holds under a guard range is not the process's",
	  .vmas = { OBJECT(0x10000, 0x13000, 0) },
	  .guards = { { 0x10000, 0x11000 } },
	  .blocks = "|11000 r1000@b:101000 z1000|",
	  .bytes = { PAGE, 0, 0 } },
	{ .name = "a window past the end of all offsets is zeros",
	  .vmas = { OBJECT(0x10000, 0x13000, UINT64_MAX - 0xfff) },
	  .runs = { { 0x12000, PAGE, 0, 0, false } },
	  .blocks = "|10000 z2000 r1000@a:0|",
	  .bytes = { PAGE, 0, 0 } },
	{ .name = "an object that is missing leaves unseen bytes",
	  .vmas = { { .start = 0x10000,
		      .end = 0x13000,
		      .backing = BACKING_OBJECT,
		      .kind = VMA_SYSV } },
	  .runs = { { 0x11000, PAGE, 0, 0, false } },
	  .blocks = "~11000 r1000@a:0~",
	  .bytes = { PAGE, 0, 0 } },
	{ .name = "what is never dumped is neither searched nor counted",
	  .vmas = { { .start = 0xffffffffff600000,
		      .end = 0xffffffffff601000,
		      .backing = BACKING_NOTHING,
		      .kind = VMA_OTHER } },
	  .blocks = "",
	  .bytes = { 0, 0, 0 } },
	{ .name = "pages may touch both ends of the address space",
	  .runs = { { 0, PAGE, 0, 0, false }, { UINT64_MAX - 0xfff, PAGE, 0, 0x1000, false } },
	  .blocks = "|0 r1000@a:0| |fffffffffffff000 r1000@a:1000|",
	  .bytes = { 2 * PAGE, 0, 0 } },
	{ .name = "a process without memory has no block", .blocks = "" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct process process_of(size_t index)
{
	struct process process = { .pid = 1,
				   .name = "",
				   .page_bytes = PAGE,
				   .vmas = cases[index].vmas,
				   .guards = cases[index].guards,
				   .runs = cases[index].runs };

	while (process.vma_count < VMAS && process.vmas[process.vma_count].end)
		process.vma_count++;
	while (process.guard_count < 3 && process.guards[process.guard_count].end)
		process.guard_count++;
	while (process.run_count < RUNS && process.runs[process.run_count].length)
		process.run_count++;
	return process;
}

static void render(const struct block *block, char *out, size_t size)
{
	size_t at = strlen(out);

	at += (size_t)snprintf(out + at, size - at, "%s%s%llx", at ? " " : "",
			       block->first_edge == EDGE_REAL ? "|" : "~",
			       (unsigned long long)block->placements[0].address);
	for (size_t i = 0; i < block->extent_count; i++) {
		const struct extent *extent = &block->extents[i];

		if (extent->kind == EXTENT_ZERO)
			at += (size_t)snprintf(out + at, size - at, " z%llx",
					       (unsigned long long)extent->length);
		else
			at += (size_t)snprintf(out + at, size - at, " r%llx@%x:%llx",
					       (unsigned long long)extent->length, extent->file,
					       (unsigned long long)extent->offset);
	}
	snprintf(out + at, size - at, "%s", block->last_edge == EDGE_REAL ? "|" : "~");
}

static void run_case(size_t index)
{
	struct process process = process_of(index);
	struct process_memory *memory;
	struct block_list *list;
	struct memory_bytes bytes;
	char text[1024] = "";

	print_message("%s\n", cases[index].name);
	assert_int_equal(process_memory_new(&memory, &checkpoint, &process, NULL), 0);
	assert_int_equal(block_list_new(&list, NULL), 0);
	assert_int_equal(process_memory_blocks(memory, NULL, 3, 1, list, NULL, NULL), 0);
	for (size_t i = 0; i < block_list_count(list); i++) {
		const struct block *block = block_list_get(list, i);

		render(block, text, sizeof(text));
		assert_int_equal(block->placements[0].target, 3);
		assert_int_equal(block->purpose, 1);
	}
	assert_string_equal(text, cases[index].blocks);
	bytes = process_memory_bytes(memory, NULL);
	assert_true(bytes.dumped == cases[index].bytes.dumped);
	assert_true(bytes.lost == cases[index].bytes.lost);
	assert_true(bytes.not_dumped == cases[index].bytes.not_dumped);
	block_list_free(list);
	process_memory_free(memory);
}

static void memory_becomes_blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		run_case(i);
}

/* The view has blocks that were never written too: these are not searched. */
static bool next_searched(const struct process_memory *memory, uint64_t address, uint64_t start,
			  struct address_range *range)
{
	do {
		if (!process_memory_next_block(memory, address, range))
			return false;
		address = range->end;
	} while (range->start < start);
	return true;
}

static void walk_blocks(const struct process_memory *memory, const struct block_list *list)
{
	struct address_range range = { 0 };
	uint64_t address = 0;

	for (size_t i = 0; i < block_list_count(list); i++) {
		const struct block *block = block_list_get(list, i);

		if (i == 0 && process_memory_next_block(memory, 0, &range))
			assert_true(process_memory_lowest(memory) == range.start);
		assert_true(next_searched(memory, address, block->placements[0].address, &range));
		assert_true(range.start == block->placements[0].address);
		assert_true(range.end - range.start == block_length(block));
		address = range.end;
	}
}

static void the_view_walks_the_searched_blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct process process = process_of(i);
		struct process_memory *memory;
		struct block_list *list;

		assert_int_equal(process_memory_new(&memory, &checkpoint, &process, NULL), 0);
		assert_int_equal(block_list_new(&list, NULL), 0);
		assert_int_equal(process_memory_blocks(memory, NULL, 0, 0, list, NULL, NULL), 0);
		walk_blocks(memory, list);
		block_list_free(list);
		process_memory_free(memory);
	}
}

static void equal_windows_of_two_processes_are_one_block(void **state)
{
	static const struct vma first[] = { OBJECT(0x10000, 0x13000, 0) },
				second[] = { OBJECT(0x70000, 0x73000, 0) };
	static const struct vma shifted[] = { OBJECT(0x10000, 0x13000, 0x1000) };
	const struct process processes[] = { { .vmas = first, .vma_count = 1 },
					     { .vmas = second, .vma_count = 1 },
					     { .vmas = shifted, .vma_count = 1 } };
	struct block_list *list;

	(void)state;
	assert_int_equal(block_list_new(&list, NULL), 0);
	for (uint32_t i = 0; i < 3; i++) {
		struct process_memory *memory;

		assert_int_equal(process_memory_new(&memory, &checkpoint, &processes[i], NULL), 0);
		assert_int_equal(process_memory_blocks(memory, NULL, i, 0, list, NULL, NULL), 0);
		process_memory_free(memory);
	}
	assert_int_equal(block_list_count(list), 2);
	assert_int_equal(block_list_get(list, 0)->placement_count, 2);
	assert_true(block_list_get(list, 0)->placements[1].address == 0x70000);
	block_list_free(list);
}

static void blocks_beyond_the_budget_are_left_out_and_counted(void **state)
{
	static const struct vma vmas[] = { OBJECT(0x10000, 0x12000, 0),
					   OBJECT(0x20000, 0x22000, 0), /* equal: costs nothing */
					   OBJECT(0x30000, 0x31000, 0),
					   OBJECT(0x40000, 0x46000, 0x1000) };
	const struct process process = { .vmas = vmas, .vma_count = 4 };
	struct block_budget budget = { .left = 3 * PAGE };
	struct process_memory *memory;
	struct block_list *list;

	(void)state;
	assert_int_equal(block_list_new(&list, NULL), 0);
	assert_int_equal(process_memory_new(&memory, &checkpoint, &process, NULL), 0);
	assert_int_equal(process_memory_blocks(memory, NULL, 0, 0, list, &budget, NULL), 0);
	assert_int_equal(block_list_count(list), 2);
	assert_int_equal(block_list_get(list, 0)->placement_count, 2);
	assert_true(budget.left == 0);
	assert_true(budget.refused == 2 * PAGE);
	/* The same once more: all that was not left out is there already. */
	assert_int_equal(process_memory_blocks(memory, NULL, 1, 0, list, &budget, NULL), 0);
	assert_int_equal(block_list_count(list), 2);
	assert_true(budget.refused == 4 * PAGE);
	process_memory_free(memory);
	block_list_free(list);
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

static const struct {
	const char *name;
	uint64_t address;
	bool there;
	uint64_t start, end;
	enum vma_kind kind;
	const char *path, *image;
	uint64_t image_offset;
} places[] = {
	{ "before everything", 0x7fff, false, 0, 0, VMA_OTHER, NULL, NULL, 0 },
	{ "outside of mappings", 0x8004, true, 0x8000, 0x9000, VMA_UNMAPPED, NULL, "pages-1.img",
	  0x3004 },
	{ "a page never written", 0x10000, true, 0x10000, 0x14000, VMA_ANONYMOUS, NULL, NULL, 0 },
	{ "a dumped page", 0x12345, true, 0x10000, 0x14000, VMA_ANONYMOUS, NULL, "pages-1.img",
	  0x2345 },
	{ "a page written over a file", 0x15001, true, 0x14000, 0x18000, VMA_FILE, "/lib/x",
	  "pages-1.img", 0x1001 },
	{ "a lost page", 0x16001, true, 0x14000, 0x18000, VMA_FILE, "/lib/x", NULL, 0 },
	{ "a page of a file", 0x17001, true, 0x14000, 0x18000, VMA_FILE, "/lib/x", NULL, 0 },
	{ "an object", 0x20010, true, 0x20000, 0x22000, VMA_MEMFD, "payload", "pages-2.img",
	  0x1010 },
	{ "after everything", 0x22000, false, 0, 0, VMA_OTHER, NULL, NULL, 0 },
	{ "the last address", UINT64_MAX, false, 0, 0, VMA_OTHER, NULL, NULL, 0 },
};

static void check_place(const struct process_memory *memory, size_t index)
{
	struct memory_place place;
	bool there = process_memory_place(memory, places[index].address, &place);

	print_message("%s\n", places[index].name);
	assert_int_equal(there, places[index].there);
	if (!there)
		return;
	assert_true(place.vma_start == places[index].start);
	assert_true(place.vma_end == places[index].end);
	assert_int_equal(place.kind, places[index].kind);
	assert_int_equal(place.in_image, places[index].image != NULL);
	assert_int_equal(place.path != NULL, places[index].path != NULL);
	if (place.path)
		assert_string_equal(place.path, places[index].path);
	if (place.in_image) {
		assert_string_equal(place.image, places[index].image);
		assert_true(place.image_offset == places[index].image_offset);
	}
}

static void an_address_has_a_place(void **state)
{
	struct process_memory *memory;

	(void)state;
	assert_int_equal(process_memory_new(&memory, &checkpoint, &mixed, NULL), 0);
	for (size_t i = 0; i < COUNT(places); i++)
		check_place(memory, i);
	assert_true(process_memory_is_low(memory));
	process_memory_free(memory);
}

static int add_up(void *context, const char *path, uint64_t bytes)
{
	assert_string_equal(path, "/lib/x");
	*(uint64_t *)context += bytes;
	return 0;
}

static void pages_of_files_that_are_not_dumped_are_told_by_path(void **state)
{
	static const struct {
		struct memory_filter filter;
		uint64_t bytes;
	} rows[] = {
		{ { 0 }, 2 * PAGE },
		{ { .vma_kinds = 1u << VMA_FILE }, 2 * PAGE },
		{ { .vma_kinds = 1u << VMA_ANONYMOUS }, 0 },
		{ { .has_range = true, .first = 0x17800, .last = 0x20000 }, 0x800 },
	};
	struct process_memory *memory;

	(void)state;
	assert_int_equal(process_memory_new(&memory, &checkpoint, &mixed, NULL), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t bytes = 0;

		assert_int_equal(
			process_memory_files_not_dumped(memory, &rows[i].filter, add_up, &bytes),
			0);
		assert_true(bytes == rows[i].bytes);
		assert_true(process_memory_bytes(memory, &rows[i].filter).not_dumped == bytes);
	}
	process_memory_free(memory);
}

static void ranges_of_an_image_that_hold_addresses_are_listed(void **state)
{
	struct address_range *ranges = NULL;
	struct process_memory *memory;
	size_t count = 0, capacity = 0;

	(void)state;
	assert_int_equal(process_memory_new(&memory, &checkpoint, &mixed, NULL), 0);
	assert_int_equal(process_memory_image_ranges(memory,
						     (struct address_range){ 0x11800, 0x12800 }, 0,
						     &ranges, &count, &capacity, NULL),
			 0);
	assert_int_equal(count, 2);
	assert_true(ranges[0].start == 0x800 && ranges[0].end == 0x1000);
	assert_true(ranges[1].start == 0x2000 && ranges[1].end == 0x2800);
	assert_int_equal(process_memory_image_ranges(memory, (struct address_range){ 0x11800, 0 },
						     1, &ranges, &count, &capacity, NULL),
			 0);
	assert_int_equal(count, 3);
	assert_true(ranges[2].start == 0x1000 && ranges[2].end == 0x2000);
	free(ranges);
	process_memory_free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_becomes_blocks),
		cmocka_unit_test(the_view_walks_the_searched_blocks),
		cmocka_unit_test(equal_windows_of_two_processes_are_one_block),
		cmocka_unit_test(blocks_beyond_the_budget_are_left_out_and_counted),
		cmocka_unit_test(an_address_has_a_place),
		cmocka_unit_test(pages_of_files_that_are_not_dumped_are_told_by_path),
		cmocka_unit_test(ranges_of_an_image_that_hold_addresses_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
