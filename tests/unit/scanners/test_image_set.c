#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "tests/unit/scanners/image_builder.h"
#include "tests/unit/scanners/planted.h"

#define PLANTED TEST_DATA_DIR "/podman-zstd.tar"

enum {
	STATUS_PRIVATE_FILE = 0x41,
	STATUS_ANONYMOUS = 0x201,
	STATUS_SHARED_MEMFD = 0x4081,
	STATUS_SYSV = 0x501
};

static void add(struct planted *planted, const char *name, const struct builder *builder)
{
	assert_int_equal(
		image_set_add(planted->images, name, builder_copy(builder), builder->length, NULL),
		0);
}

static void add_inventory(struct planted *planted, uint32_t version)
{
	struct builder builder = { .length = 0 }, entry = { .length = 0 };

	put_magic(&builder, IMAGE_INVENTORY);
	put_number(&entry, 1, version);
	put_entry(&builder, &entry);
	add(planted, "inventory.img", &builder);
}

static void add_tree(struct planted *planted, uint32_t pid, uint32_t ppid)
{
	struct builder builder = { .length = 0 }, entry = { .length = 0 };

	put_magic(&builder, IMAGE_PROCESS_TREE);
	put_number(&entry, 1, pid);
	put_number(&entry, 2, ppid);
	put_number(&entry, 5, pid);
	put_entry(&builder, &entry);
	add(planted, "pstree.img", &builder);
}

static void add_core(struct planted *planted, uint32_t pid, uint32_t state)
{
	struct builder builder = { .length = 0 };
	char name[64];

	snprintf(name, sizeof(name), "core-%u.img", pid);
	put_core(&builder, state, "sleep");
	add(planted, name, &builder);
}

static void add_mm(struct planted *planted, uint32_t pid, const struct mapping *mappings,
		   size_t count)
{
	struct builder builder = { .length = 0 };
	char name[64];

	snprintf(name, sizeof(name), "mm-%u.img", pid);
	put_mm(&builder, mappings, count);
	add(planted, name, &builder);
}

static void add_pagemap(struct planted *planted, const char *name, uint32_t pages_id,
			const struct item *items, size_t count)
{
	struct builder builder = { .length = 0 };

	put_pagemap(&builder, pages_id, items, count);
	add(planted, name, &builder);
}

static void add_files(struct planted *planted)
{
	struct builder builder = { .length = 0 }, file = { .length = 0 }, regular = { .length = 0 };
	struct builder memory_file = { .length = 0 }, memfd = { .length = 0 };

	put_magic(&builder, IMAGE_FILES);
	put_number(&file, 1, 1);
	put_number(&file, 2, 7);
	put_number(&regular, 1, 7);
	put_text(&regular, 6, "/bin/sleep");
	put_message(&file, 3, &regular);
	put_entry(&builder, &file);
	put_number(&memory_file, 1, 18);
	put_number(&memory_file, 2, 8);
	put_number(&memfd, 5, 500);
	put_message(&memory_file, 20, &memfd);
	put_entry(&builder, &memory_file);
	add(planted, "files.img", &builder);
}

static void add_memfd(struct planted *planted, const char *name)
{
	struct builder builder = { .length = 0 }, entry = { .length = 0 };

	put_magic(&builder, IMAGE_MEMFD);
	put_text(&entry, 1, name);
	put_number(&entry, 4, 8192);
	put_number(&entry, 5, 77);
	put_number(&entry, 7, 500);
	put_entry(&builder, &entry);
	add(planted, "memfd.img", &builder);
}

static void add_pages(struct planted *planted, uint64_t id, size_t pages)
{
	uint32_t file;
	uint8_t *data = calloc(pages + 1, 4096);

	assert_int_equal(
		file_table_add_memory(planted->files, data, 4096 * pages, "pages", &file, NULL), 0);
	assert_int_equal(image_set_add_pages(planted->images, id, file, 0, 4096 * pages, NULL), 0);
}

