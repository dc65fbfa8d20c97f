/*
 * Every byte that a checkpoint describes is scanned, lost or not selected: held against a count that walks the
 * page maps by itself, whatever the form and the filters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/image_reader.h"
#include "tests/support/scan_run.h"

static const char rules[] = "rule planted { strings: $a = \"IOC~\" condition: $a }";

struct account {
	uint64_t scanned, lost, not_selected;
};

static uint64_t sum(const struct scan_run *run, const char *field)
{
	return (uint64_t)json_integer_value(json_object_get(scan_run_summary(run), field));
}

static struct account account_of(const char *path, const uint32_t *pids, size_t pid_count)
{
	struct scan_setup setup = { .path = path,
				    .rules = rules,
				    .options = { .pids = pids, .pid_count = pid_count } };
	struct scan_run run;
	struct account account;

	scan_run(&setup, &run);
	account = (struct account){ sum(&run, "bytes_scanned"), sum(&run, "bytes_lost"),
				    sum(&run, "bytes_not_selected") };
	assert_true(!account.lost || !run.result.complete);
	scan_run_release(&run);
	return account;
}

static void check(const char *path, const char *directory, uint32_t pid)
{
	struct described described;
	struct package package;
	struct account all, one;
	uint64_t captured;

	if (!file_is_there(path)) {
		print_message("%s is not there\n", path);
		skip();
	}
	package_load(&package, path);
	described = described_count(&package, directory);
	captured = described_captured(&package, directory);
	package_release(&package);

	described.memory += described.from_files;
	all = account_of(path, NULL, 0);
	assert_int_equal(all.scanned, described.memory + described.objects + captured);
	assert_int_equal(all.lost, 0);
	assert_int_equal(all.not_selected, 0);
	one = account_of(path, &pid, 1);
	assert_int_equal(one.scanned + one.lost + one.not_selected,
			 described.memory + described.objects + captured);
	assert_true(one.scanned + one.lost < all.scanned + all.lost);
}

#define FIXTURE(function, path, directory, pid)                                                    \
	static void function(void **state)                                                         \
	{                                                                                          \
		(void)state;                                                                       \
		check(path, directory, pid);                                                       \
	}

FIXTURE(bundled_podman_zstd, TEST_DATA_DIR "/podman-zstd.tar", "checkpoint/", 1)
FIXTURE(podman_none, SHARED_DIR "/checkpoints/podman-none.tar", "checkpoint/", 1)
FIXTURE(podman_gzip, SHARED_DIR "/checkpoints/podman-gzip.tar", "checkpoint/", 1)
FIXTURE(containerd_cri, SHARED_DIR "/checkpoints/containerd-cri.tar.zst", "checkpoint/", 1)
FIXTURE(runc_directory, SHARED_DIR "/checkpoints/runc-dir.tar.zst", "runc-dir/", 1)
FIXTURE(crun_directory, SHARED_DIR "/checkpoints/crun-dir.tar.zst", "crun-dir/", 1)
FIXTURE(incremental, SHARED_DIR "/checkpoints/incremental.tar.zst", "final/", 140)
FIXTURE(runc_incremental, SHARED_DIR "/checkpoints/runc-incremental.tar.zst", "runc-final/", 1)

struct made {
	char directory[256], path[512], again[512];
	struct package package;
};

static int make(void **state)
{
	struct made *made = calloc(1, sizeof(*made));
	char command[2048];

	assert_non_null(made);
	temporary_directory(made->directory, sizeof(made->directory));
	snprintf(made->path, sizeof(made->path), "%s/made", made->directory);
	snprintf(made->again, sizeof(made->again), "%s/again", made->directory);
	snprintf(command, sizeof(command), "%s --size 1M --seed 5 --processes 3 %s",
		 MAKE_CHECKPOINT, made->path);
	assert_int_equal(system(command), 0);
	package_load(&made->package, made->path);
	*state = made;
	return 0;
}

static int unmake(void **state)
{
	struct made *made = *state;

	package_release(&made->package);
	temporary_remove(made->directory);
	free(made);
	return 0;
}

static void check_both_forms(struct made *made, uint64_t more)
{
	struct described described = described_count(&made->package, "checkpoint/");

	for (int compressed = 0; compressed < 2; compressed++) {
		struct account account;

		package_write_tar(&made->package, made->again, compressed ? "zstd" : NULL,
				  ORDER_AS_IS);
		account = account_of(made->again, NULL, 0);
		assert_int_equal(account.scanned, described.memory + described.objects + more);
		assert_int_equal(account.lost, 0);
		assert_int_equal(account.not_selected, 0);
	}
}

static void a_made_checkpoint_adds_up(void **state)
{
	check_both_forms(*state, 0);
}

/* The made processes all map the memfd; without their mappings its pages are shown by nobody. */
static void an_object_that_nobody_maps_is_a_file(void **state)
{
	struct made *made = *state;
	struct packed_member *from =
		package_find(&made->package, "checkpoint/pagemap-shmem-1048.img");
	struct described before = described_count(&made->package, "checkpoint/"), after;

	package_add(&made->package, "checkpoint/pagemap-shmem-77.img", from->data, from->length);
	after = described_count(&made->package, "checkpoint/");
	assert_true(after.objects > before.objects);
	check_both_forms(made, 0);
}

