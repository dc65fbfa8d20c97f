/*
 * Images that contradict themselves or the bytes beside them, each in one way: named with a warning, the rest is
 * scanned, and neither time nor memory depend on what they claim.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/made/image_bytes.h"
#include "tests/support/repack.h"
#include "tests/support/scan_run.h"

static const char rules[] = "rule made { strings: $m = \"MADE~\" condition: $m }";

#define PAGE UINT64_C(4096)
#define HALF (UINT64_C(1) << 63)
/* Of the program, the test and its archive together. */
#define MOST_KIB (700 << 10)

enum {
	MAGIC_COMMON = 0x54564319,
	MAGIC_MM = 0x57492820,
	MAGIC_PAGEMAP = 0x56084025,
	STATUS_PRIVATE = 0x201,
	STATUS_MEMFD = 0x4081,
	FILE_MEMFD = 3,
	PRESENT = 4,
};

struct workplace {
	char directory[256], made[512], path[512];
	struct package package;
	size_t hits; /* of the whole checkpoint */
};

static void scan(const char *path, struct scan_run *run)
{
	struct scan_setup setup = { .path = path, .rules = rules };

	scan_run(&setup, run);
}

static int set_up(void **state)
{
	struct workplace *place = calloc(1, sizeof(*place));
	char command[2048];
	struct scan_run run;

	assert_non_null(place);
	temporary_directory(place->directory, sizeof(place->directory));
	snprintf(place->made, sizeof(place->made), "%s/made.tar", place->directory);
	snprintf(place->path, sizeof(place->path), "%s/bad", place->directory);
	snprintf(command, sizeof(command), "%s --size 128K --seed 3 --processes 2 %s",
		 MAKE_CHECKPOINT, place->made);
	assert_int_equal(system(command), 0);
	package_load(&place->package, place->made);
	scan(place->made, &run);
	assert_true(run.result.complete);
	place->hits = run.result.hits;
	scan_run_release(&run);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct workplace *place = *state;

	package_release(&place->package);
	temporary_remove(place->directory);
	free(place);
	return 0;
}

static void begin(struct image_bytes *image, uint32_t magic)
{
	image->length = 0;
	image_add_u32(image, MAGIC_COMMON);
	image_add_u32(image, magic);
}

struct pages {
	uint64_t address, count;
};

/* A page map of process 2, whose pages are pages-2.img. */
static void put_pagemap(struct workplace *place, const struct pages *pages, size_t count)
{
	struct image_bytes image = { 0 }, message = { 0 };

	begin(&image, MAGIC_PAGEMAP);
	image_add_number(&message, 1, 2);
	image_add_entry(&image, &message);
	for (size_t i = 0; i < count; i++) {
		image_add_number(&message, 1, pages[i].address);
		image_add_number(&message, 2, 0);
		image_add_number(&message, 4, PRESENT);
		image_add_number(&message, 5, pages[i].count);
		image_add_entry(&image, &message);
	}
	package_add(&place->package, "checkpoint/pagemap-2.img", image.data, image.length);
	image_release(&image);
	image_release(&message);
}

struct mapping {
	uint64_t start, end, offset;
	uint32_t status;
};

static void add_mapping(struct image_bytes *message, const struct mapping *mapping)
{
	struct image_bytes entry = { 0 };

	image_add_number(&entry, 1, mapping->start);
	image_add_number(&entry, 2, mapping->end);
	image_add_number(&entry, 3, mapping->offset);
	image_add_number(&entry, 4, mapping->status == STATUS_MEMFD ? FILE_MEMFD : 0);
	image_add_number(&entry, 5, 3);
	image_add_number(&entry, 6, mapping->status == STATUS_MEMFD ? 1 : 0x22);
	image_add_number(&entry, 7, mapping->status);
	image_add_number(&entry, 8, 1);
	image_add_message(message, 14, &entry);
	image_release(&entry);
}

/* The memory map of process 2. */
static void put_mappings(struct workplace *place, const struct mapping *mappings, size_t count)
{
	struct image_bytes image = { 0 }, message = { 0 };

	begin(&image, MAGIC_MM);
	image_add_number(&message, 13, 6);
	image_add_number(&message, 13, PAGE);
	for (size_t i = 0; i < count; i++)
		add_mapping(&message, &mappings[i]);
	image_add_entry(&image, &message);
	package_add(&place->package, "checkpoint/mm-2.img", image.data, image.length);
	image_release(&image);
	image_release(&message);
}

