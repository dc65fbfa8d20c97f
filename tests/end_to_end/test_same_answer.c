/*
 * The answer is the same for every way of getting it: any number of threads, any size of shards, every form
 * of the same checkpoint, any order of members. Reports are compared line by line but for what json.md's rule
 * 6 lets differ.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/read/ring.h"
#include "tests/support/repack.h"
#include "tests/support/scan_run.h"
#include "tests/support/standard_input.h"

static bool ring_is_there(void)
{
	struct ring *ring;

	if (ring_new(&ring, 1, 0, NULL))
		return false;
	ring_free(ring);
	return true;
}

static const char rules[] =
	"rule needles { strings: $a = \"IOC~\" $b = \"IOC~\" wide $c = \"IOC~\" xor(1-255) "
	"condition: any of them }\n"
	"rule wild { strings: $h = { 48 31 C0 50 ?? AD [1-4] 0F 05 } condition: #h > 0 }\n"
	"rule token { strings: $t = /token=[0-9a-f]{8}-[0-9a-f]{4}/ fullword condition: $t and "
	"@t[1] > 0 and !t[1] == 19 }\n"
	"rule words : tag { meta: m = 1 strings: $w = /[a-z_]{6,12}/ nocase fullword condition: #w "
	"> 10 }\n"
	"rule zeros { strings: $z = { 49 4f 43 7e [20-24] 00 00 00 00 } condition: $z }\n"
	"rule reads { strings: $a = \"IOC~\" condition: for any i in (1..#a) : (uint32(@a[i]) == "
	"0x7e434f49 and uint8(@a[i] + 24) == 0x7e) }\n"
	"rule far { strings: $a = \"IOC~\" condition: for any i in (1..#a) : (uint32(@a[i] + 4096) "
	"== 0) }\n"
	"rule no { strings: $a = \"this is nowhere to be found\" condition: $a }\n"
	"rule not_there { strings: $a = \"this is nowhere to be found\" condition: not $a }\n"
	"rule together { condition: needles and not no }\n";

static char *answer_read(const char *path, size_t threads, size_t shard_bytes, uint64_t held_bytes,
			 enum read_mode read_mode)
{
	struct scan_setup setup = {
		.path = path,
		.rules = rules,
		.threads = threads,
		.options = { .shard_bytes = shard_bytes,
			     .read_mode = read_mode,
			     .data_bytes = 32,
			     .context_bytes = 8,
			     .held_bytes = held_bytes },
	};
	struct scan_run run;
	char *text;

	scan_run(&setup, &run);
	assert_true(run.result.complete);
	assert_true(run.result.hits > 10);
	text = scan_run_normalized(&run);
	scan_run_release(&run);
	return text;
}

static char *answer(const char *path, size_t threads, size_t shard_bytes, uint64_t held_bytes)
{
	return answer_read(path, threads, shard_bytes, held_bytes, READ_AUTO);
}

static void compare(const char *expected, const char *text, const char *path)
{
	if (strcmp(text, expected) == 0)
		return;
	file_write("ckpt-scan-expected.json", expected, strlen(expected));
	file_write("ckpt-scan-found.json", text, strlen(text));
	fail_msg("%s: another answer, see ckpt-scan-{expected,found}.json here", path);
}

static void same(const char *expected, const char *path, size_t threads, size_t shard_bytes)
{
	char *text = answer(path, threads, shard_bytes, 0);

	compare(expected, text, path);
	free(text);
}

struct fixture {
	struct package package;
	char directory[256], plain[512];
	char *expected;
};

static int load(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	temporary_directory(fixture->directory, sizeof(fixture->directory));
	package_load(&fixture->package, TEST_DATA_DIR "/podman-zstd.tar");
	snprintf(fixture->plain, sizeof(fixture->plain), "%s/plain.tar", fixture->directory);
	package_write_tar(&fixture->package, fixture->plain, NULL, ORDER_AS_IS);
	fixture->expected = answer(fixture->plain, 1, 0, 0);
	*state = fixture;
	return 0;
}

static int unload(void **state)
{
	struct fixture *fixture = *state;

	package_release(&fixture->package);
	temporary_remove(fixture->directory);
	free(fixture->expected);
	free(fixture);
	return 0;
}

static void for_any_threads_and_shards(void **state)
{
	static const size_t threads[] = { 1, 2, 7 }, shards[] = { 4096, 65536, 0 };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < 3; j++) {
			same(fixture->expected, fixture->plain, threads[i], shards[j]);
			same(fixture->expected, TEST_DATA_DIR "/podman-zstd.tar", threads[i],
			     shards[j]);
		}
}

/* Copies of the database, and who searches what, on machines that are made up. */
static void for_any_number_of_nodes(void **state)
{
	static const struct {
		const char *machine;
		size_t threads;
	} rows[] = {
		{ "NUMANode:1 core:4 pu:1", 4 },
		{ "pack:2 numa:1 core:2 pu:1", 4 },
		{ "pack:2 numa:4 core:2 pu:1", 16 },
		{ "NUMANode:8 core:2 pu:1", 3 },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setenv("HWLOC_SYNTHETIC", rows[i].machine, 1);
		same(fixture->expected, fixture->plain, rows[i].threads, 65536);
		same(fixture->expected, TEST_DATA_DIR "/podman-zstd.tar", rows[i].threads, 0);
		unsetenv("HWLOC_SYNTHETIC");
	}
}

