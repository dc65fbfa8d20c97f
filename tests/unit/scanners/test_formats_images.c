/* What CRIU's versions and machines write, row by row: images made by hand become a model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "tests/unit/scanners/image_builder.h"
#include "tests/unit/scanners/planted.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NO_WARNING WARNING_CODES
#define PID 5

/* How the words around messages are written. */
enum framing { FRAMED, FRAMED_V1_0, FRAMED_BIG_ENDIAN };

/* A checkpoint of one process before it is given to the set. */
struct made {
	struct planted planted;
	enum framing framing;
	struct builder tree, core, mm, pagemap, inventory;
	uint64_t page_bytes, pages;
};

static void begin(struct builder *builder, enum image_kind kind)
{
	builder->length = 0;
	put_magic(builder, kind);
}

/* Rewrites the magic and the lengths of entries. */
static void reframe(struct builder *out, const struct builder *in, enum framing framing)
{
	size_t at = 0;
	bool common = memcmp(in->bytes, "\x19\x43\x56\x54", 4) == 0;
	size_t words = common ? 2 : 1;

	out->length = 0;
	while (at < in->length) {
		uint32_t word;

		memcpy(&word, in->bytes + at, 4);
		if (framing == FRAMED_BIG_ENDIAN)
			put_word(out, __builtin_bswap32(word));
		else if (framing != FRAMED_V1_0 || !common || at != 0)
			put_word(out, word);
		at += 4;
		if (words && --words)
			continue;
		if (at > (common ? 8u : 4u)) {
			put_bytes(out, in->bytes + at, word);
			at += word;
		}
	}
}

static void give(struct made *made, const char *name, const struct builder *builder)
{
	struct builder framed;

	if (!builder->length)
		return;
	reframe(&framed, builder, made->framing);
	assert_int_equal(image_set_add(made->planted.images, name, builder_copy(&framed),
				       framed.length, NULL),
			 0);
}

static void give_named(struct made *made, const char *format, uint64_t number,
		       const struct builder *builder)
{
	char name[64];

	snprintf(name, sizeof(name), format, (unsigned long long)number);
	give(made, name, builder);
}

static void put_inventory(struct builder *builder, int64_t version)
{
	struct builder entry = { .length = 0 };

	begin(builder, IMAGE_INVENTORY);
	if (version >= 0)
		put_number(&entry, 1, (uint64_t)version);
	put_number(&entry, 2, 1);
	put_entry(builder, &entry);
}

static void put_tree(struct builder *builder)
{
	struct builder entry = { .length = 0 };

	begin(builder, IMAGE_PROCESS_TREE);
	put_number(&entry, 1, PID);
	put_number(&entry, 5, PID);
	put_entry(builder, &entry);
}

static const struct mapping heap[] = { { .start = 0x10000, .end = 0x60000, .status = 0x221 } };
static const struct item two_pages[] = { { 0x20000, 2, PRESENT } };

static void prepare(struct made *made)
{
	memset(made, 0, sizeof(*made));
	planted_prepare(&made->planted);
	put_inventory(&made->inventory, 2);
	put_tree(&made->tree);
	put_core(&made->core, 1, "sleep");
	put_mm(&made->mm, heap, COUNT(heap));
	put_pagemap(&made->pagemap, 1, two_pages, COUNT(two_pages));
	made->page_bytes = 4096;
	made->pages = 2;
}

static const struct process *finish(struct made *made)
{
	const struct model_options options = { .final = true };
	uint64_t length = made->page_bytes * made->pages;
	uint32_t file;

	give(made, "inventory.img", &made->inventory);
	give(made, "pstree.img", &made->tree);
	give_named(made, "core-%llu.img", PID, &made->core);
	give_named(made, "mm-%llu.img", PID, &made->mm);
	give_named(made, "pagemap-%llu.img", PID, &made->pagemap);
	if (made->pages) {
		assert_int_equal(file_table_add_memory(made->planted.files,
						       calloc(1, (size_t)length), (size_t)length,
						       "pages", &file, NULL),
				 0);
		assert_int_equal(
			image_set_add_pages(made->planted.images, 1, file, 0, length, NULL), 0);
	}
	assert_int_equal(image_set_checkpoint(made->planted.images, &options,
					      &made->planted.checkpoint, NULL),
			 0);
	assert_int_equal(made->planted.checkpoint->process_count, 1);
	return &made->planted.checkpoint->processes[0];
}

