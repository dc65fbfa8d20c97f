/*
 * Damaged checkpoints: a warning that says what was not seen, hits from the rest, never a crash and never a
 * scan that calls itself complete.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/repack.h"
#include "tests/support/scan_run.h"

static const char rules[] = "rule made { strings: $m = \"MADE~\" condition: #m > 0 }\n"
			    "rule real { strings: $m = \"IOC~\" condition: $m }\n"
			    "rule reads { strings: $m = \"MADE~\" condition: $m and for any i in "
			    "(1..#m) : (uint8(@m[i] + 24) == 0x7e) }";

struct workplace {
	char directory[256], made[512], path[512];
	struct package package;
};

static void run_command(const char *options, const char *path)
{
	char command[2048];

	snprintf(command, sizeof(command), "%s %s %s", MAKE_CHECKPOINT, options, path);
	assert_int_equal(system(command), 0);
}

static int set_up(void **state)
{
	struct workplace *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	temporary_directory(place->directory, sizeof(place->directory));
	snprintf(place->made, sizeof(place->made), "%s/made.tar", place->directory);
	snprintf(place->path, sizeof(place->path), "%s/damaged", place->directory);
	run_command("--size 128K --seed 3 --processes 2", place->made);
	package_load(&place->package, place->made);
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

static json_int_t number(const struct scan_run *run, const char *field)
{
	return json_integer_value(json_object_get(scan_run_summary(run), field));
}

static void scan(const char *path, struct scan_run *run)
{
	struct scan_setup setup = { .path = path, .rules = rules };

	scan_run(&setup, run);
	assert_int_equal(json_is_true(json_object_get(scan_run_summary(run), "complete")),
			 run->result.complete);
	/* What is lost is never silent. */
	assert_true(number(run, "bytes_lost") == 0 || !run->result.complete);
}

/* Scans what lies at place->path; it must be incomplete with this warning. */
static void incomplete(struct workplace *place, const char *code)
{
	struct scan_run run;

	scan(place->path, &run);
	assert_false(run.result.complete);
	if (!scan_run_warns(&run, code))
		fail_msg("no warning %s", code);
	scan_run_release(&run);
}

static void cut_everywhere(struct workplace *place, const char *path, size_t whole)
{
	size_t length;
	uint8_t *data = file_load(path, &length);
	uint64_t most = 0;
	struct scan_run run;

	scan(path, &run);
	assert_true(run.result.complete);
	most = run.result.hits;
	scan_run_release(&run);
	for (size_t cut = 0; cut < whole && cut < length; cut += 4096) {
		file_write(place->path, data, cut);
		scan(place->path, &run);
		if (run.result.complete || run.result.hits > most)
			fail_msg("%s cut at %zu of %zu: complete %d, %llu hits", path, cut, length,
				 run.result.complete, (unsigned long long)run.result.hits);
		scan_run_release(&run);
	}
	free(data);
}

static void an_archive_cut_anywhere_is_incomplete(void **state)
{
	struct workplace *place = *state;
	size_t length;

	/* The last 10 KiB may be nothing but the end of the archive and its padding. */
	free(file_load(place->made, &length));
	cut_everywhere(place, place->made, length - 10240);
}

static void a_compressed_archive_cut_anywhere_is_incomplete(void **state)
{
	static const char *const filters[] = { "gzip", "zstd", "xz", "lz4", "bzip2" };
	struct workplace *place = *state;
	char path[600];

	cut_everywhere(place, TEST_DATA_DIR "/podman-zstd.tar", SIZE_MAX);
	for (size_t i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "%s/%s", place->directory, filters[i]);
		package_write_tar(&place->package, path, filters[i], ORDER_AS_IS);
		cut_everywhere(place, path, SIZE_MAX);
	}
}

static void damage_at_the_start_of_a_compressed_archive_is_no_other_file(void **state)
{
	static const char *const filters[] = { "gzip", "zstd", "xz", "bzip2" };
	struct workplace *place = *state;

	for (size_t i = 0; i < 4; i++) {
		size_t length;

		package_write_tar(&place->package, place->path, filters[i], ORDER_AS_IS);
		uint8_t *data = file_load(place->path, &length);

		memset(data + 24, 0xff, 64);
		file_write(place->path, data, length);
		incomplete(place, "corrupt");
		free(data);
	}
}

