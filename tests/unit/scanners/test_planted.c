#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "scanners/process_memory.h"
#include "tests/unit/scanners/planted.h"
#include "tests/unit/scanners/planted_chain.h"

/*
 * Real checkpoints with needles: an independent reader listed every place where one stands in a process's
 * memory. Read block by block and searched with memmem(), the model must show the same places and no other.
 */
struct needle {
	char name[32];
	uint8_t bytes[256];
	size_t length;
};

struct needles {
	struct needle items[64];
	size_t count;
};

struct occurrence {
	char name[32];
	uint32_t pid;
	uint64_t address;
};

struct occurrences {
	struct occurrence items[256];
	size_t count;
};

static void each_line(const char *path, void (*take)(void *context, const json_t *line),
		      void *context)
{
	FILE *file = fopen(path, "r");
	json_t *line;

	assert_non_null(file);
	while ((line = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL))) {
		take(context, line);
		json_decref(line);
	}
	fclose(file);
}

static void take_occurrence(void *context, const json_t *line)
{
	struct occurrences *all = context;
	struct occurrence *out = &all->items[all->count++];

	assert_true(all->count <= 256);
	snprintf(out->name, sizeof(out->name), "%s",
		 json_string_value(json_object_get(line, "name")));
	out->pid = (uint32_t)json_integer_value(json_object_get(line, "pid"));
	out->address = strtoull(json_string_value(json_object_get(line, "va")), NULL, 16);
}

static bool has_needle(const struct needles *all, const char *name)
{
	for (size_t i = 0; i < all->count; i++) {
		if (strcmp(all->items[i].name, name) == 0)
			return true;
	}
	return false;
}

static void take_needle(void *context, const json_t *line)
{
	struct needles *all = context;
	struct needle *out = &all->items[all->count];
	const char *hex = json_string_value(json_object_get(line, "hex"));
	const char *name = json_string_value(json_object_get(line, "name"));

	if (!hex || !name || has_needle(all, name) || strlen(hex) / 2 > sizeof(out->bytes))
		return;
	assert_true(++all->count < 64);
	snprintf(out->name, sizeof(out->name), "%s", name);
	out->length = strlen(hex) / 2;
	for (size_t i = 0; i < out->length; i++)
		assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &out->bytes[i]), 1);
}

/* Marks a place as found, by emptying its name; whether it was expected. */
static bool strike(struct occurrences *all, const char *name, uint32_t pid, uint64_t address)
{
	for (size_t i = 0; i < all->count; i++) {
		struct occurrence *item = &all->items[i];

		if (item->pid == pid && item->address == address && strcmp(item->name, name) == 0) {
			item->name[0] = '\0';
			return true;
		}
	}
	return false;
}

static void search_bytes(const struct needles *needles, struct occurrences *expected, uint32_t pid,
			 uint64_t address, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < needles->count; i++) {
		const struct needle *needle = &needles->items[i];
		const uint8_t *at = bytes, *found;

		while ((found = memmem(at, length - (size_t)(at - bytes), needle->bytes,
				       needle->length))) {
			uint64_t place = address + (uint64_t)(found - bytes);

			if (!strike(expected, needle->name, pid, place))
				fail_msg("%s in process %u at %#llx is not expected", needle->name,
					 pid, (unsigned long long)place);
			at = found + 1;
		}
	}
}

static void read_block(const struct planted *planted, const struct block *block, uint8_t *out)
{
	for (size_t i = 0; i < block->extent_count; i++) {
		const struct extent *extent = &block->extents[i];
		size_t got = (size_t)extent->length;

		if (extent->kind == EXTENT_ZERO)
			memset(out, 0, got);
		else
			assert_int_equal(file_table_read(planted->files, extent->file,
							 extent->offset, out, got, &got, NULL),
					 0);
		assert_true(got == extent->length);
		out += got;
	}
}

static void search_block(const struct planted *planted, const struct block *block,
			 const struct needles *needles, struct occurrences *expected)
{
	uint64_t length = block_length(block);
	uint8_t *bytes;

	assert_true(length < 1 << 30);
	bytes = malloc((size_t)length);
	assert_non_null(bytes);
	read_block(planted, block, bytes);
	for (size_t i = 0; i < block->placement_count; i++)
		search_bytes(needles, expected, block->placements[i].target,
			     block->placements[i].address, bytes, (size_t)length);
	free(bytes);
}

static uint64_t raw_bytes(const struct block *block)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < block->extent_count; i++)
		bytes += block->extents[i].kind == EXTENT_RAW ? block->extents[i].length : 0;
	return bytes * block->placement_count;
}