static void assert_only(struct made *made, enum warning_code code, const char *file)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(made->planted.warnings, &count);

	if (count && code == NO_WARNING)
		print_message("\t%s\n", warnings->message);
	assert_int_equal(count, code != NO_WARNING);
	if (!count)
		return;
	assert_int_equal(warnings->code, code);
	assert_string_equal(warnings->file, file);
}

/* Inventory. */

static const struct {
	int64_t version; /* -1: not there */
	bool checkpoint, pre_dump;
	enum warning_code code;
} versions[] = {
	{ -1, true, false, NO_WARNING },	  { 0, false, true, NO_WARNING },
	{ 1, true, false, NO_WARNING },		  { 2, true, false, NO_WARNING },
	{ 3, true, false, NO_WARNING },		  { 4, true, false, WARNING_UNSUPPORTED },
	{ 77, true, false, WARNING_UNSUPPORTED },
};

static void the_inventory_tells_a_checkpoint_from_a_pre_dump(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		struct made made;
		const struct process *process;

		print_message("version %lld\n", (long long)versions[i].version);
		prepare(&made);
		put_inventory(&made.inventory, versions[i].version);
		process = finish(&made);
		assert_int_equal(image_set_has_inventory(made.planted.images),
				 versions[i].checkpoint);
		assert_int_equal(image_set_is_pre_dump(made.planted.images), versions[i].pre_dump);
		assert_int_equal(image_set_version(made.planted.images),
				 versions[i].version < 0 ? 0 : versions[i].version);
		assert_int_equal(process->run_count, 1);
		assert_only(&made, versions[i].code, "inventory.img");
		planted_close(&made.planted);
	}
}

/* Frames. */

static void every_framing_gives_the_same_model(void **state)
{
	static const char *const names[] = { "v1.1", "v1.0", "big-endian" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct made made;
		const struct process *process;

		print_message("%s\n", names[i]);
		prepare(&made);
		made.framing = (enum framing)i;
		process = finish(&made);
		assert_int_equal(process->pid, PID);
		assert_string_equal(process->name, "sleep");
		assert_int_equal(process->vma_count, 1);
		assert_int_equal(process->run_count, 1);
		assert_true(process->runs[0].address == 0x20000 &&
			    process->runs[0].length == 0x2000 && !process->runs[0].lost);
		assert_only(&made, NO_WARNING, NULL);
		planted_close(&made.planted);
	}
}

/* Page sizes. */

static void put_vector(struct builder *builder, uint64_t page_bytes)
{
	struct builder mm = { .length = 0 };

	begin(builder, IMAGE_MM);
	if (page_bytes) {
		put_number(&mm, 13, 6);
		put_number(&mm, 13, page_bytes);
	}
	put_mapping(&mm, heap);
	put_entry(builder, &mm);
}

static void put_machine(struct builder *builder, uint32_t machine)
{
	struct builder core = { .length = 0 }, task = { .length = 0 };

	begin(builder, IMAGE_CORE);
	put_number(&core, 1, machine);
	put_number(&task, 1, 1);
	put_message(&core, 3, &task);
	put_entry(builder, &core);
}

static const struct {
	const char *name;
	uint64_t vector; /* 0: says nothing */
	uint32_t machine;
	uint64_t image_page_bytes; /* the length of the pages image, by its pages; 0: odd */
	uint64_t expected;
} page_sizes[] = {
	{ "x86-64 says 4 KiB", 4096, 1, 4096, 4096 },
	{ "aarch64 says 16 KiB", 16384, 3, 16384, 16384 },
	{ "aarch64 says 64 KiB", 65536, 3, 65536, 65536 },
	{ "the vector is believed before the image", 4096, 3, 65536, 4096 },
	{ "the image tells where no vector does", 0, 3, 65536, 65536 },
	{ "4 KiB by the image, against the machine's", 0, 4, 4096, 4096 },
	{ "ppc64 has 64 KiB", 0, 4, 0, 65536 },
	{ "loongarch64 has 16 KiB", 0, 7, 0, 16384 },
	{ "aarch64 mostly has 4 KiB", 0, 3, 0, 4096 },
	{ "mips mostly has 4 KiB", 0, 6, 0, 4096 },
	{ "16 KiB by the image", 0, 6, 16384, 16384 },
	{ "s390x has 4 KiB", 0, 5, 0, 4096 },
	{ "riscv64 has 4 KiB", 0, 8, 0, 4096 },
	{ "an image of no pages of any size", 0, 1, 5000, 4096 },
};

