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
	assert_int_equal(target_list_new(&fixture->list, &checkpoint, options, NULL), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_process_is_a_target_in_order_of_pid),
		cmocka_unit_test(what_filters_leave_out_is_summed),
		cmocka_unit_test(beyond_the_factor_blocks_are_lost_and_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