static const struct process *finish(struct planted *planted)
{
	assert_int_equal(image_set_checkpoint(planted->images,
					      &(struct model_options){ .final = true },
					      &planted->checkpoint, NULL),
			 0);
	return planted->checkpoint->process_count ? &planted->checkpoint->processes[0] : NULL;
}

static const struct mapping one_mapping[] = {
	{ .start = 0x10000, .end = 0x20000, .status = STATUS_ANONYMOUS }
};
static const struct item one_page[] = { { 0x11000, 1, PRESENT } };

/* A whole checkpoint of one process; tests then damage it. */
static void add_process(struct planted *planted)
{
	add_inventory(planted, 2);
	add_tree(planted, 5, 0);
	add_core(planted, 5, 1);
	add_mm(planted, 5, one_mapping, 1);
	add_pagemap(planted, "pagemap-5.img", 1, one_page, 1);
	add_files(planted);
	add_pages(planted, 1, 1);
}

static size_t warnings_of(struct planted *planted, const struct warning **out)
{
	size_t count;

	*out = warning_list_sorted(planted->warnings, &count);
	return count;
}

static void a_process_is_put_together_from_its_images(void **state)
{
	const struct warning *warnings;
	const struct process *process;
	struct planted planted;

	(void)state;
	planted_prepare(&planted);
	add_process(&planted);
	process = finish(&planted);
	assert_non_null(process);
	assert_int_equal(warnings_of(&planted, &warnings), 0);
	assert_int_equal(process->pid, 5);
	assert_false(process->has_ppid);
	assert_string_equal(process->name, "sleep");
	assert_string_equal(process->executable, "/bin/sleep");
	assert_int_equal(process->uid, 1000);
	assert_true(process->has_uid);
	assert_int_equal(process->thread_count, 1);
	assert_int_equal(process->vma_count, 1);
	assert_int_equal(process->vmas[0].kind, VMA_ANONYMOUS);
	assert_int_equal(process->run_count, 1);
	assert_int_equal(process->argument_end - process->argument_start, 16);
	assert_true(process->environment_start == 0x1020 && process->environment_end == 0x1060);
	planted_close(&planted);
}

/* Ids as they are listed, one of them twice and the process's own not at all; only some have a core. */
static void threads_are_listed_by_id_with_their_names(void **state)
{
	struct builder tree = { .length = 0 }, entry = { .length = 0 }, core = { .length = 0 },
		       message = { .length = 0 }, thread = { .length = 0 };
	const struct process *process;
	struct planted planted;

	(void)state;
	planted_prepare(&planted);
	add_process(&planted);
	put_magic(&tree, IMAGE_PROCESS_TREE);
	put_number(&entry, 1, 5);
	put_string(&entry, 5, "\7\6\7", 3);
	put_entry(&tree, &entry);
	add(&planted, "pstree.img", &tree);
	put_magic(&core, IMAGE_CORE);
	put_text(&thread, 13, "worker");
	put_message(&message, 5, &thread);
	put_entry(&core, &message);
	add(&planted, "core-6.img", &core);
	process = finish(&planted);
	assert_int_equal(planted.checkpoint->process_count, 1);
	assert_int_equal(process->thread_count, 3);
	assert_int_equal(process->threads[0].id, 5);
	assert_string_equal(process->threads[0].name, "sleep");
	assert_int_equal(process->threads[1].id, 6);
	assert_string_equal(process->threads[1].name, "worker");
	assert_int_equal(process->threads[2].id, 7);
	assert_string_equal(process->threads[2].name, "");
	planted_close(&planted);
}

/* Adds everything but what a case takes away or replaces. */
static void no_mm(struct planted *planted)
{
	add_inventory(planted, 2);
	add_tree(planted, 5, 0);
	add_core(planted, 5, 1);
	add_pagemap(planted, "pagemap-5.img", 1, one_page, 1);
	add_pages(planted, 1, 1);
}

static void no_core(struct planted *planted)
{
	add_inventory(planted, 2);
	add_tree(planted, 5, 0);
	add_mm(planted, 5, one_mapping, 1);
	add_pagemap(planted, "pagemap-5.img", 1, one_page, 1);
	add_pages(planted, 1, 1);
}