static void for_every_compression(void **state)
{
	static const char *const filters[] = { "gzip", "zstd", "xz", "lz4", "bzip2" };
	struct fixture *fixture = *state;
	char path[512];

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		/* The name says nothing about the form. */
		snprintf(path, sizeof(path), "%s/%zu.txt", fixture->directory, i);
		package_write_tar(&fixture->package, path, filters[i], ORDER_AS_IS);
		same(fixture->expected, path, 2, 0);
	}
}

static void for_any_order_of_members(void **state)
{
	static const char *const filters[] = { NULL, "zstd" };
	static const enum package_order orders[] = { ORDER_REVERSED, ORDER_PAGES_FIRST };
	struct fixture *fixture = *state;
	char path[512];

	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < 2; j++) {
			snprintf(path, sizeof(path), "%s/order-%zu-%zu", fixture->directory, i, j);
			package_write_tar(&fixture->package, path, filters[i], orders[j]);
			same(fixture->expected, path, 2, 0);
		}
}

static void for_a_directory(void **state)
{
	struct fixture *fixture = *state;
	char path[512];

	snprintf(path, sizeof(path), "%s/unpacked", fixture->directory);
	package_write_directory(&fixture->package, path);
	same(fixture->expected, path, 2, 0);
}

/* Whatever of the file is in the page cache: half of it was thrown out, if the system does so. */
static void forget_half(const char *path)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	struct stat info;

	assert_true(descriptor >= 0);
	assert_int_equal(fstat(descriptor, &info), 0);
	fdatasync(descriptor);
	posix_fadvise(descriptor, info.st_size / 2, 0, POSIX_FADV_DONTNEED);
	close(descriptor);
}

static void for_every_way_to_read(void **state)
{
	static const size_t threads[] = { 1, 7 }, shards[] = { 4096, 0 };
	static const enum read_mode modes[] = { READ_AUTO, READ_MMAP, READ_RING };
	struct fixture *fixture = *state;
	size_t count = ring_is_there() ? 3 : 2;
	char directory[512];

	snprintf(directory, sizeof(directory), "%s/read", fixture->directory);
	package_write_directory(&fixture->package, directory);
	for (size_t i = 0; i < 2 * count; i++) {
		const char *paths[] = { fixture->plain, directory };

		for (size_t j = 0; j < 2; j++) {
			char *text;

			forget_half(fixture->plain);
			text = answer_read(paths[j], threads[i % 2], shards[i % 2], 0,
					   modes[i / 2]);
			compare(fixture->expected, text, paths[j]);
			free(text);
		}
	}
	if (count < 3)
		print_message("io_uring is missing here: not tried\n");
}

static void for_standard_input(void **state)
{
	struct fixture *fixture = *state;
	const char *const paths[] = { fixture->plain, TEST_DATA_DIR "/podman-zstd.tar" };

	for (size_t i = 0; i < 2; i++) {
		int saved = standard_input_begin(paths[i]);

		same(fixture->expected, "-", 2, 0);
		standard_input_end(saved);
	}
}

/* The tree is there, yet the first page image comes before what places it: it is kept, and so are the others. */
static void for_one_image_before_what_places_it(void **state)
{
	struct fixture *fixture = *state;
	struct package package;
	char path[512];
	size_t first = 0;

	package_load(&package, TEST_DATA_DIR "/podman-zstd.tar");
	for (size_t left = package.count; left > 0; left--) {
		const char *name = package.members[first].name;

		if (strcmp(name, "checkpoint/pages-1.img") == 0 ||
		    strcmp(name, "checkpoint/pstree.img") == 0)
			first++;
		else
			package_move_last(&package, name);
	}
	snprintf(path, sizeof(path), "%s/one-first", fixture->directory);
	package_write_tar(&package, path, "zstd", ORDER_AS_IS);
	same(fixture->expected, path, 2, 0);

	int saved = standard_input_begin(path);

	same(fixture->expected, "-", 2, 0);
	standard_input_end(saved);
	package_release(&package);
}

