#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/unshown.h"

#define PAGE UINT64_C(4096)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct page_run runs[] = {
	{ .address = 0, .length = 4 * PAGE },
	{ .address = 8 * PAGE, .length = 2 * PAGE },
	{ .address = 12 * PAGE, .length = PAGE, .lost = true },
};
static const struct shared_object objects[] = {
	{ .id = 1, .runs = runs, .run_count = 3 },
	{ .id = 2, .runs = runs, .run_count = 1 },
};

#define WINDOW(number, from, pages, at)                                                            \
	{                                                                                          \
		.start = from, .end = (from) + (pages)*PAGE, .offset = (at)*PAGE,                  \
		.backing = BACKING_OBJECT, .object = &objects[number]                              \
	}

static const struct {
	const char *name;
	struct vma vmas[2][2]; /* of two processes */
	struct address_range guards[1];
	struct page_run own[1]; /* of the first process */
	uint64_t pages[2]; /* of each object */
} cases[] = {
	{ .name = "nobody maps anything", .pages = { 7, 4 } },
	{ .name = "one object in full",
	  .vmas = { { WINDOW(0, 0x10000, 13, 0) } },
	  .pages = { 0, 4 } },
	{ .name = "both objects in full",
	  .vmas = { { WINDOW(0, 0x10000, 13, 0), WINDOW(1, 0x80000, 4, 0) } },
	  .pages = { 0, 0 } },
	{ .name = "a part of one", .vmas = { { WINDOW(0, 0x10000, 2, 1) } }, .pages = { 5, 4 } },
	{ .name = "a window over a hole",
	  .vmas = { { WINDOW(0, 0x10000, 4, 4) } },
	  .pages = { 7, 4 } },
	{ .name = "the same part twice counts once",
	  .vmas = { { WINDOW(0, 0x10000, 2, 1) }, { WINDOW(0, 0x70000, 2, 1) } },
	  .pages = { 5, 4 } },
	{ .name = "parts that overlap",
	  .vmas = { { WINDOW(0, 0x10000, 3, 0) }, { WINDOW(0, 0x70000, 7, 2) } },
	  .pages = { 7 - 5, 4 } },
	{ .name = "a window within another",
	  .vmas = { { WINDOW(0, 0x10000, 13, 0), WINDOW(0, 0x80000, 1, 2) } },
	  .pages = { 0, 4 } },
	{ .name = "what a guard range covers is not shown",
	  .vmas = { { WINDOW(0, 0x10000, 13, 0) } },
	  .guards = { { 0x11000, 0x13000 } },
	  .pages = { 2, 4 } },
	{ .name = "what the process has replaced is not shown",
	  .vmas = { { WINDOW(0, 0x10000, 13, 0) } },
	  .own = { { .address = 0x10000, .length = PAGE } },
	  .pages = { 1, 4 } },
	{ .name = "what a mapping left out is lost instead",
	  .vmas = { { { .start = 0x10000,
			.end = 0x14000,
			.offset = PAGE,
			.backing = BACKING_OBJECT,
			.object = &objects[0],
			.left_out = 3 * PAGE } } },
	  .pages = { 7 - 3, 4 } },
};

static struct process process_of(size_t index, size_t number)
{
	struct process process = { .vmas = cases[index].vmas[number] };

	while (process.vma_count < 2 && process.vmas[process.vma_count].end)
		process.vma_count++;
	if (number == 0) {
		process.guards = cases[index].guards;
		process.guard_count = cases[index].guards[0].end != 0;
		process.runs = cases[index].own;
		process.run_count = cases[index].own[0].length != 0;
	}
	return process;
}

static void what_no_mapping_shows_is_counted_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct process processes[] = { process_of(i, 0), process_of(i, 1) };
		const struct checkpoint checkpoint = { .processes = processes,
						       .process_count = 2,
						       .objects = objects,
						       .object_count = 2 };
		uint64_t bytes[2];

		assert_int_equal(unshown_count(&checkpoint, bytes, NULL), 0);
		if (bytes[0] != cases[i].pages[0] * PAGE || bytes[1] != cases[i].pages[1] * PAGE)
			fail_msg("%s: %llu and %llu pages", cases[i].name,
				 (unsigned long long)(bytes[0] / PAGE),
				 (unsigned long long)(bytes[1] / PAGE));
	}
}

static void hostile_sizes_do_not_wrap(void **state)
{
	static const struct page_run all[] = { { .address = 0, .length = UINT64_MAX - 4095 } };
	static const struct shared_object huge[] = {
		{ .id = 1, .runs = all, .run_count = 1 },
		{ .id = 2, .runs = all, .run_count = 1 },
	};
	static const struct vma end[] = { { .start = 0x1000,
					    .end = 0x5000,
					    .offset = UINT64_MAX - 4095,
					    .backing = BACKING_OBJECT,
					    .object = &huge[0] } };
	struct process process = { .vmas = end, .vma_count = 1 };
	const struct checkpoint checkpoint = {
		.processes = &process, .process_count = 1, .objects = huge, .object_count = 2
	};
	uint64_t bytes[2];

	(void)state;
	assert_int_equal(unshown_count(&checkpoint, bytes, NULL), 0);
	assert_true(bytes[0] == UINT64_MAX - 4095);
	assert_true(bytes[1] == UINT64_MAX - 4095);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_mapping_shows_is_counted_once),
		cmocka_unit_test(hostile_sizes_do_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