static void no_tree(struct planted *planted)
{
	add_inventory(planted, 2);
	add_core(planted, 5, 1);
	add_mm(planted, 5, one_mapping, 1);
	add_pagemap(planted, "pagemap-5.img", 1, one_page, 1);
	add_pages(planted, 1, 1);
}

static void no_pages(struct planted *planted)
{
	add_inventory(planted, 2);
	add_tree(planted, 5, 0);
	add_core(planted, 5, 1);
	add_mm(planted, 5, one_mapping, 1);
	add_pagemap(planted, "pagemap-5.img", 1, one_page, 1);
}

static void no_pagemap(struct planted *planted)
{
	add_inventory(planted, 2);
	add_tree(planted, 5, 0);
	add_core(planted, 5, 1);
	add_mm(planted, 5, one_mapping, 1);
}

static void dead(struct planted *planted)
{
	add_inventory(planted, 2);
	add_tree(planted, 5, 0);
	add_core(planted, 5, 2);
}

static void zombie(struct planted *planted)
{
	add_inventory(planted, 2);
	add_tree(planted, 5, 0);
	add_core(planted, 5, 6);
}

static void unused_pages(struct planted *planted)
{
	add_process(planted);
	add_pages(planted, 9, 2);
}

static void empty_unused_pages(struct planted *planted)
{
	add_process(planted);
	add_pages(planted, 9, 0);
}

static void pages_twice(struct planted *planted)
{
	add_process(planted);
	add_pages(planted, 1, 1);
}

static void image_twice(struct planted *planted)
{
	add_process(planted);
	add_core(planted, 5, 1);
}

static void longer_pages(struct planted *planted)
{
	add_process(planted);
	add_pages(planted, 2, 3);
	add_pagemap(planted, "pagemap-6.img", 2, one_page, 1);
	add_core(planted, 6, 1);
	add_mm(planted, 6, one_mapping, 1);
}

static void shared_pages_id(struct planted *planted)
{
	static const struct item other[] = { { 0x12000, 1, PRESENT } };

	add_process(planted);
	add_pagemap(planted, "pagemap-6.img", 1, other, 1);
	add_core(planted, 6, 1);
	add_mm(planted, 6, one_mapping, 1);
}

static void equal_pages_id(struct planted *planted)
{
	add_process(planted);
	add_pagemap(planted, "pagemap-6.img", 1, one_page, 1);
	add_core(planted, 6, 1);
	add_mm(planted, 6, one_mapping, 1);
}

static void backward_mapping(struct planted *planted)
{
	static const struct mapping mappings[] = {
		{ .start = 0x20000, .end = 0x10000, .status = STATUS_ANONYMOUS }
	};

	add_process(planted);
	add_core(planted, 6, 1);
	add_mm(planted, 6, mappings, 1);
	add_pagemap(planted, "pagemap-6.img", 1, one_page, 1);
}

static void overlapping_mappings(struct planted *planted)
{
	static const struct mapping mappings[] = {
		{ .start = 0x10000, .end = 0x20000, .status = STATUS_ANONYMOUS },
		{ .start = 0x1f000, .end = 0x30000, .status = STATUS_ANONYMOUS }
	};

	add_process(planted);
	add_core(planted, 6, 1);
	add_mm(planted, 6, mappings, 2);
	add_pagemap(planted, "pagemap-6.img", 1, one_page, 1);
}

static void unaligned_mapping(struct planted *planted)
{
	static const struct mapping mappings[] = {
		{ .start = 0x10001, .end = 0x20000, .status = STATUS_ANONYMOUS }
	};

	add_process(planted);
	add_core(planted, 6, 1);
	add_mm(planted, 6, mappings, 1);
	add_pagemap(planted, "pagemap-6.img", 1, one_page, 1);
}

