#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanners/file_pages.h"
#include "scanners/process_memory.h"
#include "tests/unit/scanners/made_elf.h"

#define PAGE UINT64_C(0x1000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CAPTURED 4
#define ID_BYTES 8

/* A file by its length, and its build id if that is not 0. */
struct made_file {
	size_t length;
	uint8_t id;
};

struct fixture {
	struct file_table *files;
	struct warning_list *warnings;
	struct arena *arena;
	struct captured_list captured;
	struct checkpoint checkpoint;
	char *root;
	struct rootfs *rootfs;
	const char **paths;
	size_t path_count, path_capacity;
};

static uint8_t *make_bytes(const struct made_file *file)
{
	uint8_t *data = calloc(1, file->length + MADE_ELF_BYTES), id[ID_BYTES];

	assert_non_null(data);
	for (size_t i = 0; i < file->length; i++)
		data[i] = (uint8_t)('a' + i % 26);
	memset(id, file->id, sizeof(id));
	if (file->id)
		made_elf(data, id, sizeof(id));
	return data;
}

static void fixture_open(struct fixture *fixture)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };

	memset(fixture, 0, sizeof(*fixture));
	assert_int_equal(file_table_new(&fixture->files, &options, NULL), 0);
	assert_int_equal(warning_list_new(&fixture->warnings, NULL), 0);
	fixture->arena = arena_new(0);
	fixture->captured.arena = fixture->arena;
	fixture->checkpoint.arena = fixture->arena;
	fixture->root = strdup("/tmp/test_file_pages_XXXXXX");
	assert_non_null(mkdtemp(fixture->root));
}

static void remove_root(const struct fixture *fixture)
{
	static const char *const names[] = { "lib/x", "lib" };
	char path[256];

	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", fixture->root, names[i]);
		remove(path);
	}
	rmdir(fixture->root);
}

static void fixture_close(struct fixture *fixture)
{
	rootfs_free(fixture->rootfs);
	captured_list_release(&fixture->captured);
	warning_list_free(fixture->warnings);
	file_table_free(fixture->files);
	arena_free(fixture->arena);
	free(fixture->paths);
	remove_root(fixture);
	free(fixture->root);
}

/* /lib/x of the image. */
static void put_into_root(const struct fixture *fixture, const struct made_file *file)
{
	uint8_t *data = make_bytes(file);
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/lib", fixture->root);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/lib/x", fixture->root);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, file->length, out), file->length);
	fclose(out);
	free(data);
}

static uint32_t add_captured(struct fixture *fixture, enum captured_origin origin, const char *path,
			     const struct made_file *file, uint64_t file_id)
{
	struct captured captured = { .kind = TARGET_FILE,
				     .origin = origin,
				     .path = path,
				     .file_id = file_id,
				     .has_file_id = file_id != 0 };
	struct stored_bytes bytes = { .length = file->length };

	assert_int_equal(file_table_add_memory(fixture->files, make_bytes(file), file->length, path,
					       &bytes.file, NULL),
			 0);
	assert_int_equal(captured_list_whole(&fixture->captured, bytes, &captured.content, NULL),
			 0);
	assert_int_equal(captured_list_add(&fixture->captured, &captured, NULL), 0);
	return bytes.file;
}

static void resolve(struct fixture *fixture)
{
	assert_int_equal(file_pages_wanted(&fixture->checkpoint, &fixture->captured,
					   &fixture->paths, &fixture->path_count,
					   &fixture->path_capacity, NULL),
			 0);
	assert_int_equal(rootfs_new(&fixture->rootfs, fixture->paths, fixture->path_count,
				    fixture->files, fixture->warnings, NULL, NULL),
			 0);
	assert_int_equal(rootfs_add_path(fixture->rootfs, fixture->root, NULL), 0);
	assert_int_equal(file_pages_resolve(&fixture->checkpoint, &fixture->captured,
					    fixture->rootfs, fixture->files, fixture->warnings,
					    NULL),
			 0);
}

#define NOBODY UINT32_MAX
#define IMAGE (UINT32_MAX - 1)