/* In both forms: incomplete, with this warning, and with the hits of process 1. */
static void incomplete(struct workplace *place, const char *code)
{
	struct rusage usage;

	for (int compressed = 0; compressed < 2; compressed++) {
		struct scan_run run;

		package_write_tar(&place->package, place->path, compressed ? "zstd" : NULL,
				  ORDER_AS_IS);
		scan(place->path, &run);
		assert_false(run.result.complete);
		assert_false(run.result.machine);
		assert_true(run.result.is_checkpoint);
		if (!scan_run_warns(&run, code))
			fail_msg("no warning %s", code);
		assert_true(run.result.hits >= 1);
		scan_run_release(&run);
	}
	getrusage(RUSAGE_SELF, &usage);
#ifndef __SANITIZE_ADDRESS__
	assert_true(usage.ru_maxrss < MOST_KIB);
#endif
}

static void a_page_map_that_points_past_its_pages(void **state)
{
	static const struct pages pages[] = { { 0x550000000000, 4 }, { 0x560000000000, 1 << 30 } };

	put_pagemap(*state, pages, 2);
	incomplete(*state, "truncated");
}

static void page_map_entries_that_overlap(void **state)
{
	static const struct pages pages[] = { { 0x550000000000, 4 }, { 0x550000001000, 4 } };

	put_pagemap(*state, pages, 2);
	incomplete(*state, "corrupt");
}

static void page_counts_beyond_all_memory(void **state)
{
	static const struct pages cases[][2] = {
		{ { 0x550000000000, 2 }, { 0x560000000000, HALF } },
		{ { 0x550000000000, HALF }, { 0x560000000000, 1 } },
		{ { 0x550000000000, UINT64_MAX }, { 0x560000000000, UINT64_MAX } },
		{ { UINT64_MAX - 4095, 2 }, { 0, 0 } },
		{ { 0, HALF / PAGE }, { HALF, HALF / PAGE } },
		{ { 0x1000, UINT64_MAX / PAGE }, { 1, 1 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct workplace *place = *state;
		struct scan_run run;

		put_pagemap(place, cases[i], 2);
		package_write_tar(&place->package, place->path, i % 2 ? "zstd" : NULL, ORDER_AS_IS);
		scan(place->path, &run);
		assert_false(run.result.complete);
		assert_true(scan_run_warns(&run, "corrupt") || scan_run_warns(&run, "truncated"));
		assert_true(run.result.hits >= 1);
		scan_run_release(&run);
	}
}

static void a_mapping_that_ends_before_it_starts(void **state)
{
	static const struct mapping mappings[] = {
		{ 0x550000000000, 0x550000008000, 0, STATUS_PRIVATE },
		{ 0x570000008000, 0x570000001000, 0, STATUS_PRIVATE },
	};

	put_mappings(*state, mappings, 2);
	incomplete(*state, "corrupt");
}

static void mappings_that_overlap(void **state)
{
	static const struct mapping mappings[] = {
		{ 0x550000000000, 0x550000008000, 0, STATUS_PRIVATE },
		{ 0x550000004000, 0x550000009000, 0, STATUS_PRIVATE },
	};

	put_mappings(*state, mappings, 2);
	incomplete(*state, "corrupt");
}

static void a_mapping_of_half_of_all_memory(void **state)
{
	static const struct mapping mappings[] = {
		{ 0x1000, HALF, 0, STATUS_PRIVATE },
		{ HALF, UINT64_MAX - 4095, 0, STATUS_MEMFD },
	};
	struct workplace *place = *state;

	for (int compressed = 0; compressed < 2; compressed++) {
		struct scan_run run;

		put_mappings(place, mappings, 2);
		package_write_tar(&place->package, place->path, compressed ? "zstd" : NULL,
				  ORDER_AS_IS);
		scan(place->path, &run);
		assert_int_equal(run.result.hits, place->hits);
		scan_run_release(&run);
	}
}

/* Pages of the memory file, which pages-9.img holds. */
static void put_memory_file(struct workplace *place, uint64_t described, uint64_t there)
{
	struct image_bytes image = { 0 }, message = { 0 };
	uint8_t *bytes = calloc(there, PAGE);

	assert_non_null(bytes);
	begin(&image, MAGIC_PAGEMAP);
	image_add_number(&message, 1, 9);
	image_add_entry(&image, &message);
	image_add_number(&message, 1, 0);
	image_add_number(&message, 4, PRESENT);
	image_add_number(&message, 5, described);
	image_add_entry(&image, &message);
	package_add(&place->package, "checkpoint/pagemap-shmem-1048.img", image.data, image.length);
	package_add(&place->package, "checkpoint/pages-9.img", bytes, there * PAGE);
	image_release(&image);
	image_release(&message);
	free(bytes);
}

/* Each window is another block over the same bytes. */
static void tens_of_thousands_of_windows_are_a_limit(void **state)
{
	enum { WINDOWS = 65000, FILE_PAGES = 256 };
	struct workplace *place = *state;
	struct mapping *mappings = calloc(WINDOWS, sizeof(*mappings));

	assert_non_null(mappings);
	for (size_t i = 0; i < WINDOWS; i++) {
		uint64_t first = i % FILE_PAGES;
		uint64_t pages = 1 + i / FILE_PAGES % (FILE_PAGES - first);
		uint64_t start = 0x100000000 + i * 2 * FILE_PAGES * PAGE;

		mappings[i] =
			(struct mapping){ start, start + pages * PAGE, first * PAGE, STATUS_MEMFD };
	}
	put_mappings(place, mappings, WINDOWS);
	put_memory_file(place, FILE_PAGES, FILE_PAGES);
	incomplete(place, "limit");
	free(mappings);
}

static uint64_t stored_pages(const struct package *package)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < package->count; i++)
		if (strncmp(package->members[i].name, "checkpoint/pages-", 17) == 0)
			bytes += package->members[i].length;
	return bytes;
}