static void no_object(struct planted *planted)
{
	static const struct mapping mappings[] = {
		{ .start = 0x10000, .end = 0x20000, .status = STATUS_SYSV, .source = 3 }
	};

	add_process(planted);
	add_core(planted, 6, 1);
	add_mm(planted, 6, mappings, 1);
	add_pagemap(planted, "pagemap-6.img", 1, one_page, 1);
}

static void no_memfd(struct planted *planted)
{
	static const struct mapping mappings[] = {
		{ .start = 0x10000, .end = 0x20000, .status = STATUS_SHARED_MEMFD, .source = 8 }
	};

	add_process(planted);
	add_core(planted, 6, 1);
	add_mm(planted, 6, mappings, 1);
	add_pagemap(planted, "pagemap-6.img", 1, one_page, 1);
}

static void unknown_memfd(struct planted *planted)
{
	no_memfd(planted);
	add_memfd(planted, "payload");
	add_mm(planted, 7,
	       &(struct mapping){ .start = 0x10000,
				  .end = 0x20000,
				  .status = STATUS_SHARED_MEMFD,
				  .source = 99 },
	       1);
	add_core(planted, 7, 1);
	add_pagemap(planted, "pagemap-7.img", 1, one_page, 1);
}

static void new_version(struct planted *planted)
{
	add_process(planted);
	add_inventory(planted, 4);
}

static void cipher(struct planted *planted)
{
	struct builder builder = { .length = 0 };

	put_magic(&builder, IMAGE_CIPHER);
	add_process(planted);
	add(planted, "cipher.img", &builder);
}

static void encrypted_inventory(struct planted *planted)
{
	struct builder builder = { .length = 0 };

	add_process(planted);
	put_magic(&builder, IMAGE_INVENTORY);
	put_word(&builder, 4);
	put_bytes(&builder, "\xff\xff\xff\xff", 4);
	add(planted, "inventory.img", &builder);
}

static void wrong_magic(struct planted *planted)
{
	struct builder builder = { .length = 0 };

	add_process(planted);
	put_bytes(&builder, "this is not an image", 20);
	add(planted, "core-6.img", &builder);
}

static void headless_pagemap(struct planted *planted)
{
	struct builder builder = { .length = 0 };

	add_process(planted);
	put_magic(&builder, IMAGE_PAGEMAP);
	add(planted, "pagemap-shmem-4.img", &builder);
}

#define NO_WARNING WARNING_CODES

static const struct {
	const char *name;
	void (*build)(struct planted *planted);
	enum warning_code code; /* one of the warnings is this, about this file */
	const char *file;
	uint64_t bytes;
} damages[] = {
	{ "a process without mm", no_mm, WARNING_MISSING_IMAGE, "mm-5.img", 0 },
	{ "a process without core", no_core, WARNING_MISSING_IMAGE, "core-5.img", 0 },
	{ "a checkpoint without tree", no_tree, WARNING_MISSING_IMAGE, "pstree.img", 0 },
	{ "a page map without pages", no_pages, WARNING_MISSING_IMAGE, "pages-1.img", 4096 },
	{ "a process without page map", no_pagemap, WARNING_MISSING_IMAGE, "pagemap-5.img", 0 },
	{ "a dead process has nothing but a core", dead, NO_WARNING, NULL, 0 },
	{ "nor has a zombie", zombie, NO_WARNING, NULL, 0 },
	{ "pages without page map", unused_pages, WARNING_MISSING_IMAGE, "pages-9.img", 0 },
	{ "an empty image of pages needs no page map", empty_unused_pages, NO_WARNING, NULL, 0 },
	{ "pages that come twice", pages_twice, WARNING_DUPLICATE_MEMBER, "pages-1.img", 0 },
	{ "an image that comes twice", image_twice, WARNING_DUPLICATE_MEMBER, "core-5.img", 0 },
	{ "more pages than described", longer_pages, WARNING_LONGER_THAN_DESCRIBED, "pages-2.img",
	  0 },
	{ "two different page maps for the same pages", shared_pages_id, WARNING_CORRUPT,
	  "pagemap-6.img", 0 },
	{ "two equal page maps for the same pages", equal_pages_id, NO_WARNING, NULL, 0 },
	{ "a mapping with end before start", backward_mapping, WARNING_CORRUPT, "mm-6.img", 0 },
	{ "mappings that overlap", overlapping_mappings, WARNING_CORRUPT, "mm-6.img", 0 },
	{ "a mapping that is not of whole pages", unaligned_mapping, WARNING_CORRUPT, "mm-6.img",
	  0 },
	{ "a shared mapping without its page map", no_object, WARNING_MISSING_IMAGE,
	  "pagemap-shmem-3.img", 0 },
	{ "a memory file that nothing describes", no_memfd, WARNING_MISSING_IMAGE, "memfd.img", 0 },
	{ "a memory file of an unknown id", unknown_memfd, WARNING_CORRUPT, "mm-7.img", 0 },
	{ "a version after the newest known", new_version, WARNING_UNSUPPORTED, "inventory.img",
	  0 },
	{ "a cipher", cipher, WARNING_ENCRYPTED, "cipher.img", 0 },
	{ "an inventory that is no message", encrypted_inventory, WARNING_ENCRYPTED,
	  "inventory.img", 0 },
	{ "an image that is none", wrong_magic, WARNING_CORRUPT, "core-6.img", 0 },
	{ "a page map without its head", headless_pagemap, WARNING_CORRUPT, "pagemap-shmem-4.img",
	  0 },
};