static void search_checkpoint(const struct planted *planted, const struct needles *needles,
			      struct occurrences *expected)
{
	const struct checkpoint *checkpoint = planted->checkpoint;
	uint64_t described = 0, searched = 0;
	struct block_list *list;

	assert_int_equal(block_list_new(&list, NULL), 0);
	for (size_t i = 0; i < checkpoint->process_count; i++) {
		const struct process *process = &checkpoint->processes[i];
		struct process_memory *memory;

		assert_int_equal(process_memory_new(&memory, checkpoint, process, NULL), 0);
		assert_int_equal(
			process_memory_blocks(memory, NULL, process->pid, 0, list, NULL, NULL), 0);
		described += process_memory_bytes(memory, NULL).dumped;
		assert_int_equal(process_memory_bytes(memory, NULL).lost, 0);
		process_memory_free(memory);
	}
	for (size_t i = 0; i < block_list_count(list); i++) {
		searched += raw_bytes(block_list_get(list, i));
		search_block(planted, block_list_get(list, i), needles, expected);
	}
	assert_true(described == searched);
	block_list_free(list);
}

static void check_occurrences(const struct planted *planted, const char *folder, const char *name)
{
	static struct needles needles;
	static struct occurrences expected;
	char path[1024];
	size_t count;

	needles.count = expected.count = 0;
	snprintf(path, sizeof(path), "%s/%s.truth.jsonl", folder, name);
	each_line(path, take_needle, &needles);
	snprintf(path, sizeof(path), "%s/%s.occurrences.jsonl", folder, name);
	each_line(path, take_occurrence, &expected);
	assert_true(expected.count > 50);
	search_checkpoint(planted, &needles, &expected);
	for (size_t i = 0; i < expected.count; i++) {
		if (expected.items[i].name[0])
			fail_msg("%s in process %u at %#llx is not found", expected.items[i].name,
				 expected.items[i].pid,
				 (unsigned long long)expected.items[i].address);
	}
	warning_list_sorted(planted->warnings, &count);
	assert_int_equal(count, 0);
	assert_int_equal(image_set_unplaced_bytes(planted->images, planted->checkpoint), 0);
}

static bool find_fixture(char path[1024], const char *folder, const char *name,
			 const char *extension)
{
	snprintf(path, 1024, "%s/%s%s", folder, name, extension);
	if (access(path, R_OK) == 0) {
		print_message("%s\n", name);
		return true;
	}
	print_message("skipped: no %s\n", path);
	return false;
}

static void check_fixture(const char *folder, const char *name, const char *extension)
{
	struct planted planted;
	char path[1024];

	if (!find_fixture(path, folder, name, extension))
		return;
	planted_open(&planted, path);
	check_occurrences(&planted, folder, name);
	planted_close(&planted);
}

static void check_chain(const char *folder, const char *name, size_t parents)
{
	struct planted_chain chain;
	char path[1024];

	if (!find_fixture(path, folder, name, ".tar.zst"))
		return;
	planted_chain_open(&chain, path);
	assert_int_equal(chain.chain.count, parents);
	assert_int_equal(chain.chain.end, CHAIN_WHOLE);
	assert_true(image_set_needs_parent(chain.planted.images));
	check_occurrences(&chain.planted, folder, name);
	planted_chain_close(&chain);
}

static void every_needle_stands_where_an_independent_reader_found_it(void **state)
{
	(void)state;
	check_fixture(TEST_DATA_DIR, "podman-zstd", ".tar");
}

static void so_it_is_in_the_checkpoints_of_all_engines(void **state)
{
	static const char *const names[] = { "podman-none", "podman-gzip" };
	static const char *const packed[] = { "containerd-cri", "runc-dir", "crun-dir",
					      "docker-dir", "runc-leave-running" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_fixture(SHARED_DIR "/checkpoints", names[i], ".tar");
	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
		check_fixture(SHARED_DIR "/checkpoints", packed[i], ".tar.zst");
}

/* What a parent held before the last dump ("replaced") is among the needles, but not among the places. */
static void pages_that_were_left_to_parents_are_found_there(void **state)
{
	(void)state;
	check_chain(SHARED_DIR "/checkpoints", "incremental", 2);
	check_chain(SHARED_DIR "/checkpoints", "runc-incremental", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_needle_stands_where_an_independent_reader_found_it),
		cmocka_unit_test(so_it_is_in_the_checkpoints_of_all_engines),
		cmocka_unit_test(pages_that_were_left_to_parents_are_found_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