static void what_is_no_checkpoint_says_so(void **state)
{
	struct workplace *place = *state;
	struct package other = { 0 };

	file_write(place->path, "", 0);
	incomplete(place, "not-a-checkpoint");
	file_write(place->path, "just some text\n", 15);
	incomplete(place, "not-a-checkpoint");
	package_load(&other, place->made);
	package_remove(&other, "checkpoint/inventory.img");
	package_write_tar(&other, place->path, NULL, ORDER_AS_IS);
	incomplete(place, "not-a-checkpoint");
	package_release(&other);
	unlink(place->path);
	incomplete(place, "cannot-open");
}

static void write_package(struct workplace *place, const struct package *package)
{
	package_write_tar(package, place->path, NULL, ORDER_AS_IS);
}

static void a_missing_image_is_named(void **state)
{
	static const char *const images[] = { "checkpoint/mm-2.img", "checkpoint/pages-2.img",
					      "checkpoint/pagemap-shmem-1048.img" };
	struct workplace *place = *state;

	for (size_t i = 0; i < 3; i++) {
		struct package package;
		struct scan_run run;

		package_load(&package, place->made);
		package_remove(&package, images[i]);
		write_package(place, &package);
		scan(place->path, &run);
		assert_false(run.result.complete);
		assert_true(scan_run_warns(&run, "missing-image"));
		/* The other process is scanned all the same. */
		assert_true(run.result.hits >= 1);
		scan_run_release(&run);
		package_release(&package);
	}
}

static void pages_that_end_early_are_lost_and_counted(void **state)
{
	struct workplace *place = *state;
	struct package package;
	struct scan_run whole, cut;

	package_load(&package, place->made);
	write_package(place, &package);
	scan(place->path, &whole);
	package_find(&package, "checkpoint/pages-3.img")->length -= 3 * 4096 + 100;
	for (int compressed = 0; compressed < 2; compressed++) {
		package_write_tar(&package, place->path, compressed ? "zstd" : NULL, ORDER_AS_IS);
		scan(place->path, &cut);
		assert_false(cut.result.complete);
		assert_true(scan_run_warns(&cut, "truncated"));
		assert_int_equal(number(&cut, "bytes_scanned") + number(&cut, "bytes_lost"),
				 number(&whole, "bytes_scanned"));
		assert_int_equal(number(&cut, "bytes_lost"), 4 * 4096);
		scan_run_release(&cut);
	}
	scan_run_release(&whole);
	package_release(&package);
}

static bool is_small_image(const struct packed_member *member)
{
	return strstr(member->name, ".img") && !strstr(member->name, "/pages-");
}

/* Whatever the bytes of the images say, every answer is an answer. */
static void random_damage_never_breaks_a_scan(void **state)
{
	struct workplace *place = *state;
	uint64_t random = 88172645463325252u;

	for (int round = 0; round < 1500; round++) {
		struct package package;
		struct scan_run run;

		package_load(&package, place->made);
		for (int damage = 0; damage < 1 + round % 4; damage++) {
			struct packed_member *member;

			do {
				random ^= random << 13;
				random ^= random >> 7;
				random ^= random << 17;
				member = &package.members[random % package.count];
			} while (!is_small_image(member) || !member->length);
			member->data[(random >> 20) % member->length] ^=
				(uint8_t)(1 + (random >> 50) % 255);
			if (round % 7 == 0)
				member->length = (random >> 30) % member->length;
		}
		package_write_tar(&package, place->path, round % 5 ? NULL : "zstd", ORDER_AS_IS);
		scan(place->path, &run);
		scan_run_release(&run);
		package_release(&package);
	}
}

static void a_filter_that_selects_nothing_is_a_note(void **state)
{
	static const uint32_t pid = 4711;
	struct workplace *place = *state;
	struct scan_setup setup = { .path = place->made,
				    .rules = rules,
				    .options = { .pids = &pid, .pid_count = 1 } };
	struct scan_run run;

	scan_run(&setup, &run);
	assert_true(run.result.nothing_selected);
	assert_true(scan_run_warns(&run, "nothing-selected"));
	assert_int_equal(run.result.hits, 0);
	scan_run_release(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_archive_cut_anywhere_is_incomplete),
		cmocka_unit_test(a_compressed_archive_cut_anywhere_is_incomplete),
		cmocka_unit_test(damage_at_the_start_of_a_compressed_archive_is_no_other_file),
		cmocka_unit_test(what_is_no_checkpoint_says_so),
		cmocka_unit_test(a_missing_image_is_named),
		cmocka_unit_test(pages_that_end_early_are_lost_and_counted),
		cmocka_unit_test(random_damage_never_breaks_a_scan),
		cmocka_unit_test(a_filter_that_selects_nothing_is_a_note),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