static void the_size_of_a_page_is_told_by_what_knows_it_best(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(page_sizes); i++) {
		struct made made;
		const struct process *process;
		uint64_t page = page_sizes[i].image_page_bytes;

		print_message("%s\n", page_sizes[i].name);
		prepare(&made);
		put_vector(&made.mm, page_sizes[i].vector);
		put_machine(&made.core, page_sizes[i].machine);
		made.page_bytes = page ? page : 100001;
		process = finish(&made);
		assert_true(process->page_bytes == page_sizes[i].expected);
		assert_true(process->runs[0].address == 0x20000);
		assert_true(process->runs[0].length == 2 * page_sizes[i].expected);
		assert_false(process->runs[0].lost);
		planted_close(&made.planted);
	}
}

static void put_items(struct builder *builder, const struct item *items, size_t count)
{
	builder->length = 0;
	put_pagemap(builder, 1, items, count);
}

static void an_address_inside_of_a_large_page_is_no_entry(void **state)
{
	static const struct item items[] = { { 0x21000, 1, PRESENT }, { 0x30000, 1, PRESENT } };
	struct made made;
	const struct process *process;

	(void)state;
	prepare(&made);
	put_vector(&made.mm, 65536);
	put_items(&made.pagemap, items, COUNT(items));
	made.page_bytes = 65536;
	process = finish(&made);
	assert_int_equal(process->run_count, 1);
	assert_true(process->runs[0].address == 0x30000 && process->runs[0].offset == 65536);
	assert_only(&made, WARNING_CORRUPT, "pagemap-5.img");
	planted_close(&made.planted);
}

/* Page maps. */

static void put_field(struct builder *entry, uint32_t field, int64_t value)
{
	if (value >= 0)
		put_number(entry, field, (uint64_t)value);
}

static const struct {
	const char *name;
	int64_t old_count, in_parent, flags, count; /* -1: not there */
	uint64_t pages_stored; /* in the image */
	uint64_t pages; /* of the run; 0: none */
	bool lost;
	enum warning_code code;
} entries[] = {
	{ "CRIU 4.2: the count is in the new field", 0, -1, 4, 2, 2, 2, false, NO_WARNING },
	{ "until 4.1: the count is in the old field", 2, -1, 4, -1, 2, 2, false, NO_WARNING },
	{ "before 3.5: no flags", 2, -1, -1, -1, 2, 2, false, NO_WARNING },
	{ "before 3.5: not in the parent", 2, 0, -1, -1, 2, 2, false, NO_WARNING },
	{ "before 3.5: in the parent", 2, 1, -1, -1, 0, 2, true, WARNING_MISSING_PARENT },
	{ "in the parent by both marks", 0, 1, 1, 2, 0, 2, true, WARNING_MISSING_PARENT },
	{ "lazy and present", 0, -1, 6, 2, 2, 2, false, NO_WARNING },
	{ "lazy alone", 0, -1, 2, 2, 0, 2, true, WARNING_LAZY_PAGES },
	{ "lazy in the parent", 0, -1, 3, 2, 0, 2, true, WARNING_MISSING_PARENT },
	{ "no flag at all", 0, -1, 0, 2, 0, 2, true, WARNING_CORRUPT },
	{ "present and in the parent", 0, -1, 5, 2, 2, 2, true, WARNING_CORRUPT },
	{ "present by its flag and in the parent by the old mark", 0, 1, 4, 2, 2, 2, true,
	  WARNING_CORRUPT },
	{ "aligned and not present", 0, -1, 9, 2, 0, 2, true, WARNING_UNKNOWN_ENCODING },
	{ "no pages", 0, -1, 4, 0, 0, 0, false, WARNING_CORRUPT },
};