static const char needles[] = "rule needles { strings: $a = \"IOC~\" condition: $a }";

/* Of a checkpoint that is not whole: only this warning says so. */
static char *incomplete_answer(const char *path, const char *code)
{
	struct scan_setup setup = { .path = path, .rules = needles };
	struct scan_run run;
	json_t *reasons;
	char *text;

	scan_run(&setup, &run);
	assert_false(run.result.complete);
	reasons = json_object_get(scan_run_summary(&run), "incomplete");
	assert_int_equal(json_array_size(reasons), 1);
	assert_string_equal(json_string_value(json_array_get(reasons, 0)), code);
	text = scan_run_normalized(&run);
	scan_run_release(&run);
	return text;
}

static void same_incomplete(const struct fixture *fixture, const struct package *package,
			    const char *code)
{
	char path[512], *expected, *text;
	int saved;

	snprintf(path, sizeof(path), "%s/incomplete", fixture->directory);
	package_write_tar(package, path, NULL, ORDER_AS_IS);
	expected = incomplete_answer(path, code);
	package_write_tar(package, path, "zstd", ORDER_AS_IS);
	text = incomplete_answer(path, code);
	compare(expected, text, path);
	free(text);
	saved = standard_input_begin(path);
	text = incomplete_answer("-", code);
	standard_input_end(saved);
	compare(expected, text, "-");
	free(text);
	free(expected);
}

/* Whoever knows why bytes never came tells it, and nobody else. */
static void for_images_that_end_early_or_never_come(void **state)
{
	struct package package;
	struct packed_member *image;

	package_load(&package, TEST_DATA_DIR "/podman-zstd.tar");
	image = package_find(&package, "checkpoint/pages-3.img");
	image->length = image->length / 2 + 100;
	same_incomplete(*state, &package, "truncated");
	package_remove(&package, "checkpoint/pages-3.img");
	same_incomplete(*state, &package, "missing-image");
	package_release(&package);
}

/* Images that could not be kept are a limit; they were there in full. */
static void images_without_room_are_no_short_ones(void **state)
{
	struct fixture *fixture = *state;
	char path[512];
	struct scan_setup setup = {
		.path = path,
		.rules = needles,
		.options = { .memory = { .memory_bytes = 64 << 10, .no_spill = true } },
	};
	struct scan_run run;

	snprintf(path, sizeof(path), "%s/no-room", fixture->directory);
	package_write_tar(&fixture->package, path, "zstd", ORDER_PAGES_FIRST);
	scan_run(&setup, &run);
	assert_false(run.result.complete);
	assert_true(scan_run_warns(&run, "limit"));
	assert_false(scan_run_warns(&run, "truncated"));
	scan_run_release(&run);
}

static void for_hits_that_wait_in_a_file(void **state)
{
	struct fixture *fixture = *state;
	const char *const paths[] = { fixture->plain, TEST_DATA_DIR "/podman-zstd.tar" };

	for (size_t i = 0; i < 8; i++) {
		char *text = answer(paths[i % 2], 3, 0, 1);

		compare(fixture->expected, text, paths[i % 2]);
		free(text);
	}
}

static char *answer_of(const struct package *package, const char *path, const char *filter)
{
	struct scan_setup setup = { .path = path,
				    .rules =
					    "rule made { strings: $m = \"MADE~\" condition: $m }" };
	struct scan_run run;
	char *text;

	package_write_tar(package, path, filter, ORDER_AS_IS);
	scan_run(&setup, &run);
	assert_true(run.result.complete && run.result.hits > 1);
	text = scan_run_normalized(&run);
	scan_run_release(&run);
	return text;
}

/* As CRIU writes them: who is whose parent and which executable was deleted comes behind the pages. */
static void for_facts_that_come_behind_the_pages(void **state)
{
	/* Two magics; an entry: file 1 is ghost 2. */
	static const uint8_t deleted[] = { 0x19, 0x43, 0x56, 0x54, 0x54, 0x39, 0x13, 0x59, 6,
					   0,	 0,    0,    8,	   1,	 0x10, 2,    0x18, 1 };
	struct fixture *fixture = *state;
	char path[512], command[2048], *plain, *passed;
	struct package package;

	snprintf(path, sizeof(path), "%s/facts", fixture->directory);
	snprintf(command, sizeof(command), "%s --size 1M --seed 6 --processes 3 %s",
		 MAKE_CHECKPOINT, path);
	assert_int_equal(system(command), 0);
	package_load(&package, path);
	package_move_last(&package, "checkpoint/pstree.img");
	package_add(&package, "checkpoint/remap-fpath.img", deleted, sizeof(deleted));
	plain = answer_of(&package, path, NULL);
	assert_non_null(strstr(plain, "\"executable_state\": \"deleted\""));
	assert_non_null(strstr(plain, "\"ppid\": 1"));
	for (size_t i = 0; i < 2; i++) {
		passed = answer_of(&package, path, i ? "gzip" : "zstd");
		assert_string_equal(passed, plain);
		free(passed);
	}
	free(plain);
	package_release(&package);
}