/* One process maps one file. */
static const struct {
	const char *name;
	struct open_file file;
	const char *build_id; /* that its images have; NULL: none */
	struct {
		enum captured_origin origin;
		const char *path;
		struct made_file file;
		uint64_t id;
	} captured[CAPTURED];
	struct made_file image; /* length 0: it has none */
	uint32_t found; /* index of a captured file, IMAGE or NOBODY */
	const char *refused; /* what the warning says; NULL: none */
} cases[] = {
	{ .name = "a file of the image",
	  .file = { .path = "/lib/x", .has_size = true, .size = 5000 },
	  .image = { 5000, 0 },
	  .found = IMAGE },
	{ .name = "an image that does not have it",
	  .file = { .path = "/lib/x", .has_size = true, .size = 5000 },
	  .found = NOBODY },
	{ .name = "an image whose file is larger",
	  .file = { .path = "/lib/x", .has_size = true, .size = 5000 },
	  .image = { 5001, 0 },
	  .found = NOBODY,
	  .refused = "the image's file has 5001 bytes, the one that was mapped had 5000" },
	{ .name = "a size that nobody noted is no reason to refuse",
	  .file = { .path = "/lib/x" },
	  .image = { 5001, 0 },
	  .found = IMAGE },
	{ .name = "the same build id",
	  .file = { .path = "/lib/x", .has_size = true, .size = 5000 },
	  .build_id = "77777777",
	  .image = { 5000, '7' },
	  .found = IMAGE },
	{ .name = "another build id in a file of the same size",
	  .file = { .path = "/lib/x", .has_size = true, .size = 5000 },
	  .build_id = "88888888",
	  .image = { 5000, '7' },
	  .found = NOBODY,
	  .refused = "has the build id 3737373737373737, the one that was mapped had "
		     "3838383838383838" },
	{ .name = "no build id in a file of the same size",
	  .file = { .path = "/lib/x", .has_size = true, .size = 5000 },
	  .build_id = "88888888",
	  .image = { 5000, 0 },
	  .found = NOBODY,
	  .refused = "has no build id, the one that was mapped had 3838383838383838" },
	{ .name = "a build id that nobody noted is not compared",
	  .file = { .path = "/lib/x", .has_size = true, .size = 5000 },
	  .image = { 5000, '7' },
	  .found = IMAGE },
	{ .name = "what the container changed goes before the image",
	  .file = { .path = "/lib/x", .has_size = true, .size = 5000 },
	  .captured = { { ORIGIN_ROOTFS_DIFF, "/lib/x", { 5000, 0 }, 0 } },
	  .image = { 5000, 0 },
	  .found = 0 },
	{ .name = "what the container changed is not what was mapped: the image's neither",
	  .file = { .path = "/lib/x", .has_size = true, .size = 5000 },
	  .captured = { { ORIGIN_ROOTFS_DIFF, "/lib/x", { 4000, 0 }, 0 } },
	  .image = { 5000, 0 },
	  .found = NOBODY,
	  .refused = "the captured file has 4000 bytes" },
	{ .name = "a mounted volume goes before what lies below",
	  .file = { .path = "/lib/x", .has_size = true, .size = 5000 },
	  .captured = { { ORIGIN_ROOTFS_DIFF, "/lib/x", { 5000, 0 }, 0 },
			{ ORIGIN_VOLUME, "/lib/x", { 5000, 0 }, 0 } },
	  .found = 1 },
	{ .name = "of two that were captured the one that is the same",
	  .file = { .path = "/lib/x", .has_size = true, .size = 5000 },
	  .captured = { { ORIGIN_ROOTFS_DIFF, "/lib/x", { 5000, 0 }, 0 },
			{ ORIGIN_VOLUME, "/lib/x", { 100, 0 }, 0 } },
	  .found = 0 },
	{ .name = "shared memory",
	  .file = { .path = "/dev/shm/segment", .has_size = true, .size = 8192 },
	  .captured = { { ORIGIN_SHM, "/dev/shm/segment", { 8192, 0 }, 0 } },
	  .found = 0 },
	{ .name = "tmpfs",
	  .file = { .path = "/run/x", .has_size = true, .size = 8192 },
	  .captured = { { ORIGIN_TMPFS, "/run/x", { 8192, 0 }, 0 } },
	  .found = 0 },
	{ .name = "a log is no file that was mapped",
	  .file = { .path = "/lib/x", .has_size = true, .size = 5000 },
	  .captured = { { ORIGIN_LOG, "/lib/x", { 5000, 0 }, 0 } },
	  .image = { 5000, 0 },
	  .found = IMAGE },
	{ .name = "a deleted file by its id",
	  .file = { .id = 9, .path = "/lib/x", .deleted = true, .has_size = true, .size = 5000 },
	  .captured = { { ORIGIN_DELETED, "/lib/x", { 5000, 0 }, 8 },
			{ ORIGIN_DELETED, "/lib/x", { 5000, 0 }, 9 },
			{ ORIGIN_ROOTFS_DIFF, "/lib/x", { 5000, 0 }, 0 } },
	  .image = { 5000, 0 },
	  .found = 1 },
	{ .name = "a deleted file by its path, under another id",
	  .file = { .id = 9, .path = "/lib/x", .deleted = true, .has_size = true, .size = 5000 },
	  .captured = { { ORIGIN_DELETED, "/lib/x", { 5000, 0 }, 8 } },
	  .found = 0 },
	{ .name = "one of two deleted files of one path, and nobody knows which",
	  .file = { .id = 9, .path = "/lib/x", .deleted = true, .has_size = true, .size = 5000 },
	  .captured = { { ORIGIN_DELETED, "/lib/x", { 5000, 0 }, 8 },
			{ ORIGIN_DELETED, "/lib/x", { 5000, 0 }, 7 } },
	  .image = { 5000, 0 },
	  .found = NOBODY },
	{ .name = "a deleted file that was not captured is not what has its path now",
	  .file = { .id = 9, .path = "/lib/x", .deleted = true, .has_size = true, .size = 5000 },
	  .captured = { { ORIGIN_ROOTFS_DIFF, "/lib/x", { 5000, 0 }, 0 } },
	  .image = { 5000, 0 },
	  .found = NOBODY },
	{ .name = "a file at the path of a deleted one",
	  .file = { .id = 9, .path = "/lib/x", .has_size = true, .size = 5000 },
	  .captured = { { ORIGIN_DELETED, "/lib/x", { 5000, 0 }, 8 } },
	  .image = { 5000, 0 },
	  .found = IMAGE },
	{ .name = "a path that is none",
	  .file = { .path = "lib/x", .has_size = true, .size = 5000 },
	  .image = { 5000, 0 },
	  .found = NOBODY },
	{ .name = "no path at all", .file = { .has_size = true }, .found = NOBODY },
};