static void an_entry_is_read_as_its_version_wrote_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(entries); i++) {
		struct builder entry = { .length = 0 };
		struct made made;
		const struct process *process;

		print_message("%s\n", entries[i].name);
		prepare(&made);
		put_items(&made.pagemap, NULL, 0);
		put_number(&entry, 1, 0x20000);
		put_field(&entry, 2, entries[i].old_count);
		put_field(&entry, 3, entries[i].in_parent);
		put_field(&entry, 4, entries[i].flags);
		put_field(&entry, 5, entries[i].count);
		put_entry(&made.pagemap, &entry);
		made.pages = entries[i].pages_stored;
		process = finish(&made);
		assert_int_equal(process->run_count, entries[i].pages != 0);
		if (process->run_count) {
			assert_true(process->runs[0].length == entries[i].pages * 4096);
			assert_int_equal(process->runs[0].lost, entries[i].lost);
		}
		assert_only(&made, entries[i].code, "pagemap-5.img");
		planted_close(&made.planted);
	}
}

static void a_page_map_with_only_its_head_needs_no_pages(void **state)
{
	struct made made;

	(void)state;
	prepare(&made);
	put_items(&made.pagemap, NULL, 0);
	made.pages = 0;
	assert_int_equal(finish(&made)->run_count, 0);
	assert_only(&made, NO_WARNING, NULL);
	planted_close(&made.planted);
}

/* An entry of no bytes is one of defaults: no pages here. */
static void an_entry_of_no_bytes_is_no_end(void **state)
{
	static const struct builder nothing = { .length = 0 };
	struct made made;
	const struct process *process;

	(void)state;
	prepare(&made);
	put_items(&made.pagemap, NULL, 0);
	put_entry(&made.pagemap, &nothing);
	put_item(&made.pagemap, &two_pages[0]);
	process = finish(&made);
	assert_int_equal(process->run_count, 1);
	assert_false(process->runs[0].lost);
	assert_only(&made, WARNING_CORRUPT, "pagemap-5.img");
	planted_close(&made.planted);
}

/* Mappings. */

static void give_objects(struct made *made)
{
	static const struct item page = { 0, 1, LAZY };
	struct builder files = { .length = 0 }, file = { .length = 0 }, regular = { .length = 0 },
		       memory_file = { .length = 0 }, inode = { .length = 0 },
		       memfds = { .length = 0 }, memfd = { .length = 0 }, map = { .length = 0 };

	put_magic(&files, IMAGE_FILES);
	put_number(&file, 1, 1);
	put_number(&file, 2, 7);
	put_number(&regular, 1, 7);
	put_text(&regular, 6, "/bin/sleep");
	put_message(&file, 3, &regular);
	put_entry(&files, &file);
	put_number(&memory_file, 1, 18);
	put_number(&memory_file, 2, 8);
	put_number(&inode, 5, 500);
	put_message(&memory_file, 20, &inode);
	put_entry(&files, &memory_file);
	give(made, "files.img", &files);
	put_magic(&memfds, IMAGE_MEMFD);
	put_text(&memfd, 1, "payload");
	put_number(&memfd, 4, 8192);
	put_number(&memfd, 5, 77);
	put_number(&memfd, 7, 500);
	put_entry(&memfds, &memfd);
	give(made, "memfd.img", &memfds);
	put_pagemap(&map, 9, &page, 0);
	give(made, "pagemap-shmem-0.img", &map);
	give(made, "pagemap-shmem-7.img", &map);
	give(made, "pagemap-shmem-77.img", &map);
}

enum { NO_OBJECT = -1 };

