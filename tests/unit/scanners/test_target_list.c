#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/target_list.h"

#define PAGE UINT64_C(4096)

/* Three processes that show the same object: the first two through equal windows. */
static const struct page_run object_runs[] = { { .address = 0, .length = 4 * PAGE, .image = 1 } };
static const struct shared_object object = { .id = 1, .runs = object_runs, .run_count = 1 };

#define WINDOW(pages, at)                                                                          \
	{                                                                                          \
		.start = 0x100000, .end = 0x100000 + (pages)*PAGE, .offset = (at)*PAGE,            \
		.backing = BACKING_OBJECT, .object = &object                                       \
	}

static const struct vma windows[3][1] = { { WINDOW(4, 0) }, { WINDOW(4, 0) }, { WINDOW(3, 1) } };
static const struct vma low[] = { { .start = 0x1000, .end = 0x2000 } };
static const struct page_run low_run[] = { { .address = 0x1000, .length = PAGE, .image = 0 } };
static struct process processes[] = {
	{ .pid = 1, .name = "one", .vmas = windows[0], .vma_count = 1 },
	{ .pid = 2, .name = "two", .vmas = windows[1], .vma_count = 1 },
	{ .pid = 3, .name = "three", .vmas = windows[2], .vma_count = 1 },
	{ .pid = 4, .name = "low", .vmas = low, .vma_count = 1, .runs = low_run, .run_count = 1 },
};
static struct page_image images[] = { { .name = "pages-1.img", .length = PAGE, .file = 0 },
				      { .name = "pages-2.img", .length = 4 * PAGE, .file = 1 } };
static const struct checkpoint checkpoint = {
	.processes = processes, .process_count = 4, .images = images, .image_count = 2
};

struct fixture {
	struct target_list *list;
	struct block_list *blocks;
	struct warning_list *warnings;
	size_t warning_count;
	const struct warning *told;
};

static void make(struct fixture *fixture, const struct scan_options *options)
{
	assert_int_equal(warning_list_new(&fixture->warnings, NULL), 0);
	assert_int_equal(block_list_new(&fixture->blocks, NULL), 0);
	assert_int_equal(target_list_new(&fixture->list, &checkpoint, NULL, options, NULL), 0);
	assert_int_equal(target_list_blocks(fixture->list, &checkpoint, options, fixture->blocks,
					    fixture->warnings, NULL),
			 0);
	fixture->told = warning_list_sorted(fixture->warnings, &fixture->warning_count);
}

static void release(struct fixture *fixture)
{
	target_list_free(fixture->list);
	block_list_free(fixture->blocks);
	warning_list_free(fixture->warnings);
}

static void every_process_is_a_target_in_order_of_pid(void **state)
{
	const struct scan_options options = { 0 };
	struct fixture fixture;

	(void)state;
	make(&fixture, &options);
	assert_int_equal(fixture.list->count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(fixture.list->targets[i].process->pid, i + 1);
		assert_int_equal(fixture.list->targets[i].state, TARGET_WAITING);
	}
	assert_int_equal(fixture.list->targets[0].purpose, PURPOSE_PROCESS);
	assert_int_equal(fixture.list->targets[3].purpose, PURPOSE_LOW_PROCESS);
	assert_true(fixture.list->chosen.dumped == (4 + 4 + 3 + 1) * PAGE);
	assert_true(fixture.list->left_out.dumped == 0);
	assert_int_equal(block_list_count(fixture.blocks), 3);
	assert_int_equal(fixture.warning_count, 0);
	release(&fixture);
}

static void what_filters_leave_out_is_summed(void **state)
{
	static const uint32_t pids[] = { 3 };
	const struct scan_options options = { .pids = pids, .pid_count = 1 };
	struct fixture fixture;

	(void)state;
	make(&fixture, &options);
	assert_int_equal(fixture.list->count, 1);
	assert_true(fixture.list->chosen.dumped == 3 * PAGE);
	assert_true(fixture.list->left_out.dumped == 9 * PAGE);
	release(&fixture);
}

/* Five pages are stored: four and one are searched, the window of three would be a second time. */
static void beyond_the_factor_blocks_are_lost_and_named(void **state)
{
	const struct scan_options options = { .search_factor = 1 };
	struct fixture fixture;

	(void)state;
	make(&fixture, &options);
	assert_int_equal(block_list_count(fixture.blocks), 2);
	assert_true(fixture.list->targets[0].bytes_lost == 0);
	assert_true(fixture.list->targets[1].bytes_lost == 0);
	assert_true(fixture.list->targets[2].bytes_lost == 3 * PAGE);
	assert_true(fixture.list->targets[3].bytes_lost == 0);
	assert_int_equal(fixture.warning_count, 1);
	assert_int_equal(fixture.told[0].code, WARNING_LIMIT);
	assert_int_equal(fixture.told[0].pid, 3);
	assert_true(fixture.told[0].bytes == 3 * PAGE);
	release(&fixture);
}