static void check_warning(const struct fixture *fixture, const char *refused)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(fixture->warnings, &count);

	assert_int_equal(count, refused != NULL);
	if (!refused)
		return;
	assert_int_equal(warnings[0].code, WARNING_ROOTFS_MISMATCH);
	assert_string_equal(warnings[0].file, "/lib/x");
	if (!strstr(warnings[0].message, refused))
		fail_msg("%s", warnings[0].message);
}

static void check_case(size_t index)
{
	struct open_file file = cases[index].file;
	const struct vma vma = { .start = 0x10000,
				 .end = 0x12000,
				 .kind = VMA_FILE,
				 .backing = BACKING_FILE,
				 .file = &file };
	struct process process = { .pid = 1, .page_bytes = PAGE, .vmas = &vma, .vma_count = 1 };
	uint32_t numbers[CAPTURED];
	const struct content *content;
	struct fixture fixture;

	print_message("%s\n", cases[index].name);
	if (cases[index].build_id)
		file.build_id = (struct bytes){ (const uint8_t *)cases[index].build_id, ID_BYTES };
	fixture_open(&fixture);
	fixture.checkpoint.processes = &process;
	fixture.checkpoint.process_count = 1;
	for (size_t i = 0; i < CAPTURED && cases[index].captured[i].path; i++)
		numbers[i] = add_captured(
			&fixture, cases[index].captured[i].origin, cases[index].captured[i].path,
			&cases[index].captured[i].file, cases[index].captured[i].id);
	if (cases[index].image.length)
		put_into_root(&fixture, &cases[index].image);
	resolve(&fixture);
	content = process.contents ? process.contents[0] : NULL;
	assert_int_equal(content != NULL, cases[index].found != NOBODY);
	if (cases[index].found == IMAGE)
		assert_string_equal(file_table_name(fixture.files, content->pieces[0].file),
				    "/lib/x");
	if (cases[index].found == IMAGE)
		assert_int_equal(fixture.path_count, 1);
	else if (content)
		assert_int_equal(content->pieces[0].file, numbers[cases[index].found]);
	check_warning(&fixture, cases[index].refused);
	fixture_close(&fixture);
}