static void captured_files_count_by_their_bytes(void **state)
{
	/* Two magics, an entry that says four bytes and four bytes. */
	static const uint8_t pipes[] = { 0x19, 0x43, 0x56, 0x54, 0x09, 0x37, 0x45, 0x56, 4,   0,
					 0,    0,    0x08, 7,	 0x10, 4,    'd',  'a',	 't', 'a' };
	static const uint8_t chunks[] = { 0x19, 0x43, 0x56, 0x54, 0x05, 0x36, 0x58, 0x52, 2,
					  0,	0,    0,    0x48, 1,	4,    0,    0,	  0,
					  0x08, 3,    0x10, 0,	  'a',	'b',  'c' };
	struct made *made = *state;

	package_add(&made->package, "checkpoint/pipes-data.img", pipes, sizeof(pipes));
	package_add(&made->package, "checkpoint/ghost-file-1f.img", chunks, sizeof(chunks));
	package_add(&made->package, "ctr.log", "lines", 5);
	package_add(&made->package, "dump.log", "about the dump itself", 21);
	package_add(&made->package, "checkpoint/nobody-knows", "it", 2);
	package_add(&made->package, "beside", "!", 1);
	check_both_forms(made, 4 + 3 + 5 + 2 + 1);
}

/* In every form, also where they come by before it is known that nobody places them. */
static void pages_that_no_page_map_names_are_a_file(void **state)
{
	static const uint8_t pages[3 * 4096];
	struct made *made = *state;
	struct described described = described_count(&made->package, "checkpoint/");

	package_add(&made->package, "checkpoint/pages-99.img", pages, sizeof(pages));
	for (int form = 0; form < 3; form++) {
		struct scan_setup setup = { .path = made->again, .rules = rules };
		struct scan_run run;

		package_write_tar(&made->package, made->again, form ? "zstd" : NULL,
				  form == 2 ? ORDER_PAGES_FIRST : ORDER_AS_IS);
		scan_run(&setup, &run);
		assert_true(scan_run_warns(&run, "missing-image"));
		assert_false(run.result.complete);
		assert_int_equal(sum(&run, "bytes_scanned"),
				 described.memory + described.objects + sizeof(pages));
		assert_int_equal(sum(&run, "bytes_lost"), 0);
		assert_int_equal(sum(&run, "bytes_not_selected"), 0);
		scan_run_release(&run);
	}
}

/* Beyond the factor blocks are left out: lost, named, and in no form a wrong sum. */
static void what_is_shown_too_often_is_lost_and_named(void **state)
{
	struct made *made = *state;
	struct described described = described_count(&made->package, "checkpoint/");
	struct scan_setup setup = { .path = made->again,
				    .rules = rules,
				    .options = { .search_factor = 1 } };

	for (int compressed = 0; compressed < 2; compressed++) {
		struct scan_run run;

		package_write_tar(&made->package, made->again, compressed ? "zstd" : NULL,
				  ORDER_AS_IS);
		scan_run(&setup, &run);
		assert_int_equal(sum(&run, "bytes_scanned") + sum(&run, "bytes_lost"),
				 described.memory + described.objects);
		assert_true(run.result.complete == !scan_run_warns(&run, "limit"));
		assert_true(run.result.complete == !sum(&run, "bytes_lost"));
		scan_run_release(&run);
	}
}

#define MADE(test) cmocka_unit_test_setup_teardown(test, make, unmake)

/* Writes the made checkpoint, cut @kept bytes into a file of its root file system; returns what that archive lost. */
static uint64_t write_cut(struct made *made, size_t kept)
{
	static uint8_t content[20000];
	struct package diff = { 0 };
	size_t inner_length, length;
	uint8_t *inner, *outer, *start;
	FILE *file = fopen(made->again, "w");

	memset(content, 'q', sizeof(content));
	package_add(&diff, "tmp/long", content, sizeof(content));
	inner = package_pack_tar(&diff, NULL, &inner_length);
	package_add(&made->package, "rootfs-diff.tar", inner, inner_length);
	outer = package_pack_tar(&made->package, NULL, &length);
	start = memmem(outer, length, content, sizeof(content));
	assert_non_null(start);
	assert_non_null(file);
	assert_int_equal(fwrite(outer, 1, (size_t)(start - outer) + kept, file),
			 (size_t)(start - outer) + kept);
	assert_int_equal(fclose(file), 0);
	start = memmem(inner, inner_length, content, sizeof(content));
	assert_non_null(start);
	length = inner_length - (size_t)(start - inner) - kept;
	free(inner);
	free(outer);
	package_release(&diff);
	return length;
}

static void what_a_cut_archive_lost_is_lost_in_every_form(void **state)
{
	struct made *made = *state;
	struct described described = described_count(&made->package, "checkpoint/");
	uint64_t lost = write_cut(made, 5000);
	char path[sizeof(made->again) + 8], command[2048];

	snprintf(path, sizeof(path), "%s.zst", made->again);
	snprintf(command, sizeof(command), "zstd -q -f -o %s %s", path, made->again);
	assert_int_equal(system(command), 0);
	for (int compressed = 0; compressed < 2; compressed++) {
		struct account account = account_of(compressed ? path : made->again, NULL, 0);

		assert_int_equal(account.scanned, described.memory + described.objects + 5000);
		assert_int_equal(account.lost, lost);
		assert_int_equal(account.not_selected, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bundled_podman_zstd),
		cmocka_unit_test(podman_none),
		cmocka_unit_test(podman_gzip),
		cmocka_unit_test(containerd_cri),
		cmocka_unit_test(runc_directory),
		cmocka_unit_test(crun_directory),
		cmocka_unit_test(incremental),
		cmocka_unit_test(runc_incremental),
		MADE(a_made_checkpoint_adds_up),
		MADE(an_object_that_nobody_maps_is_a_file),
		MADE(captured_files_count_by_their_bytes),
		MADE(pages_that_no_page_map_names_are_a_file),
		MADE(what_is_shown_too_often_is_lost_and_named),
		MADE(what_a_cut_archive_lost_is_lost_in_every_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
