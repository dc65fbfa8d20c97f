#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "scanners/content.h"
#include "scanners/memory_block.h"
#include "scanners/memory_bytes.h"

#define PAGE UINT64_C(0x1000)
#define TEXT_BYTES 1024
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define KIND(name) (UINT32_C(1) << VMA_##name)

/*
 *	10000  heap rw      zero, dumped, dumped, zero
 *	14000  file r-x     dumped, file, file, zeros to the end of the page | behind the file
 *	20000  stack rw     dumped, lost, dumped, guard, dumped
 *	30000  unmapped     dumped
 */
static struct page_image images[] = { { .name = "pages-1.img", .length = 1 << 20, .file = 10 } };
static const struct checkpoint checkpoint = { .images = images, .image_count = 1 };
static const struct vma vmas[] = {
	{ .start = 0x10000, .end = 0x14000, .protection = 3, .kind = VMA_HEAP },
	{ .start = 0x14000,
	  .end = 0x18000,
	  .protection = 5,
	  .kind = VMA_FILE,
	  .backing = BACKING_FILE,
	  .path = "/lib/x" },
	{ .start = 0x20000, .end = 0x25000, .protection = 3, .kind = VMA_STACK },
};
static const struct piece piece = {
	.length = 0x2800, .offset = 0x40, .file = 9, .kind = PIECE_STORED
};
static const struct content content = { 0x2800, &piece, 1 };
static const struct content *const contents[] = { NULL, &content, NULL };
static const struct address_range guard = { 0x23000, 0x24000 };
static const struct page_run runs[] = {
	{ 0x11000, 2 * PAGE, 0, 0x1000, false }, { 0x14000, PAGE, 0, 0x3000, false },
	{ 0x20000, PAGE, 0, 0x4000, false },	 { 0x21000, PAGE, 0, 0, true },
	{ 0x22000, PAGE, 0, 0x5000, false },	 { 0x24000, PAGE, 0, 0x6000, false },
	{ 0x30000, PAGE, 0, 0x7000, false },
};
static const struct process process = {
	.page_bytes = PAGE,
	.vmas = vmas,
	.vma_count = 3,
	.contents = contents,
	.guards = &guard,
	.guard_count = 1,
	.runs = runs,
	.run_count = COUNT(runs),
};

#define HEAP_BLOCK "|10000 z1000 r2000@a:1000 z1000|"
#define FILE_BLOCK "|14000 r1000@a:3000 r1800@9:1040 z800|"
#define STACK_BLOCKS "|20000 r1000@a:4000~ ~22000 r1000@a:5000| |24000 r1000@a:6000|"
#define UNMAPPED_BLOCK "|30000 r1000@a:7000|"

/* Blocks as text: "|" a real and "~" an unseen edge; address, "r LENGTH@FILE:OFFSET", zeros "z LENGTH"; hex. */
static const struct {
	const char *name;
	struct memory_filter filter;
	const char *blocks;
	struct memory_bytes bytes;
} cases[] = {
	{ "without a filter all is chosen",
	  { 0 },
	  HEAP_BLOCK " " FILE_BLOCK " " STACK_BLOCKS " " UNMAPPED_BLOCK,
	  { 0x8800, 0x1000, 0, 0x1800, 0 } },
	{ "one kind of mapping",
	  { .vma_kinds = KIND(HEAP) },
	  HEAP_BLOCK,
	  { 0x2000, 0, 0, 0, 0x7800 } },
	{ "two kinds, one of them outside of all mappings",
	  { .vma_kinds = KIND(FILE) | KIND(UNMAPPED) },
	  FILE_BLOCK " " UNMAPPED_BLOCK,
	  { 0x3800, 0, 0, 0x1800, 0x6000 } },
	{ "a kind that is nowhere", { .vma_kinds = KIND(SYSV) }, "", { 0, 0, 0, 0, 0x9800 } },
	{ "protection leaves out what is outside of all mappings",
	  { .protection = PROTECTION_READ },
	  HEAP_BLOCK " " FILE_BLOCK " " STACK_BLOCKS,
	  { 0x7800, 0x1000, 0, 0x1800, 0x1000 } },
	{ "all letters of a protection must be there",
	  { .protection = PROTECTION_READ | PROTECTION_EXECUTE },
	  FILE_BLOCK,
	  { 0x2800, 0, 0, 0x1800, 0x7000 } },
	{ "kind and protection together",
	  { .vma_kinds = KIND(STACK), .protection = PROTECTION_WRITE },
	  STACK_BLOCKS,
	  { 0x3000, 0x1000, 0, 0, 0x5800 } },
	{ "a range cuts with unseen ends",
	  { .has_range = true, .first = 0x11800, .last = 0x127ff },
	  "~11800 r1000@a:1800~",
	  { 0x1000, 0, 0, 0, 0x8800 } },
	{ "a range that ends with a mapping keeps its real end",
	  { .has_range = true, .first = 0x12000, .last = 0x13fff },
	  "~12000 r1000@a:2000 z1000|",
	  { 0x1000, 0, 0, 0, 0x8800 } },
	{ "a range that starts with a mapping keeps its real start",
	  { .has_range = true, .first = 0x10000, .last = 0x11fff },
	  "|10000 z1000 r1000@a:1000~",
	  { 0x1000, 0, 0, 0, 0x8800 } },
	{ "a range over the border of two mappings",
	  { .has_range = true, .first = 0x12fff, .last = 0x14000 },
	  "~12fff r1@a:2fff z1000| |14000 r1@a:3000~",
	  { 2, 0, 0, 0, 0x97fe } },
	{ "a range over the border of a dumped and a file's page",
	  { .has_range = true, .first = 0x14ff0, .last = 0x1500f },
	  "~14ff0 r10@a:3ff0 r10@9:1040~",
	  { 0x20, 0, 0, 0x10, 0x97e0 } },
	{ "a range of never-written bytes only holds none to search",
	  { .has_range = true, .first = 0x10000, .last = 0x10fff },
	  "",
	  { 0, 0, 0, 0, 0x9800 } },
	{ "a range that starts in lost pages",
	  { .has_range = true, .first = 0x21800, .last = 0x22fff },
	  "~22000 r1000@a:5000|",
	  { 0x1000, 0x800, 0, 0, 0x8000 } },
	{ "a range that starts behind a guard page keeps the real start",
	  { .has_range = true, .first = 0x24000, .last = 0x247ff },
	  "|24000 r800@a:6000~",
	  { 0x800, 0, 0, 0, 0x9000 } },
	{ "a range between mappings",
	  { .has_range = true, .first = 0x2f000, .last = 0x307ff },
	  "|30000 r800@a:7000~",
	  { 0x800, 0, 0, 0, 0x9000 } },
	{ "a range within outlying pages is cut on both sides",
	  { .has_range = true, .first = 0x30400, .last = 0x307ff },
	  "~30400 r400@a:7400~",
	  { 0x400, 0, 0, 0, 0x9400 } },
	{ "a range up to the last address",
	  { .has_range = true, .first = 0x24800, .last = UINT64_MAX },
	  "~24800 r800@a:6800| " UNMAPPED_BLOCK,
	  { 0x1800, 0, 0, 0, 0x8000 } },
	{ "a range without bytes",
	  { .has_range = true, .first = 0x12000, .last = 0x11fff },
	  "",
	  { 0, 0, 0, 0, 0x9800 } },
	{ "kind and range together",
	  { .vma_kinds = KIND(FILE), .has_range = true, .first = 0x11800, .last = 0x147ff },
	  "|14000 r800@a:3000~",
	  { 0x800, 0, 0, 0, 0x9000 } },
};

static size_t show(const struct memory_blocks *block, char *out, size_t size)
{
	size_t at =
		(size_t)snprintf(out, size, "%s%llx", block->first_edge == EDGE_REAL ? "|" : "~",
				 (unsigned long long)block->first);
	uint64_t length = 0;

	for (size_t i = 0; i < block->extent_count; i++) {
		const struct extent *extent = &block->extents[i];
		unsigned long long bytes = extent->length, offset = extent->offset;

		length += bytes;
		if (extent->kind == EXTENT_ZERO)
			at += (size_t)snprintf(out + at, size - at, " z%llx", bytes);
		else
			at += (size_t)snprintf(out + at, size - at, " r%llx@%x:%llx", bytes,
					       extent->file, offset);
	}
	assert_true(length == block->last - block->first + 1);
	return at + (size_t)snprintf(out + at, size - at, "%s",
				     block->last_edge == EDGE_REAL ? "|" : "~");
}

static void check_blocks(size_t index)
{
	struct memory_blocks blocks = memory_blocks_of(&checkpoint, &process, &cases[index].filter);
	char text[TEXT_BYTES] = "";
	size_t at = 0;
	bool more;

	for (;;) {
		assert_int_equal(memory_blocks_next(&blocks, &more, NULL), 0);
		if (!more)
			break;
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s", at ? " " : "");
		at += show(&blocks, text + at, sizeof(text) - at);
	}
	assert_string_equal(text, cases[index].blocks);
	memory_blocks_release(&blocks);
}

static void a_filter_chooses_blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%s\n", cases[i].name);
		check_blocks(i);
	}
}