static void a_mapped_file_is_found_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_case(i);
}

static const struct open_file two_ids[] = {
	{ .id = 1, .path = "/lib/x", .has_size = true, .size = 0x1800 },
	{ .id = 2, .path = "/lib/x", .has_size = true, .size = 0x1800 },
	{ .id = 3, .path = "/lib/y", .has_size = true, .size = 0x1800 },
};

#define MAPPING(from, to, at, which)                                                               \
	{                                                                                          \
		.start = from, .end = to, .offset = at, .kind = VMA_FILE, .backing = BACKING_FILE, \
		.path = "/lib/x", .file = &two_ids[which]                                          \
	}

static void paths_are_wanted_once_and_in_order(void **state)
{
	static const struct vma first[] = { MAPPING(0x10000, 0x12000, 0, 2),
					    MAPPING(0x20000, 0x22000, 0, 0) };
	static const struct vma second[] = { MAPPING(0x10000, 0x12000, 0, 1) };
	static const struct page_run runs[] = { { 0x10000, 2 * PAGE, 0, 0, false } };
	struct process processes[] = { { .vmas = first, .vma_count = 2 },
				       { .vmas = second, .vma_count = 1 } };
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.checkpoint.processes = processes;
	fixture.checkpoint.process_count = 2;
	for (int i = 0; i < 2; i++)
		assert_int_equal(file_pages_wanted(&fixture.checkpoint, &fixture.captured,
						   &fixture.paths, &fixture.path_count,
						   &fixture.path_capacity, NULL),
				 0);
	assert_int_equal(fixture.path_count, 2);
	assert_string_equal(fixture.paths[0], "/lib/x");
	assert_string_equal(fixture.paths[1], "/lib/y");
	/* What is dumped as a whole, or captured, is not looked for. */
	fixture.path_count = 0;
	processes[0].runs = runs;
	processes[0].run_count = 1;
	add_captured(&fixture, ORIGIN_ROOTFS_DIFF, "/lib/x", &(struct made_file){ 10, 0 }, 0);
	assert_int_equal(file_pages_wanted(&fixture.checkpoint, &fixture.captured, &fixture.paths,
					   &fixture.path_count, &fixture.path_capacity, NULL),
			 0);
	assert_int_equal(fixture.path_count, 0);
	fixture_close(&fixture);
}

static void a_refused_file_is_told_once(void **state)
{
	static const struct vma vmas[] = { MAPPING(0x10000, 0x12000, 0, 0),
					   MAPPING(0x20000, 0x22000, 0, 1),
					   MAPPING(0x30000, 0x32000, 0, 0) };
	struct process process = { .vmas = vmas, .vma_count = 3 };
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.checkpoint.processes = &process;
	fixture.checkpoint.process_count = 1;
	put_into_root(&fixture, &(struct made_file){ 10, 0 });
	resolve(&fixture);
	assert_null(process.contents);
	check_warning(&fixture, "the image's file has 10 bytes");
	fixture_close(&fixture);
}

static uint8_t expected_byte(uint64_t address)
{
	uint64_t at = address - 0x10000;

	if (at < PAGE)
		return (uint8_t)('A' + at % 26);
	return at < 0x1800 ? (uint8_t)('a' + at % 26) : 0;
}

