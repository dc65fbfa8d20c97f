#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>

#include "scanners/file_pages.h"
#include "scanners/process_memory.h"
#include "scanners/source/source.h"
#include "tests/unit/scanners/planted.h"

#define NEEDLE_BYTES 25

/*
 * A real checkpoint whose first process maps a file of its root file system, of which it wrote one page, and shared
 * memory by name. What it did not write is in the archives beside the images.
 */
struct fixture {
	struct planted planted;
	struct captured_list captured;
	const struct process *process;
	struct process_memory *memory;
};

struct captured_archive {
	const char *member, *below;
	enum captured_origin origin;
};

static const struct captured_archive archives[] = {
	{ "rootfs-diff.tar", "/", ORIGIN_ROOTFS_DIFF },
	{ "devshm-checkpoint.tar", "/dev/shm/", ORIGIN_SHM },
};

static void add_file(struct fixture *fixture, const struct captured_archive *archive,
		     const struct member *member)
{
	struct captured captured = { .kind = TARGET_FILE, .origin = archive->origin };
	struct stored_bytes bytes = { member->offset, member->length, member->file };
	char path[512];
	int length = snprintf(path, sizeof(path), "%s%s", archive->below, member->name);

	captured.path = arena_copy_string(fixture->captured.arena, path, (size_t)length);
	assert_int_equal(captured_list_whole(&fixture->captured, bytes, &captured.content, NULL),
			 0);
	assert_int_equal(captured_list_add(&fixture->captured, &captured, NULL), 0);
}

static void add_archive(struct fixture *fixture, const struct captured_archive *archive,
			uint8_t *data, size_t length)
{
	const struct source_options options = { .links = false };
	struct stored_bytes part = { .length = length };
	const struct member *member;
	struct source *source;

	assert_int_equal(file_table_add_memory(fixture->planted.files, data, length,
					       archive->member, &part.file, NULL),
			 0);
	assert_int_equal(source_open_part(&source, &part, archive->member, fixture->planted.files,
					  fixture->planted.warnings, &options, NULL),
			 0);
	while (source_next(source, &member, NULL) == 0 && member)
		if (member->kind == MEMBER_FILE)
			add_file(fixture, archive, member);
	source_close(source);
}

static void take(void *context, const char *name, uint8_t *data, size_t length)
{
	struct fixture *fixture = context;

	for (size_t i = 0; i < sizeof(archives) / sizeof(archives[0]); i++) {
		if (strcmp(name, archives[i].member) != 0)
			continue;
		add_archive(fixture, &archives[i], data, length);
		return;
	}
	planted_take(&fixture->planted, name, data, length);
}

static void fixture_open(struct fixture *fixture)
{
	planted_prepare(&fixture->planted);
	fixture->captured = (struct captured_list){ .arena = arena_new(0) };
	planted_each(TEST_DATA_DIR "/podman-zstd.tar", take, fixture);
	assert_int_equal(image_set_checkpoint(fixture->planted.images,
					      &(struct model_options){ .final = true },
					      &fixture->planted.checkpoint, NULL),
			 0);
	fixture->process = &fixture->planted.checkpoint->processes[0];
	fixture->memory = NULL;
}

static void make_memory(struct fixture *fixture)
{
	process_memory_free(fixture->memory);
	assert_int_equal(process_memory_new(&fixture->memory, fixture->planted.checkpoint,
					    fixture->process, NULL),
			 0);
}

static void fixture_close(struct fixture *fixture)
{
	struct arena *arena = fixture->captured.arena;

	process_memory_free(fixture->memory);
	captured_list_release(&fixture->captured);
	planted_close(&fixture->planted);
	arena_free(arena);
}

/* The needle of this name, and where the process said it is. */
static uint64_t needle(const char *name, uint8_t bytes[NEEDLE_BYTES])
{
	FILE *file = fopen(TEST_DATA_DIR "/podman-zstd.truth.jsonl", "r");
	uint64_t address = 0;
	json_t *line;

	assert_non_null(file);
	while ((line = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL))) {
		const char *is = json_string_value(json_object_get(line, "name"));

		if (is && strcmp(is, name) == 0) {
			const char *hex = json_string_value(json_object_get(line, "hex"));

			assert_int_equal(strlen(hex), 2 * NEEDLE_BYTES);
			for (size_t i = 0; i < NEEDLE_BYTES; i++)
				assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &bytes[i]), 1);
			address =
				strtoull(json_string_value(json_object_get(line, "va")), NULL, 16);
		}
		json_decref(line);
	}
	fclose(file);
	return address;
}

static const struct vma *mapping_of(const struct process *process, const char *path)
{
	for (size_t i = 0; i < process->vma_count; i++)
		if (process->vmas[i].path && strcmp(process->vmas[i].path, path) == 0)
			return &process->vmas[i];
	fail_msg("%s is not mapped", path);
	return NULL;
}

/* Where in the mapping, or 0. */
static uint64_t search(const struct fixture *fixture, const struct vma *vma,
		       const uint8_t bytes[NEEDLE_BYTES])
{
	uint8_t buffer[NEEDLE_BYTES];
	struct bytes lent;

	for (uint64_t at = vma->start; at < vma->end; at++) {
		assert_int_equal(process_memory_lend(fixture->memory, fixture->planted.files, at,
						     NEEDLE_BYTES, buffer, sizeof(buffer), &lent,
						     NULL),
				 0);
		if (lent.length >= NEEDLE_BYTES && memcmp(lent.data, bytes, NEEDLE_BYTES) == 0)
			return at;
	}
	return 0;
}

static void resolve(struct fixture *fixture)
{
	size_t count;

	assert_int_equal(file_pages_resolve(fixture->planted.checkpoint, &fixture->captured, NULL,
					    fixture->planted.files, fixture->planted.warnings,
					    NULL),
			 0);
	warning_list_sorted(fixture->planted.warnings, &count);
	assert_int_equal(count, 0);
	make_memory(fixture);
}

static void a_page_that_was_not_written_is_found_in_the_captured_file(void **state)
{
	uint8_t clean[NEEDLE_BYTES], written[NEEDLE_BYTES];
	uint64_t written_at = needle("file_cow", written), at;
	struct fixture fixture;
	const struct vma *vma;

	(void)state;
	needle("file_clean", clean);
	fixture_open(&fixture);
	make_memory(&fixture);
	vma = mapping_of(fixture.process, "/tmp/mapped.bin");
	assert_true(search(&fixture, vma, clean) == 0);
	assert_true(search(&fixture, vma, written) == written_at);
	resolve(&fixture);
	at = search(&fixture, vma, clean);
	assert_true(at != 0);
	assert_true(process_memory_from_file(fixture.memory, at, NEEDLE_BYTES));
	assert_true(search(&fixture, vma, written) == written_at);
	assert_false(process_memory_from_file(fixture.memory, written_at, NEEDLE_BYTES));
	fixture_close(&fixture);
}

static void shared_memory_by_name_is_found_where_the_process_saw_it(void **state)
{
	uint8_t bytes[NEEDLE_BYTES];
	uint64_t address = needle("posix_shm", bytes);
	struct memory_place place;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	resolve(&fixture);
	assert_true(search(&fixture, mapping_of(fixture.process, "/dev/shm/plant"), bytes) ==
		    address);
	assert_true(process_memory_place(fixture.memory, address, &place));
	assert_true(place.in_file);
	assert_false(place.in_image);
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_that_was_not_written_is_found_in_the_captured_file),
		cmocka_unit_test(shared_memory_by_name_is_found_where_the_process_saw_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