static bool has_warning(const struct warning *warnings, size_t count, enum warning_code code,
			const char *file, uint64_t bytes)
{
	for (size_t i = 0; i < count; i++) {
		if (warnings[i].code == code && warnings[i].file &&
		    strcmp(warnings[i].file, file) == 0 && warnings[i].bytes == bytes)
			return true;
	}
	return false;
}

static void run_damage(size_t index)
{
	const struct warning *warnings;
	const struct process *process;
	struct planted planted;
	size_t count;

	print_message("%s\n", damages[index].name);
	planted_prepare(&planted);
	damages[index].build(&planted);
	process = finish(&planted);
	count = warnings_of(&planted, &warnings);
	assert_non_null(process);
	assert_int_equal(process->pid, 5);
	if (damages[index].code == NO_WARNING)
		assert_true(count == 0 ||
			    (count == 1 && warnings->code == WARNING_DUPLICATE_MEMBER));
	else
		assert_true(has_warning(warnings, count, damages[index].code, damages[index].file,
					damages[index].bytes));
	planted_close(&planted);
}

static void damage_is_a_warning_and_the_rest_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++)
		run_damage(i);
}

static void nothing_is_missing_while_images_still_come(void **state)
{
	const struct warning *warnings;
	struct planted planted;

	(void)state;
	planted_prepare(&planted);
	no_tree(&planted);
	add_core(&planted, 6, 1);
	assert_int_equal(image_set_checkpoint(planted.images,
					      &(struct model_options){ .final = false },
					      &planted.checkpoint, NULL),
			 0);
	assert_int_equal(warnings_of(&planted, &warnings), 0);
	assert_int_equal(planted.checkpoint->process_count, 2);
	assert_int_equal(planted.checkpoint->processes[0].run_count, 1);
	planted_close(&planted);
}

static void pages_have_a_place_once_all_that_may_show_them_is_known(void **state)
{
	static const struct mapping mappings[] = {
		{ .start = 0x10000, .end = 0x12000, .status = STATUS_SHARED_MEMFD, .source = 8 }
	};
	static const struct item object[] = { { 0, 2, PRESENT } };
	struct planted planted;

	(void)state;
	planted_prepare(&planted);
	assert_false(image_set_places_pages(planted.images, 1));
	add_core(&planted, 5, 1);
	add_mm(&planted, 5, mappings, 1);
	add_pagemap(&planted, "pagemap-5.img", 1, one_page, 1);
	assert_false(image_set_places_pages(planted.images, 1));
	add_files(&planted);
	assert_false(image_set_places_pages(planted.images, 1));
	add_memfd(&planted, "payload");
	assert_false(image_set_places_pages(planted.images, 1));
	add_pagemap(&planted, "pagemap-shmem-77.img", 2, object, 1);
	assert_true(image_set_places_pages(planted.images, 1));
	assert_true(image_set_places_pages(planted.images, 2));
	assert_false(image_set_places_pages(planted.images, 3));
	add_core(&planted, 6, 1);
	assert_false(image_set_places_pages(planted.images, 1));
	planted_close(&planted);
}