/* Of everything that may cross the border of an own page: far parts, words, zeros, keys. */
static const char sibling_rules[] =
	"rule made { strings: $a = \"MADE~\" $x = \"MADE~\" xor(1-255) condition: any of them }\n"
	"rule whole { strings: $r = /MADE~[A-Za-z2-9]{19}~/ fullword condition: $r }\n"
	"rule far { strings: $c = { 4d 41 44 45 7e [1000-9000] 47 45 54 20 } condition: #c > 0 }\n"
	"rule farther { strings: $c = { 68 6f 73 74 [0-300] 4d 41 44 45 7e [20000-] 6c 6f 63 61 6c "
	"} "
	"condition: #c > 0 }\n"
	"rule gap { strings: $g = /Host: [^H]{1,3000}Accept/ condition: #g > 0 }\n"
	"rule words { strings: $w = /[a-z]{6,12}/ fullword condition: #w > 10 }\n"
	"rule zeros { strings: $z = { 7e 00 00 00 [0-40] 00 00 00 00 00 } condition: $z }\n"
	"rule pages { strings: $p = { 7f 00 00 [4088-4104] 7f 00 00 } condition: #p > 0 }\n"
	"rule nowhere { strings: $n = \"this is nowhere to be found\" condition: not $n }\n";

static char *answer_of_siblings(const char *path, enum sharing sharing, size_t threads,
				size_t shard_bytes)
{
	struct scan_setup setup = { .path = path,
				    .rules = sibling_rules,
				    .threads = threads,
				    .options = { .shard_bytes = shard_bytes,
						 .data_bytes = 32,
						 .context_bytes = 8,
						 .sharing = sharing } };
	struct scan_run run;
	char *text;

	scan_run(&setup, &run);
	assert_true(run.result.complete && run.result.hits > 20);
	text = scan_run_normalized(&run);
	scan_run_release(&run);
	return text;
}

static void for_siblings_that_are_searched_together(void **state)
{
	static const struct {
		enum sharing sharing;
		size_t threads, shard_bytes;
	} ways[] = { { SHARING_ALWAYS, 1, 0 },
		     { SHARING_ALWAYS, 3, 0 },
		     { SHARING_ALWAYS, 3, 20000 },
		     { SHARING_AUTO, 3, 0 } };
	static const char *const forms[] = { "", "--compress zstd", "--directory",
					     "--pages-first --compress gzip" };
	struct fixture *fixture = *state;
	char path[512], command[2048];

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char *expected;

		snprintf(path, sizeof(path), "%s/siblings-%zu", fixture->directory, i);
		snprintf(command, sizeof(command),
			 "%s --siblings 5 --own 12 --size 5M --seed 3 %s %s", MAKE_CHECKPOINT,
			 forms[i], path);
		assert_int_equal(system(command), 0);
		expected = answer_of_siblings(path, SHARING_OFF, 1, 0);
		for (size_t j = 0; j < sizeof(ways) / sizeof(ways[0]); j++) {
			char *text = answer_of_siblings(path, ways[j].sharing, ways[j].threads,
							ways[j].shard_bytes);

			compare(expected, text, path);
			free(text);
		}
		free(expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(for_any_threads_and_shards),
		cmocka_unit_test(for_any_number_of_nodes),
		cmocka_unit_test(for_every_compression),
		cmocka_unit_test(for_any_order_of_members),
		cmocka_unit_test(for_a_directory),
		cmocka_unit_test(for_every_way_to_read),
		cmocka_unit_test(for_standard_input),
		cmocka_unit_test(for_one_image_before_what_places_it),
		cmocka_unit_test(for_images_that_end_early_or_never_come),
		cmocka_unit_test(images_without_room_are_no_short_ones),
		cmocka_unit_test(for_facts_that_come_behind_the_pages),
		cmocka_unit_test(for_hits_that_wait_in_a_file),
		cmocka_unit_test(for_siblings_that_are_searched_together),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
