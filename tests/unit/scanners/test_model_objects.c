#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "scanners/process_memory.h"
#include "scanners/unshown.h"
#include "tests/unit/scanners/image_builder.h"
#include "tests/unit/scanners/planted.h"

/*
 * Objects in so many pieces, mapped so often, that some mappings are left out: every byte that page maps describe
 * still counts once for each process that maps it, as scanned, as lost, or as shown by nobody.
 */
enum { STATUS_SYSV = 0x501, PIECES = 1500, WINDOWS = 800, OBJECT = 3, LONELY = 4 };

#define PAGE UINT64_C(4096)
/* A piece of one page and a page that is not there. */
#define PIECE (2 * PAGE)

struct images {
	struct planted planted;
	struct item pieces[PIECES];
	struct mapping windows[WINDOWS];
};

static void add(struct planted *planted, const char *name, const struct builder *builder)
{
	assert_int_equal(
		image_set_add(planted->images, name, builder_copy(builder), builder->length, NULL),
		0);
}

static void add_inventory(struct planted *planted)
{
	static struct builder builder, entry;

	builder.length = entry.length = 0;
	put_magic(&builder, IMAGE_INVENTORY);
	put_number(&entry, 1, 2);
	put_entry(&builder, &entry);
	add(planted, "inventory.img", &builder);
}

/* Every other piece lies in a parent, so that windows cost all of their pieces. */
static void add_object(struct images *images, uint32_t id)
{
	static struct builder builder;
	size_t length = PIECES / 2 * PAGE;
	uint8_t *data = calloc(1, length);
	char name[64];
	uint32_t file;

	assert_non_null(data);
	for (size_t i = 0; i < PIECES; i++)
		images->pieces[i] = (struct item){ PIECE * i, 1, i % 2 ? PRESENT : PARENT };
	builder.length = 0;
	put_pagemap(&builder, id, images->pieces, PIECES);
	snprintf(name, sizeof(name), "pagemap-shmem-%u.img", id);
	add(&images->planted, name, &builder);
	assert_int_equal(
		file_table_add_memory(images->planted.files, data, length, "pages", &file, NULL),
		0);
	assert_int_equal(image_set_add_pages(images->planted.images, id, file, 0, length, NULL), 0);
}

/* All windows show [@first, @first + @pieces) pieces of the object, beginning @into bytes into the first. */
static void add_process(struct images *images, uint32_t pid, uint64_t first, uint64_t pieces,
			uint64_t into)
{
	static struct builder builder;
	char name[64];

	for (size_t i = 0; i < WINDOWS; i++)
		images->windows[i] = (struct mapping){ .start = (i + 1) << 32,
						       .end = ((i + 1) << 32) + pieces * PIECE,
						       .status = STATUS_SYSV,
						       .source = OBJECT,
						       .offset = first * PIECE + into };
	builder.length = 0;
	put_mm(&builder, images->windows, WINDOWS);
	snprintf(name, sizeof(name), "mm-%u.img", pid);
	add(&images->planted, name, &builder);
}

struct sums {
	uint64_t dumped, lost, left_out, limited;
	uint64_t unshown; /* of the object that is mapped */
};

static uint64_t unshown_of(const struct checkpoint *checkpoint, uint64_t id)
{
	uint64_t bytes[2], found = 0;

	assert_int_equal(checkpoint->object_count, 2);
	assert_int_equal(unshown_count(checkpoint, bytes, NULL), 0);
	for (size_t i = 0; i < 2; i++)
		found += checkpoint->objects[i].id == id ? bytes[i] : 0;
	return found;
}

static struct sums sums_of(const struct planted *planted)
{
	const struct checkpoint *checkpoint = planted->checkpoint;
	struct sums sums = { 0 };
	const struct warning *warnings;
	size_t count;

	for (size_t i = 0; i < checkpoint->process_count; i++) {
		const struct process *process = &checkpoint->processes[i];
		struct process_memory *memory;
		struct memory_bytes bytes;

		assert_int_equal(process_memory_new(&memory, checkpoint, process, NULL), 0);
		bytes = process_memory_bytes(memory, NULL);
		sums.dumped += bytes.dumped;
		sums.lost += bytes.lost;
		for (size_t j = 0; j < process->vma_count; j++)
			sums.left_out += process->vmas[j].left_out;
		process_memory_free(memory);
	}
	sums.unshown = unshown_of(checkpoint, OBJECT);
	warnings = warning_list_sorted(planted->warnings, &count);
	for (size_t i = 0; i < count; i++)
		if (warnings[i].code == WARNING_LIMIT)
			sums.limited += warnings[i].bytes;
	return sums;
}

static struct sums make(struct images *images, uint32_t process_count, uint64_t pieces,
			uint64_t into)
{
	struct sums sums;

	planted_prepare(&images->planted);
	add_inventory(&images->planted);
	add_object(images, OBJECT);
	add_object(images, LONELY);
	for (uint32_t pid = 1; pid <= process_count; pid++)
		add_process(images, pid, 0, pieces, into);
	assert_int_equal(image_set_checkpoint(images->planted.images,
					      &(struct model_options){ .final = true },
					      &images->planted.checkpoint, NULL),
			 0);
	sums = sums_of(&images->planted);
	planted_close(&images->planted);
	return sums;
}

static void within_the_limit_nothing_is_left_out(void **state)
{
	static struct images images;
	struct sums sums = make(&images, 1, PIECES, 0);

	(void)state;
	assert_int_equal(sums.left_out, 0);
	assert_int_equal(sums.limited, 0);
	assert_int_equal(sums.dumped, WINDOWS * PIECES / 2 * PAGE);
	assert_int_equal(sums.lost, WINDOWS * PIECES / 2 * PAGE);
	assert_int_equal(sums.unshown, 0);
}

static void what_is_left_out_is_lost_and_named(void **state)
{
	static struct images images;
	const uint32_t processes = 4;
	struct sums sums = make(&images, processes, PIECES, 0);

	(void)state;
	assert_true(sums.left_out > 0);
	assert_int_equal(sums.limited, sums.left_out);
	assert_int_equal(sums.dumped + sums.lost, processes * WINDOWS * PIECES * PAGE);
	assert_int_equal(sums.lost, sums.dumped + sums.left_out);
	assert_int_equal(sums.unshown, 0);
}

/* A window that begins and ends within pages of its object. */
static void a_page_that_a_window_cuts_counts_in_part(void **state)
{
	static struct images images;
	const uint32_t processes = 6;
	const uint64_t pieces = PIECES - 300, into = 1024;
	struct sums sums = make(&images, processes, pieces, into);

	(void)state;
	assert_true(sums.left_out > 0);
	assert_int_equal(sums.limited, sums.left_out);
	/* It shows 3,072 bytes of its first page and 1,024 of one that follows its last. */
	assert_int_equal(sums.dumped + sums.lost, processes * WINDOWS * pieces * PAGE);
	assert_int_equal(sums.unshown, (PIECES - pieces) * PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(within_the_limit_nothing_is_left_out),
		cmocka_unit_test(what_is_left_out_is_lost_and_named),
		cmocka_unit_test(a_page_that_a_window_cuts_counts_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