static uint64_t sum(const struct scan_run *run, const char *field)
{
	return (uint64_t)json_integer_value(json_object_get(scan_run_summary(run), field));
}

/* What is searched goes by the bytes that are there, also where that is known only when they have passed. */
static void described_bytes_do_not_raise_the_limit(void **state)
{
	enum { WINDOWS = 16000, THERE = 256 };
	const uint64_t described = UINT64_C(1) << 28;
	struct workplace *place = *state;
	struct mapping *mappings = calloc(WINDOWS, sizeof(*mappings));
	uint64_t scanned[2], lost[2], stored;

	assert_non_null(mappings);
	for (size_t i = 0; i < WINDOWS; i++) {
		uint64_t first = i % (THERE / 2), pages = 1 + i / (THERE / 2);
		uint64_t start = 0x100000000 + i * 2 * THERE * PAGE;

		mappings[i] =
			(struct mapping){ start, start + pages * PAGE, first * PAGE, STATUS_MEMFD };
	}
	/* One shows all that is described. */
	mappings[WINDOWS - 1].start = UINT64_C(1) << 45;
	mappings[WINDOWS - 1].end = mappings[WINDOWS - 1].start + described * PAGE;
	put_mappings(place, mappings, WINDOWS);
	put_memory_file(place, described, THERE);
	stored = stored_pages(&place->package);
	incomplete(place, "limit");
	for (int compressed = 0; compressed < 2; compressed++) {
		struct scan_run run;

		package_write_tar(&place->package, place->path, compressed ? "zstd" : NULL,
				  ORDER_AS_IS);
		scan(place->path, &run);
		assert_true(scan_run_warns(&run, "truncated"));
		scanned[compressed] = sum(&run, "bytes_scanned");
		lost[compressed] = sum(&run, "bytes_lost");
		/* What two targets show alike is searched once. */
		assert_true(scanned[compressed] <= 65 * stored);
		assert_true(scanned[compressed] > 60 * stored);
		scan_run_release(&run);
	}
	/* Which of many windows fit may differ, the sum does not. */
	assert_int_equal(scanned[0] + lost[0], scanned[1] + lost[1]);
	free(mappings);
}

/* A block of two images, one of which claims more than anybody could walk through. */
static void a_mapping_of_two_images_ends_where_their_bytes_end(void **state)
{
	enum { THERE = 4 };
	const uint64_t described = UINT64_C(1) << 40;
	const struct mapping mapping = { 0x100000000, 0x100000000 + described * PAGE, 0,
					 STATUS_MEMFD };
	const struct pages own = { 0x100000000, 1 };

	put_mappings(*state, &mapping, 1);
	put_pagemap(*state, &own, 1);
	put_memory_file(*state, described, THERE);
	incomplete(*state, "truncated");
}

static void copy_members(struct workplace *place, const char *prefix)
{
	size_t count = place->package.count;

	for (size_t i = 0; i < count; i++) {
		const struct packed_member *member = &place->package.members[i];
		char name[512];

		if (strncmp(member->name, "checkpoint/", 11) != 0 || member->directory)
			continue;
		snprintf(name, sizeof(name), "%s%s", prefix, member->name + 11);
		package_add(&place->package, name, member->data, member->length);
	}
}

/* Whether the report has such a summary of the checkpoint in this directory. */
static bool has_summary(const struct scan_run *run, const char *member, bool complete)
{
	size_t index;
	json_t *line;

	json_array_foreach(run->lines, index, line)
	{
		json_t *checkpoint = json_object_get(line, "checkpoint");
		const char *in = json_string_value(json_object_get(checkpoint, "member"));

		if (strcmp(json_string_value(json_object_get(line, "type")), "summary") == 0 &&
		    in && strcmp(in, member) == 0)
			return json_is_true(json_object_get(line, "complete")) == complete;
	}
	return false;
}