/* The first page was written, the second is the file's, with zeros behind its end; two processes map it. */
static void memory_reaches_from_the_dump_into_the_file(void **state)
{
	static const struct vma vmas[] = { MAPPING(0x10000, 0x13000, 0, 0) };
	static const struct vma others[] = { MAPPING(0x50000, 0x53000, 0, 1) };
	static const struct page_run run = { 0x10000, PAGE, 0, 0, false };
	static const struct page_run other_run = { 0x50000, PAGE, 0, 0, false };
	struct page_image image = { .name = "pages-1.img", .length = PAGE };
	struct process processes[] = {
		{ .page_bytes = PAGE, .vmas = vmas, .vma_count = 1, .runs = &run, .run_count = 1 },
		{ .page_bytes = PAGE,
		  .vmas = others,
		  .vma_count = 1,
		  .runs = &other_run,
		  .run_count = 1 },
	};
	uint8_t *page = malloc(PAGE), buffer[64];
	struct process_memory *memory;
	struct fixture fixture;
	struct block_list *list;
	struct bytes lent;

	(void)state;
	fixture_open(&fixture);
	assert_non_null(page);
	for (size_t i = 0; i < PAGE; i++)
		page[i] = (uint8_t)('A' + i % 26);
	assert_int_equal(
		file_table_add_memory(fixture.files, page, PAGE, "pages", &image.file, NULL), 0);
	fixture.checkpoint.images = &image;
	fixture.checkpoint.image_count = 1;
	fixture.checkpoint.processes = processes;
	fixture.checkpoint.process_count = 2;
	put_into_root(&fixture, &(struct made_file){ 0x1800, 0 });
	resolve(&fixture);
	assert_ptr_equal(processes[0].contents[0], processes[1].contents[0]);
	assert_int_equal(block_list_new(&list, NULL), 0);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(
			process_memory_new(&memory, &fixture.checkpoint, &processes[i], NULL), 0);
		assert_int_equal(process_memory_blocks(memory, NULL, i, 0, list, NULL, NULL), 0);
		if (i == 0)
			assert_int_equal(process_memory_lend(memory, fixture.files, 0x10ff0, 32,
							     buffer, sizeof(buffer), &lent, NULL),
					 0);
		assert_true(process_memory_bytes(memory, NULL).from_files == 0x800);
		assert_true(process_memory_bytes(memory, NULL).not_dumped == 0);
		process_memory_free(memory);
	}
	assert_int_equal(lent.length, 32);
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(lent.data[i], expected_byte(0x10ff0 + i));
	assert_int_equal(block_list_count(list), 1);
	assert_int_equal(block_list_get(list, 0)->placement_count, 2);
	assert_true(block_length(block_list_get(list, 0)) == 2 * PAGE);
	block_list_free(list);
	fixture_close(&fixture);
}

/* The second look adds what the first did not know, and leaves what it found. */
static void files_may_be_resolved_again(void **state)
{
	static const struct vma vmas[] = { MAPPING(0x10000, 0x12000, 0, 0),
					   MAPPING(0x20000, 0x22000, 0, 2) };
	struct process process = { .vmas = vmas, .vma_count = 2 };
	const struct content *first;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.checkpoint.processes = &process;
	fixture.checkpoint.process_count = 1;
	put_into_root(&fixture, &(struct made_file){ 0x1800, 0 });
	resolve(&fixture);
	first = process.contents[0];
	assert_non_null(first);
	assert_null(process.contents[1]);
	add_captured(&fixture, ORIGIN_VOLUME, "/lib/y", &(struct made_file){ 0x1800, 0 }, 0);
	assert_int_equal(file_pages_resolve(&fixture.checkpoint, &fixture.captured, NULL,
					    fixture.files, fixture.warnings, NULL),
			 0);
	assert_ptr_equal(process.contents[0], first);
	assert_non_null(process.contents[1]);
	check_warning(&fixture, NULL);
	fixture_close(&fixture);
}