static void check_bytes(struct memory_bytes bytes, struct memory_bytes expected)
{
	assert_true(bytes.dumped == expected.dumped);
	assert_true(bytes.lost == expected.lost);
	assert_true(bytes.not_dumped == expected.not_dumped);
	assert_true(bytes.from_files == expected.from_files);
	assert_true(bytes.not_selected == expected.not_selected);
}

static void what_a_filter_leaves_out_is_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%s\n", cases[i].name);
		check_bytes(memory_bytes_count(&process, &cases[i].filter), cases[i].bytes);
	}
	check_bytes(memory_bytes_count(&process, NULL), cases[0].bytes);
}

/* What of an object was not even described for its cost belongs to its mapping as a whole. */
static void bytes_left_out_go_with_their_mapping(void **state)
{
	static const struct vma window = { .start = 0x10000,
					   .end = 0x12000,
					   .kind = VMA_MEMFD,
					   .backing = BACKING_OBJECT,
					   .left_out = 0x2000 };
	static const struct process one = { .page_bytes = PAGE, .vmas = &window, .vma_count = 1 };
	static const struct {
		struct memory_filter filter;
		struct memory_bytes bytes;
	} rows[] = {
		{ { .vma_kinds = KIND(MEMFD) }, { .lost = 0x2000 } },
		{ { .vma_kinds = KIND(HEAP) }, { .not_selected = 0x2000 } },
		{ { .has_range = true, .first = 0, .last = 0x10000 }, { .lost = 0x2000 } },
		{ { .has_range = true, .first = 0, .last = 0xffff }, { .not_selected = 0x2000 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_bytes(memory_bytes_count(&one, &rows[i].filter), rows[i].bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_filter_chooses_blocks),
		cmocka_unit_test(what_a_filter_leaves_out_is_counted),
		cmocka_unit_test(bytes_left_out_go_with_their_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