static void two_checkpoints_are_both_scanned(void **state)
{
	struct workplace *place = *state;
	struct scan_run run;

	copy_members(place, "second/");
	for (int compressed = 0; compressed < 2; compressed++) {
		package_write_tar(&place->package, place->path, compressed ? "zstd" : NULL,
				  ORDER_AS_IS);
		scan(place->path, &run);
		assert_true(run.result.complete);
		assert_int_equal(run.result.hits, 2 * place->hits);
		assert_int_equal(run.result.checkpoints, 2);
		assert_int_equal(run.result.summaries, 2);
		assert_true(has_summary(&run, "checkpoint", true));
		assert_true(has_summary(&run, "second", true));
		scan_run_release(&run);
	}
}

static void damage_of_one_checkpoint_is_not_the_others(void **state)
{
	struct workplace *place = *state;
	struct scan_run run;

	copy_members(place, "second/");
	package_add(&place->package, "second/mm-2.img", "damage", 6);
	for (int compressed = 0; compressed < 2; compressed++) {
		package_write_tar(&place->package, place->path, compressed ? "zstd" : NULL,
				  ORDER_AS_IS);
		scan(place->path, &run);
		assert_false(run.result.complete);
		assert_int_equal(run.result.incomplete_summaries, 1);
		assert_true(has_summary(&run, "checkpoint", true));
		assert_true(has_summary(&run, "second", false));
		scan_run_release(&run);
	}
}

static void one_of_two_checkpoints_can_be_chosen(void **state)
{
	static const struct {
		const char *member;
		uint64_t checkpoints;
		bool nothing;
	} rows[] = {
		{ "checkpoint", 1, false },	  { "second", 1, false },	{ "", 0, true },
		{ "checkpoint/second", 0, true }, { "../checkpoint", 0, true },
	};
	struct workplace *place = *state;

	copy_members(place, "second/");
	package_write_tar(&place->package, place->path, "zstd", ORDER_AS_IS);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scan_setup setup = { .path = place->path,
					    .rules = rules,
					    .options = { .member = rows[i].member } };
		struct scan_run run;

		scan_run(&setup, &run);
		assert_int_equal(run.result.checkpoints, rows[i].checkpoints);
		assert_int_equal(run.result.hits, rows[i].checkpoints * place->hits);
		assert_int_equal(run.result.nothing_selected, rows[i].nothing);
		assert_true(run.result.complete);
		assert_int_equal(scan_run_warns(&run, "nothing-selected"), rows[i].nothing);
		assert_true(rows[i].nothing || has_summary(&run, rows[i].member, true));
		scan_run_release(&run);
	}
}

/* Moves all that is known of process 2 behind the pages: it comes when they have passed already. */
static void put_process_last(struct workplace *place)
{
	static const char *const names[] = { "checkpoint/core-2.img", "checkpoint/mm-2.img",
					     "checkpoint/pagemap-2.img", "checkpoint/pstree.img" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		package_move_last(&place->package, names[i]);
}

static void images_that_come_after_their_pages_are_used_all_the_same(void **state)
{
	struct workplace *place = *state;
	struct scan_run run;

	put_process_last(place);
	package_write_tar(&place->package, place->path, "zstd", ORDER_AS_IS);
	scan(place->path, &run);
	assert_true(run.result.complete);
	assert_int_equal(run.result.hits, place->hits);
	scan_run_release(&run);
}

static void of_standard_input_they_are_told_to_be_late(void **state)
{
	struct workplace *place = *state;
	int saved = dup(STDIN_FILENO), descriptor;
	struct scan_run run;

	put_process_last(place);
	package_write_tar(&place->package, place->path, "zstd", ORDER_AS_IS);
	descriptor = open(place->path, O_RDONLY | O_CLOEXEC);
	assert_true(descriptor >= 0 && dup2(descriptor, STDIN_FILENO) >= 0);
	close(descriptor);
	scan("-", &run);
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
	/* Either all of it was kept in time, or what was not is named. */
	if (run.result.complete)
		assert_int_equal(run.result.hits, place->hits);
	else
		assert_true(scan_run_warns(&run, "unsupported"));
	assert_true(run.result.hits >= 1);
	scan_run_release(&run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_map_that_points_past_its_pages),
		TEST(page_map_entries_that_overlap),
		TEST(page_counts_beyond_all_memory),
		TEST(a_mapping_that_ends_before_it_starts),
		TEST(mappings_that_overlap),
		TEST(a_mapping_of_half_of_all_memory),
		TEST(tens_of_thousands_of_windows_are_a_limit),
		TEST(described_bytes_do_not_raise_the_limit),
		TEST(a_mapping_of_two_images_ends_where_their_bytes_end),
		TEST(two_checkpoints_are_both_scanned),
		TEST(damage_of_one_checkpoint_is_not_the_others),
		TEST(one_of_two_checkpoints_can_be_chosen),
		TEST(images_that_come_after_their_pages_are_used_all_the_same),
		TEST(of_standard_input_they_are_told_to_be_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