static void shared_mapping_of(const char *name, enum vma_kind kind, const char *path)
{
	static const struct mapping mappings[] = { { .start = 0x10000,
						     .end = 0x12000,
						     .status = STATUS_SHARED_MEMFD,
						     .source = 8,
						     .offset = 4096,
						     .flags = 1 } };
	static const struct item object[] = { { 0, 2, PRESENT } };
	const struct process *process;
	struct planted planted;

	planted_prepare(&planted);
	add_process(&planted);
	add_mm(&planted, 5, mappings, 1);
	add_memfd(&planted, name);
	add_pagemap(&planted, "pagemap-shmem-77.img", 2, object, 1);
	add_pages(&planted, 2, 2);
	process = finish(&planted);
	assert_int_equal(process->vmas[0].kind, kind);
	assert_int_equal(process->vmas[0].backing, BACKING_OBJECT);
	assert_true(process->vmas[0].shared);
	assert_true(process->vmas[0].offset == 4096);
	assert_non_null(process->vmas[0].object);
	assert_true(process->vmas[0].object->id == 77);
	if (path)
		assert_string_equal(process->vmas[0].path, path);
	else
		assert_null(process->vmas[0].path);
	planted_close(&planted);
}

static void a_memory_file_named_dev_zero_is_shared_anonymous_memory(void **state)
{
	(void)state;
	shared_mapping_of("payload", VMA_MEMFD, "payload");
	shared_mapping_of("/dev/zero", VMA_SHARED, NULL);
}

static void a_file_that_was_deleted_while_open_is_told(void **state)
{
	static const struct mapping mappings[] = { { .start = 0x10000,
						     .end = 0x20000,
						     .status = STATUS_PRIVATE_FILE,
						     .source = 7,
						     .flags = 2 } };
	struct builder builder = { .length = 0 }, entry = { .length = 0 };
	const struct process *process;
	struct planted planted;

	(void)state;
	planted_prepare(&planted);
	add_process(&planted);
	add_mm(&planted, 5, mappings, 1);
	put_magic(&builder, IMAGE_REMAP_FPATH);
	put_number(&entry, 1, 7);
	put_number(&entry, 2, 1);
	put_number(&entry, 3, 1);
	put_entry(&builder, &entry);
	add(&planted, "remap-fpath.img", &builder);
	process = finish(&planted);
	assert_int_equal(process->vmas[0].kind, VMA_FILE);
	assert_int_equal(process->vmas[0].backing, BACKING_FILE);
	assert_true(process->vmas[0].deleted);
	assert_string_equal(process->vmas[0].path, "/bin/sleep");
	assert_int_equal(process->executable_state, EXECUTABLE_DELETED);
	planted_close(&planted);
}

static void a_pre_dump_is_no_checkpoint(void **state)
{
	struct planted planted;

	(void)state;
	planted_prepare(&planted);
	assert_false(image_set_has_inventory(planted.images));
	add_inventory(&planted, 0);
	assert_false(image_set_has_inventory(planted.images));
	assert_true(image_set_is_pre_dump(planted.images));
	add_inventory(&planted, 2);
	assert_true(image_set_has_inventory(planted.images));
	planted_close(&planted);
}