/* One file in one piece, a pipe of two messages with lost bytes between, a file that is the first one's bytes again. */
static const struct piece file_pieces[] = { { .length = 100, .offset = 7, .file = 9 } };
static const struct piece pipe_pieces[] = {
	{ .length = 10, .offset = 0, .file = 8 },
	{ .start = 10, .length = 5, .kind = PIECE_LOST },
	{ .start = 15, .length = 20, .kind = PIECE_ZERO, .apart = true },
	{ .start = 35, .length = 10, .offset = 10, .file = 8 },
};
static const struct holder holders[] = { { .pid = 2, .fd = 5, .has_fd = true } };
static struct captured captured_items[] = {
	{ .kind = TARGET_FILE,
	  .origin = ORIGIN_ROOTFS_DIFF,
	  .path = "/a",
	  .content = { 100, file_pieces, 1 } },
	{ .kind = TARGET_FILE,
	  .origin = ORIGIN_ROOTFS_DIFF,
	  .path = "/b",
	  .content = { 100, file_pieces, 1 } },
	{ .kind = TARGET_PIPE,
	  .object = "7",
	  .content = { 45, pipe_pieces, 4 },
	  .holders = holders,
	  .holder_count = 1 },
};
static const struct captured_list captured = { .items = captured_items, .count = 3 };

static void add_captured(struct fixture *fixture, const struct scan_options *options)
{
	assert_int_equal(
		target_list_add_captured(fixture->list, &checkpoint, &captured, options, NULL), 0);
	assert_int_equal(target_list_blocks(fixture->list, &checkpoint, options, fixture->blocks,
					    fixture->warnings, NULL),
			 0);
	fixture->told = warning_list_sorted(fixture->warnings, &fixture->warning_count);
}

static void what_is_captured_comes_behind_the_processes(void **state)
{
	static const enum target_kind kinds[] = { TARGET_PROCESS, TARGET_PROCESS, TARGET_PROCESS,
						  TARGET_PROCESS, TARGET_FILE,	  TARGET_FILE,
						  TARGET_PIPE };
	const struct scan_options options = { 0 };
	struct target_list *at_once;
	struct fixture fixture;

	(void)state;
	make(&fixture, &options);
	add_captured(&fixture, &options);
	assert_int_equal(target_list_new(&at_once, &checkpoint, &captured, &options, NULL), 0);
	assert_int_equal(at_once->count, 7);
	assert_int_equal(fixture.list->count, 7);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(at_once->targets[i].kind, kinds[i]);
		assert_int_equal(fixture.list->targets[i].kind, kinds[i]);
		assert_int_equal(fixture.list->targets[i].number, i);
	}
	assert_string_equal(fixture.list->targets[5].captured.path, "/b");
	assert_int_equal(fixture.list->targets[4].purpose, PURPOSE_FILE);
	assert_true(fixture.list->chosen.dumped == 12 * PAGE + 220);
	assert_true(fixture.list->chosen.lost == 5);
	assert_memory_equal(&fixture.list->chosen, &at_once->chosen, sizeof(at_once->chosen));
	target_list_free(at_once);
	release(&fixture);
}

static void equal_files_are_one_block_for_both(void **state)
{
	const struct scan_options options = { 0 };
	struct fixture fixture;
	const struct block *block;

	(void)state;
	make(&fixture, &options);
	add_captured(&fixture, &options);
	assert_int_equal(block_list_count(fixture.blocks), 3 + 1 + 2);
	block = block_list_get(fixture.blocks, 3);
	assert_int_equal(block->placement_count, 2);
	assert_int_equal(block->placements[0].target, 4);
	assert_int_equal(block->placements[1].target, 5);
	block = block_list_get(fixture.blocks, 5);
	assert_int_equal(block->placements[0].target, 6);
	assert_int_equal(block->placements[0].address, 15);
	release(&fixture);
}

static const struct {
	const char *name;
	uint32_t kinds, pid;
	uint64_t chosen, left_out, left_out_lost;
	size_t count, left_out_count;
} selections[] = {
	{ "all", 0, 0, 12 * PAGE + 220, 0, 0, 7, 0 },
	{ "files", 1 << TARGET_FILE, 0, 200, 12 * PAGE + 20, 5, 2, 5 },
	{ "processes", 1 << TARGET_PROCESS, 0, 12 * PAGE, 220, 5, 4, 3 },
	{ "a process and what it holds", 0, 2, 4 * PAGE + 20, 8 * PAGE + 200, 0, 2, 5 },
	{ "a process alone", 1 << TARGET_PROCESS, 2, 4 * PAGE, 8 * PAGE + 220, 5, 1, 6 },
	{ "a process that is not there", 0, 99, 0, 12 * PAGE + 220, 5, 0, 7 },
	{ "a kind that is not there", 1 << TARGET_MESSAGE, 0, 0, 12 * PAGE + 220, 5, 0, 7 },
};