static const struct {
	const char *name;
	uint32_t status, flags;
	uint64_t source;
	enum vma_kind kind;
	enum backing backing;
	const char *path;
	int64_t object;
} vmas[] = {
	{ "private anonymous", 0x201, 0x22, 0, VMA_ANONYMOUS, BACKING_ZERO, NULL, NO_OBJECT },
	{ "private anonymous with a meaningless id", 0x201, 0x22, 7, VMA_ANONYMOUS, BACKING_ZERO,
	  NULL, NO_OBJECT },
	{ "heap", 0x221, 0x22, 0, VMA_HEAP, BACKING_ZERO, "[heap]", NO_OBJECT },
	{ "stack", 0x201, 0x122, 0, VMA_STACK, BACKING_ZERO, "[stack]", NO_OBJECT },
	{ "private file", 0x41, 0x2, 7, VMA_FILE, BACKING_FILE, "/bin/sleep", NO_OBJECT },
	{ "shared file", 0x81, 0x1, 7, VMA_FILE, BACKING_FILE, "/bin/sleep", NO_OBJECT },
	{ "shared memory file", 0x4081, 0x1, 8, VMA_MEMFD, BACKING_OBJECT, "payload", 77 },
	{ "private memory file", 0x4041, 0x2, 8, VMA_MEMFD, BACKING_OBJECT, "payload", 77 },
	{ "System V", 0x501, 0x21, 7, VMA_SYSV, BACKING_OBJECT, NULL, 7 },
	{ "System V, id 0", 0x501, 0x21, 0, VMA_SYSV, BACKING_OBJECT, NULL, 0 },
	{ "shared anonymous by inode", 0x101, 0x21, 7, VMA_SHARED, BACKING_OBJECT, NULL, 7 },
	{ "ring of a packet socket", 0x801, 0x1, 7, VMA_OTHER, BACKING_NOTHING, NULL, NO_OBJECT },
	{ "vdso", 0x209, 0x22, 0, VMA_VDSO, BACKING_NOTHING, "[vdso]", NO_OBJECT },
	{ "vvar", 0x1201, 0x22, 0, VMA_OTHER, BACKING_NOTHING, "[vvar]", NO_OBJECT },
	{ "vsyscall", 0x204, 0x22, 0, VMA_OTHER, BACKING_NOTHING, "[vsyscall]", NO_OBJECT },
	{ "AIO ring", 0x2201, 0x22, 0, VMA_OTHER, BACKING_NOTHING, "/[aio]", NO_OBJECT },
	{ "shadow stack", 0x8201, 0x22, 0, VMA_ANONYMOUS, BACKING_ZERO, NULL, NO_OBJECT },
	{ "uprobes", 0x20201, 0x22, 0, VMA_OTHER, BACKING_NOTHING, "[uprobes]", NO_OBJECT },
	{ "memory of a device", 0x8000041, 0x1, 7, VMA_OTHER, BACKING_NOTHING, "/bin/sleep",
	  NO_OBJECT },
	{ "memory of a device without a name", 0x8000041, 0x1, 0, VMA_OTHER, BACKING_NOTHING, NULL,
	  NO_OBJECT },
	{ "droppable", 0x201, 0x2a, 0, VMA_ANONYMOUS, BACKING_NOTHING, NULL, NO_OBJECT },
	{ "huge pages", 0x201, 0x54040022, 0, VMA_ANONYMOUS, BACKING_ZERO, NULL, NO_OBJECT },
	{ "a guard's bit among others", 0x10201, 0x22, 0, VMA_ANONYMOUS, BACKING_ZERO, NULL,
	  NO_OBJECT },
};

static void what_a_mapping_shows_is_told_by_its_status(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vmas); i++) {
		const struct mapping mapping = { .start = 0x20000,
						 .end = 0x30000,
						 .status = vmas[i].status,
						 .flags = vmas[i].flags,
						 .source = vmas[i].source,
						 .offset = 4096 };
		struct made made;
		const struct vma *vma;

		print_message("%s\n", vmas[i].name);
		prepare(&made);
		made.mm.length = 0;
		put_mm(&made.mm, &mapping, 1);
		give_objects(&made);
		assert_int_equal(finish(&made)->vma_count, 1);
		vma = &made.planted.checkpoint->processes[0].vmas[0];
		assert_int_equal(vma->kind, vmas[i].kind);
		assert_int_equal(vma->backing, vmas[i].backing);
		assert_int_equal(!vma->path, !vmas[i].path);
		if (vma->path)
			assert_string_equal(vma->path, vmas[i].path);
		assert_int_equal(!vma->object, vmas[i].object == NO_OBJECT);
		if (vma->object)
			assert_true(vma->object->id == (uint64_t)vmas[i].object);
		if (vma->backing == BACKING_OBJECT || vma->backing == BACKING_FILE)
			assert_true(vma->offset == 4096);
		assert_only(&made, NO_WARNING, NULL);
		planted_close(&made.planted);
	}
}