/* Many processes map many windows of an object in many pieces: the product is what must not be walked. */
static void windows_over_a_much_divided_object_end_at_a_limit(void **state)
{
	enum { PIECES = 1500, WINDOWS = 800, PROCESSES = 16 };
	static struct item pieces[PIECES];
	static struct mapping windows[WINDOWS];
	const struct warning *warnings;
	struct planted planted;
	bool limited = false;

	(void)state;
	planted_prepare(&planted);
	add_process(&planted);
	for (size_t i = 0; i < PIECES; i++)
		pieces[i] = (struct item){ 8192 * i, 1, i % 2 ? PRESENT : PARENT };
	add_pagemap(&planted, "pagemap-shmem-3.img", 2, pieces, PIECES);
	for (size_t i = 0; i < WINDOWS; i++)
		windows[i] = (struct mapping){ .start = (i + 1) << 32,
					       .end = ((i + 1) << 32) + 8192 * PIECES,
					       .status = STATUS_SYSV,
					       .source = 3 };
	for (uint32_t pid = 10; pid < 10 + PROCESSES; pid++)
		add_mm(&planted, pid, windows, WINDOWS);
	finish(&planted);
	for (size_t i = 0, count = warnings_of(&planted, &warnings); i < count; i++)
		limited |= warnings[i].code == WARNING_LIMIT;
	assert_true(limited);
	planted_close(&planted);
}

static void an_image_under_a_wrong_name_is_believed_and_told(void **state)
{
	const struct process *process;
	const struct warning *warnings;
	struct builder builder = { .length = 0 };
	struct planted planted;
	size_t count;

	(void)state;
	planted_prepare(&planted);
	no_core(&planted);
	put_core(&builder, 1, "other");
	add(&planted, "vmas-5.img", &builder);
	process = finish(&planted);
	count = warnings_of(&planted, &warnings);
	assert_true(has_warning(warnings, count, WARNING_CORRUPT, "vmas-5.img", 0));
	assert_string_equal(process->name, "other");
	planted_close(&planted);
}

static void pages_that_a_fork_of_criu_compresses_are_named(void **state)
{
	const struct stored_bytes bytes = { .length = 777 };
	const struct warning *warnings;
	struct planted planted;
	size_t count;

	(void)state;
	assert_true(image_set_wants_payload("pages-12.comp.img"));
	assert_false(image_set_wants_payload("pages-.comp.img"));
	assert_false(image_set_wants_payload("pages-12.img"));
	assert_false(image_set_wants_payload("pages-12.comp.img.old"));
	planted_prepare(&planted);
	no_pages(&planted);
	assert_int_equal(image_set_add_payload(planted.images, "pages-1.comp.img", bytes, NULL), 0);
	finish(&planted);
	count = warnings_of(&planted, &warnings);
	assert_int_equal(count, 2);
	assert_true(has_warning(warnings, count, WARNING_UNSUPPORTED, "pages-1.comp.img", 0));
	assert_true(has_warning(warnings, count, WARNING_UNSUPPORTED, "pages-1.img", 4096));
	planted_close(&planted);
}

static void the_digest_does_not_depend_on_the_order_of_images(void **state)
{
	uint8_t first[DIGEST_BYTES], second[DIGEST_BYTES], third[DIGEST_BYTES];
	struct planted planted;

	(void)state;
	planted_prepare(&planted);
	add_core(&planted, 5, 1);
	add_inventory(&planted, 2);
	assert_int_equal(image_set_digest(planted.images, first, NULL), 0);
	planted_close(&planted);
	planted_prepare(&planted);
	add_inventory(&planted, 2);
	add_files(&planted);
	add_core(&planted, 5, 1);
	assert_int_equal(image_set_digest(planted.images, second, NULL), 0);
	add_core(&planted, 6, 1);
	assert_int_equal(image_set_digest(planted.images, third, NULL), 0);
	planted_close(&planted);
	assert_memory_equal(first, second, DIGEST_BYTES);
	assert_memory_not_equal(first, third, DIGEST_BYTES);
}