static void every_byte_is_chosen_or_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(selections) / sizeof(selections[0]); i++) {
		const struct scan_options options = { .target_kinds = selections[i].kinds,
						      .pids = &selections[i].pid,
						      .pid_count = selections[i].pid != 0 };
		struct target_list *list;

		print_message("%s\n", selections[i].name);
		assert_int_equal(target_list_new(&list, &checkpoint, &captured, &options, NULL), 0);
		assert_true(list->chosen.dumped == selections[i].chosen);
		assert_true(list->left_out.dumped == selections[i].left_out);
		assert_true(list->left_out.lost == selections[i].left_out_lost);
		assert_int_equal(list->count, selections[i].count);
		assert_int_equal(list->left_out_count, selections[i].left_out_count);
		target_list_free(list);
	}
}

/* A memory file shows four of the five pages again and more: what is left is for the files' own bytes alone. */
static void one_budget_is_for_all(void **state)
{
	static const struct piece again[] = { { .length = 4 * PAGE + 90, .file = 1 } };
	static struct captured wide[] = { { .kind = TARGET_FILE,
					    .origin = ORIGIN_MEMFD,
					    .path = "m",
					    .content = { 4 * PAGE + 90, again, 1 } } };
	const struct captured_list list = { .items = wide, .count = 1 };
	const struct scan_options options = { .search_factor = 1 };
	struct fixture fixture;

	(void)state;
	make(&fixture, &options);
	assert_int_equal(fixture.warning_count, 1);
	assert_int_equal(target_list_add_captured(fixture.list, &checkpoint, &list, &options, NULL),
			 0);
	add_captured(&fixture, &options);
	assert_true(fixture.list->targets[4].bytes_lost == 4 * PAGE + 90);
	assert_true(fixture.list->targets[5].bytes_lost == 0);
	assert_true(fixture.list->targets[7].bytes_lost == 0);
	assert_int_equal(fixture.warning_count, 2);
	assert_string_equal(fixture.told[1].file, "m");
	assert_false(fixture.told[1].has_memory);
	assert_true(fixture.told[1].has_target);
	assert_int_equal(fixture.told[1].target, 4);
	release(&fixture);
}

/* Two processes show the file, each at another place of it: its bytes may be searched once. */
static void bytes_of_mapped_files_are_stored_too(void **state)
{
	static const struct piece pieces[] = { { .length = 3 * PAGE, .file = 5 } };
	static const struct content content = { 3 * PAGE, pieces, 1 };
	static const struct content *const contents[] = { &content };
	static const struct vma maps[] = {
		{ .start = 0x100000, .end = 0x100000 + 3 * PAGE, .backing = BACKING_FILE },
		{ .start = 0x100000,
		  .end = 0x100000 + 2 * PAGE,
		  .offset = PAGE,
		  .backing = BACKING_FILE },
	};
	static struct process both[] = {
		{ .pid = 1, .name = "", .vmas = &maps[0], .vma_count = 1, .contents = contents },
		{ .pid = 2, .name = "", .vmas = &maps[1], .vma_count = 1, .contents = contents },
		{ .pid = 3, .name = "", .contents = contents },
	};
	const struct checkpoint mapping = { .processes = both, .process_count = 3 };
	const struct scan_options options = { .search_factor = 1 };
	struct warning_list *warnings;
	struct block_list *blocks;
	struct target_list *list;

	(void)state;
	assert_int_equal(warning_list_new(&warnings, NULL), 0);
	assert_int_equal(block_list_new(&blocks, NULL), 0);
	assert_int_equal(target_list_new(&list, &mapping, NULL, &options, NULL), 0);
	assert_int_equal(target_list_blocks(list, &mapping, &options, blocks, warnings, NULL), 0);
	assert_int_equal(block_list_count(blocks), 1);
	assert_true(list->targets[0].bytes_lost == 0);
	assert_true(list->targets[1].bytes_lost == 2 * PAGE);
	target_list_free(list);
	block_list_free(blocks);
	warning_list_free(warnings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_process_is_a_target_in_order_of_pid),
		cmocka_unit_test(what_filters_leave_out_is_summed),
		cmocka_unit_test(beyond_the_factor_blocks_are_lost_and_named),
		cmocka_unit_test(what_is_captured_comes_behind_the_processes),
		cmocka_unit_test(equal_files_are_one_block_for_both),
		cmocka_unit_test(every_byte_is_chosen_or_left_out),
		cmocka_unit_test(one_budget_is_for_all),
		cmocka_unit_test(bytes_of_mapped_files_are_stored_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