/* The kernel's list has them behind all others, inside of these. */
static void guard_ranges_are_no_mappings(void **state)
{
	static const struct mapping mappings[] = {
		{ .start = 0x10000, .end = 0x60000, .status = 0x201 },
		{ .start = 0x50000, .end = 0x51000, .status = 0x10000 },
		{ .start = 0x30000, .end = 0x31000, .status = 0x10000 },
	};
	struct made made;
	const struct process *process;

	(void)state;
	prepare(&made);
	made.mm.length = 0;
	put_mm(&made.mm, mappings, COUNT(mappings));
	process = finish(&made);
	assert_int_equal(process->vma_count, 1);
	assert_int_equal(process->guard_count, 2);
	assert_true(process->guards[0].start == 0x30000 && process->guards[1].end == 0x51000);
	assert_only(&made, NO_WARNING, NULL);
	planted_close(&made.planted);
}

static const struct {
	const char *name;
	uint64_t start, end;
} places[] = {
	{ "the lowest page", 0, 0x1000 },
	{ "the end of 47 bits", 0x7ffffffff000, 0x800000000000 },
	{ "five levels of page tables", 0xfffffffffff000, 0x100000000000000 },
	{ "52 bits", 0xffffffffff000, 0x10000000000000 },
	{ "the vsyscall page", 0xffffffffff600000, 0xffffffffff601000 },
	{ "nearly all of 64 bits", 0xfffffffffffe0000, 0xfffffffffffff000 },
};

static void addresses_are_numbers_without_sign(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		const struct mapping mapping = { .start = places[i].start,
						 .end = places[i].end,
						 .status = 0x201 };
		const struct item item = { places[i].end - 4096, 1, PRESENT };
		struct made made;
		const struct process *process;

		print_message("%s\n", places[i].name);
		prepare(&made);
		made.mm.length = 0;
		put_mm(&made.mm, &mapping, 1);
		put_items(&made.pagemap, &item, 1);
		made.pages = 1;
		process = finish(&made);
		assert_int_equal(process->vma_count, 1);
		assert_true(process->vmas[0].start == places[i].start &&
			    process->vmas[0].end == places[i].end);
		assert_true(process->runs[0].address == item.address && !process->runs[0].lost);
		assert_only(&made, NO_WARNING, NULL);
		planted_close(&made.planted);
	}
}

/* Before CRIU 2.0 mappings stood in an image of their own. */
static void old_images_of_mappings_matter_only_where_there_are_no_others(void **state)
{
	struct builder old = { .length = 0 };
	struct made made;

	(void)state;
	put_magic(&old, IMAGE_OLD_VMAS);
	prepare(&made);
	give_named(&made, "vmas-%llu.img", PID, &old);
	finish(&made);
	assert_only(&made, NO_WARNING, NULL);
	planted_close(&made.planted);
	prepare(&made);
	made.mm.length = 0;
	put_mm(&made.mm, NULL, 0);
	give_named(&made, "vmas-%llu.img", PID, &old);
	assert_int_equal(finish(&made)->vma_count, 0);
	assert_only(&made, WARNING_UNSUPPORTED, "vmas-5.img");
	planted_close(&made.planted);
}

static void a_process_may_have_no_mappings(void **state)
{
	struct made made;

	(void)state;
	prepare(&made);
	made.mm.length = 0;
	put_mm(&made.mm, NULL, 0);
	assert_int_equal(finish(&made)->vma_count, 0);
	assert_int_equal(made.planted.checkpoint->processes[0].run_count, 1);
	assert_only(&made, NO_WARNING, NULL);
	planted_close(&made.planted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_inventory_tells_a_checkpoint_from_a_pre_dump),
		cmocka_unit_test(every_framing_gives_the_same_model),
		cmocka_unit_test(the_size_of_a_page_is_told_by_what_knows_it_best),
		cmocka_unit_test(an_address_inside_of_a_large_page_is_no_entry),
		cmocka_unit_test(an_entry_is_read_as_its_version_wrote_it),
		cmocka_unit_test(a_page_map_with_only_its_head_needs_no_pages),
		cmocka_unit_test(an_entry_of_no_bytes_is_no_end),
		cmocka_unit_test(what_a_mapping_shows_is_told_by_its_status),
		cmocka_unit_test(guard_ranges_are_no_mappings),
		cmocka_unit_test(addresses_are_numbers_without_sign),
		cmocka_unit_test(old_images_of_mappings_matter_only_where_there_are_no_others),
		cmocka_unit_test(a_process_may_have_no_mappings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