static void a_real_checkpoint_has_no_warnings(void **state)
{
	const struct warning *warnings;
	struct planted planted;

	(void)state;
	planted_open(&planted, PLANTED);
	assert_int_equal(warnings_of(&planted, &warnings), 0);
	assert_int_equal(planted.checkpoint->process_count, 3);
	assert_string_equal(planted.checkpoint->processes[0].executable, "/plant");
	assert_int_equal(planted.checkpoint->processes[0].thread_count, 2);
	assert_int_equal(planted.checkpoint->processes[0].threads[0].id, 1);
	assert_string_equal(planted.checkpoint->processes[0].threads[1].name, "plant");
	assert_true(planted.checkpoint->processes[0].environment_start <
		    planted.checkpoint->processes[0].environment_end);
	assert_int_equal(planted.checkpoint->processes[1].ppid, 1);
	assert_int_equal(planted.checkpoint->object_count, 3);
	assert_true(image_set_places_pages(planted.images, 1));
	planted_close(&planted);
}

/* Every byte of every small image is spoiled in turn: whatever comes of it, nothing breaks. */
struct spoiled {
	char name[64];
	uint8_t *data;
	size_t length;
};
struct spoiling {
	struct spoiled images[64];
	size_t count;
};

static void collect_image(void *context, const char *name, uint8_t *data, size_t length)
{
	struct spoiling *all = context;

	if (!image_set_wants(name) || all->count == 64) {
		free(data);
		return;
	}
	snprintf(all->images[all->count].name, sizeof(all->images[0].name), "%s", name);
	all->images[all->count].data = data;
	all->images[all->count++].length = length;
}

static void try_spoiled(const struct spoiling *all, size_t which, size_t at, uint8_t mask,
			size_t keep)
{
	struct planted planted;

	planted_prepare(&planted);
	for (size_t i = 0; i < all->count; i++) {
		const struct spoiled *image = &all->images[i];
		size_t length = i == which ? keep : image->length;
		uint8_t *copy = malloc(length + 1);

		assert_non_null(copy);
		memcpy(copy, image->data, length);
		if (i == which && at < length)
			copy[at] ^= mask;
		assert_int_equal(image_set_add(planted.images, image->name, copy, length, NULL), 0);
	}
	for (uint64_t id = 1; id <= 6; id++)
		assert_int_equal(
			image_set_add_pages(planted.images, id, 0, 0, UINT64_C(1) << 22, NULL), 0);
	finish(&planted);
	planted_close(&planted);
}

static void no_spoiled_byte_breaks_anything(void **state)
{
	struct spoiling all = { .count = 0 };
	uint32_t random = 1;

	(void)state;
	planted_each(PLANTED, collect_image, &all);
	assert_true(all.count > 10);
	for (size_t round = 0; round < 3000; round++) {
		random = random * 1664525 + 1013904223;

		size_t which = (random >> 8) % all.count, length = all.images[which].length;

		random = random * 1664525 + 1013904223;
		try_spoiled(&all, which, (random >> 8) % length, (uint8_t)(1u << (round % 8)),
			    round % 4 ? length : (random >> 12) % length);
	}
	for (size_t i = 0; i < all.count; i++)
		free(all.images[i].data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_is_put_together_from_its_images),
		cmocka_unit_test(threads_are_listed_by_id_with_their_names),
		cmocka_unit_test(damage_is_a_warning_and_the_rest_is_kept),
		cmocka_unit_test(nothing_is_missing_while_images_still_come),
		cmocka_unit_test(pages_have_a_place_once_all_that_may_show_them_is_known),
		cmocka_unit_test(a_memory_file_named_dev_zero_is_shared_anonymous_memory),
		cmocka_unit_test(a_file_that_was_deleted_while_open_is_told),
		cmocka_unit_test(a_pre_dump_is_no_checkpoint),
		cmocka_unit_test(windows_over_a_much_divided_object_end_at_a_limit),
		cmocka_unit_test(an_image_under_a_wrong_name_is_believed_and_told),
		cmocka_unit_test(pages_that_a_fork_of_criu_compresses_are_named),
		cmocka_unit_test(the_digest_does_not_depend_on_the_order_of_images),
		cmocka_unit_test(a_real_checkpoint_has_no_warnings),
		cmocka_unit_test(no_spoiled_byte_breaks_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
