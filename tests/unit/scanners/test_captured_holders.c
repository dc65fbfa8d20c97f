#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "scanners/captured_holders.h"

static const struct open_file data = { .id = 1, .kind = OPEN_FILE_FILE, .path = "/data" };
static const struct open_file gone = {
	.id = 2, .kind = OPEN_FILE_FILE, .path = "/data", .deleted = true
};
static const struct open_file kept = { .id = 4,
				       .kind = OPEN_FILE_FILE,
				       .path = "/data",
				       .deleted = true,
				       .kept_as = "/link_remap.3" };
static const struct open_file queue = { .id = 3, .kind = OPEN_FILE_FIFO, .path = "/data" };
static const struct descriptor shared[] = { { .fd = 3, .file = &data },
					    { .fd = 4, .file = &gone },
					    { .fd = 5, .file = &queue },
					    { .fd = 9, .file = &data },
					    { .fd = 11, .file = &kept } };
static const struct vma mapped[] = {
	{ .start = 0x1000, .end = 0x2000, .kind = VMA_FILE, .path = "/data" },
	{ .start = 0x3000, .end = 0x4000, .kind = VMA_FILE, .path = "/data" },
	{ .start = 0x5000, .end = 0x6000, .kind = VMA_FILE, .path = "/other", .deleted = true },
	{ .start = 0x7000,
	  .end = 0x8000,
	  .kind = VMA_FILE,
	  .path = "/data",
	  .deleted = true,
	  .file = &kept },
};
static struct process processes[] = {
	{ .pid = 2, .descriptors = shared, .descriptor_count = 5, .vmas = mapped, .vma_count = 4 },
	{ .pid = 5, .vmas = mapped, .vma_count = 4 },
	{ .pid = 7, .descriptors = shared, .descriptor_count = 5 },
};
static const struct checkpoint checkpoint = { .processes = processes, .process_count = 3 };

static void describe(const struct captured *captured, char out[256])
{
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; i < captured->holder_count; i++) {
		const struct holder *holder = &captured->holders[i];

		length += (size_t)(holder->has_fd ? snprintf(out + length, 256 - length, "%u:%u ",
							     holder->pid, holder->fd)
						  : snprintf(out + length, 256 - length, "%u ",
							     holder->pid));
	}
}

static void holders_are_told_by_the_path(void **state)
{
	static const struct {
		enum captured_origin origin;
		const char *path, *holders;
	} rows[] = {
		{ ORIGIN_ROOTFS_DIFF, "/data", "2:3 2:9 5 7:3 7:9 " },
		{ ORIGIN_VOLUME, "/data", "2:3 2:9 5 7:3 7:9 " },
		{ ORIGIN_ROOTFS_DIFF, "/link_remap.3", "2:11 5 7:11 " },
		{ ORIGIN_ROOTFS_DIFF, "/other", "" },
		{ ORIGIN_ROOTFS_DIFF, "/dat", "" },
		/* Those know their holders by themselves. */
		{ ORIGIN_DELETED, "/data", "" },
		{ ORIGIN_LOG, "/data", "" },
	};
	struct arena *arena = arena_new(0);
	struct captured_list list = { .arena = arena };
	char text[256];

	(void)state;
	assert_non_null(arena);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct captured captured = { .kind = TARGET_FILE,
						   .origin = rows[i].origin,
						   .path = rows[i].path };

		assert_int_equal(captured_list_add(&list, &captured, NULL), 0);
	}
	assert_int_equal(captured_holders_find(&checkpoint, &list, NULL, NULL), 0);
	for (size_t i = 0; i < list.count; i++) {
		describe(&list.items[i], text);
		assert_string_equal(text, rows[i].holders);
	}
	captured_list_release(&list);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(holders_are_told_by_the_path) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