/* Each of 64 mappings shows a file of 65,536 pieces: their product is more than is walked. */
static void many_mappings_of_a_much_divided_file_are_a_limit(void **state)
{
	static const struct open_file file = { .id = 5, .path = "/lib/x", .deleted = true };
	const size_t pieces = 65536, mappings = 64;
	struct piece *list = calloc(pieces, sizeof(*list));
	struct vma *vmas = calloc(mappings, sizeof(*vmas));
	struct process process = { .pid = 7, .vmas = vmas, .vma_count = mappings };
	struct captured captured = { .kind = TARGET_FILE,
				     .origin = ORIGIN_DELETED,
				     .path = "/lib/x",
				     .content = { pieces * PAGE, list, pieces } };
	size_t known = 0, count;
	const struct warning *warnings;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	for (size_t i = 0; i < pieces; i++)
		list[i] = (struct piece){ .start = i * PAGE,
					  .length = PAGE,
					  .kind = i & 1 ? PIECE_ZERO : PIECE_STORED };
	for (size_t i = 0; i < mappings; i++)
		vmas[i] = (struct vma){ .start = (i + 1) << 32,
					.end = ((i + 1) << 32) + pieces * PAGE,
					.kind = VMA_FILE,
					.backing = BACKING_FILE,
					.file = &file };
	fixture.checkpoint.processes = &process;
	fixture.checkpoint.process_count = 1;
	assert_int_equal(captured_list_add(&fixture.captured, &captured, NULL), 0);
	assert_int_equal(file_pages_resolve(&fixture.checkpoint, &fixture.captured, NULL,
					    fixture.files, fixture.warnings, NULL),
			 0);
	for (size_t i = 0; i < mappings; i++)
		known += process.contents[i] != NULL;
	assert_int_equal(known, 32);
	warnings = warning_list_sorted(fixture.warnings, &count);
	assert_int_equal(count, 32);
	assert_int_equal(warnings[0].code, WARNING_LIMIT);
	assert_int_equal(warnings[0].pid, 7);
	fixture_close(&fixture);
	free(list);
	free(vmas);
}

static void the_image_is_opened_and_looked_through(void **state)
{
	static const struct vma vma = MAPPING(0x10000, 0x12000, 0, 0);
	static const struct {
		const char *name, *path; /* NULL: the directory with the file */
		bool known;
		enum warning_code code; /* WARNING_CODES: none */
	} rows[] = {
		{ "a directory that has it", NULL, true, WARNING_CODES },
		{ "a directory that has it not", "/proc/self/fdinfo", false, WARNING_CODES },
		{ "nothing of that name", "/nonexistent/x", false, WARNING_CANNOT_OPEN },
		{ "a file of no known form", "/proc/self/stat", false, WARNING_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct process process = { .page_bytes = PAGE, .vmas = &vma, .vma_count = 1 };
		struct file_pages_image image;
		const struct warning *warnings;
		struct fixture fixture;
		size_t count;

		print_message("%s\n", rows[i].name);
		fixture_open(&fixture);
		fixture.checkpoint.processes = &process;
		fixture.checkpoint.process_count = 1;
		put_into_root(&fixture, &(struct made_file){ 0x1800, 0 });
		image = (struct file_pages_image){ rows[i].path ? rows[i].path : fixture.root,
						   NULL };
		assert_int_equal(file_pages_complete(&fixture.checkpoint, &fixture.captured, &image,
						     fixture.files, fixture.warnings, NULL, NULL),
				 0);
		assert_int_equal(process.contents != NULL, rows[i].known);
		warnings = warning_list_sorted(fixture.warnings, &count);
		assert_int_equal(count, rows[i].code != WARNING_CODES);
		if (count)
			assert_int_equal(warnings[0].code, rows[i].code);
		fixture_close(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mapped_file_is_found_or_refused),
		cmocka_unit_test(paths_are_wanted_once_and_in_order),
		cmocka_unit_test(a_refused_file_is_told_once),
		cmocka_unit_test(memory_reaches_from_the_dump_into_the_file),
		cmocka_unit_test(files_may_be_resolved_again),
		cmocka_unit_test(the_image_is_opened_and_looked_through),
		cmocka_unit_test(many_mappings_of_a_much_divided_file_are_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
