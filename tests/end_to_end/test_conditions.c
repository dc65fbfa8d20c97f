/*
 * Conditions that read memory which has passed: the archive is inflated once more, and the answer is that of an
 * archive in place. Where nothing may be kept, it is incomplete, and never wrong.
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
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/scan_run.h"

/* Behind the first 64 KiB of a block, which are always kept; @some is asked of processes with many matches only. */
static const char rules[] =
	"rule far { strings: $m = \"MADE~\" condition: for any i in (1..#m) : (uint32(@m[i] + "
	"4096) == 0 or uint8(@m[i] + 200000) > 3) }\n"
	"rule not_far { strings: $m = \"MADE~\" condition: $m and not for any i in (1..#m) : "
	"(uint8(@m[i] + 200000) > 3) }\n"
	"rule some { strings: $m = \"MADE~\" condition: #m > 12 and for all i in (1..#m) : "
	"(uint32(@m[i]) == 0x4544414d) }\n"
	"rule planted { strings: $m = \"MADE~\" condition: $m }\n";

struct made {
	char directory[256], plain[512], packed[2][512];
	char *expected; /* the answer in place */
};

static void make_one(const struct made *made, const char *options, char path[512], const char *name)
{
	char command[2048];

	snprintf(path, 512, "%s/%s", made->directory, name);
	snprintf(command, sizeof(command), "%s --size 12M --seed 33 --processes 5 %s %s",
		 MAKE_CHECKPOINT, options, path);
	assert_int_equal(system(command), 0);
}

static int make(void **state)
{
	struct made *made = calloc(1, sizeof(*made));
	struct scan_setup setup = { .rules = rules };
	struct scan_run run;

	assert_non_null(made);
	temporary_directory(made->directory, sizeof(made->directory));
	make_one(made, "", made->plain, "plain");
	make_one(made, "--compress gzip", made->packed[0], "gzip");
	make_one(made, "--compress zstd", made->packed[1], "zstd");
	setup.path = made->plain;
	scan_run(&setup, &run);
	assert_true(run.result.complete && run.result.hits > 5);
	made->expected = scan_run_normalized(&run);
	scan_run_release(&run);
	*state = made;
	return 0;
}

static int unmake(void **state)
{
	struct made *made = *state;

	temporary_remove(made->directory);
	free(made->expected);
	free(made);
	return 0;
}

/* Bytes that this process has read by system calls: archives that pass are read so, and nothing else is large. */
static uint64_t bytes_read(void)
{
	FILE *file = fopen("/proc/self/io", "r");
	unsigned long long bytes;

	if (!file)
		return 0;
	assert_int_equal(fscanf(file, "rchar: %llu", &bytes), 1);
	fclose(file);
	return bytes;
}

static uint64_t size_of(const char *path)
{
	struct stat info;

	assert_int_equal(stat(path, &info), 0);
	return (uint64_t)info.st_size;
}

static void the_answer_is_the_same_after_two_passes(void **state)
{
	struct made *made = *state;

	for (size_t i = 0; i < 2; i++) {
		struct scan_setup setup = { .path = made->packed[i], .rules = rules };
		uint64_t before = bytes_read(), size = size_of(setup.path), read;
		struct scan_run run;
		char *text;

		scan_run(&setup, &run);
		read = bytes_read() - before;
		text = scan_run_normalized(&run);
		assert_string_equal(text, made->expected);
		if (before) {
			assert_true(read >= 2 * size);
			assert_true(read < 2 * size + size / 2);
		}
		free(text);
		scan_run_release(&run);
	}
}

static void one_pass_is_enough_where_nothing_is_read(void **state)
{
	struct made *made = *state;
	struct scan_setup setup = {
		.path = made->packed[1],
		.rules = "rule planted { strings: $m = \"MADE~\" condition: #m > 1 }",
	};
	uint64_t before = bytes_read(), size = size_of(setup.path);
	struct scan_run run;

	scan_run(&setup, &run);
	assert_true(run.result.complete);
	assert_true(!before || bytes_read() - before < size + size / 2);
	scan_run_release(&run);
}

/* Each hit of what was narrowed must be one of the whole answer. */
static void check_hits(const struct scan_run *run, const char *expected)
{
	size_t index;
	json_t *line;

	json_array_foreach(run->lines, index, line)
	{
		char text[160];

		if (!json_object_get(line, "rule"))
			continue;
		snprintf(text, sizeof(text), "\"id\": \"%s\"",
			 json_string_value(json_object_get(line, "id")));
		if (!strstr(expected, text))
			fail_msg("a hit that is none: %s in process %lld",
				 json_string_value(json_object_get(line, "rule")),
				 json_integer_value(
					 json_object_get(json_object_get(line, "target"), "pid")));
	}
}

static void without_anything_kept_it_is_incomplete_and_never_wrong(void **state)
{
	struct made *made = *state;

	for (size_t i = 0; i < 2; i++) {
		struct scan_setup setup = {
			.path = made->packed[i],
			.rules = rules,
			.options = { .memory = { .memory_bytes = 64 << 10, .no_spill = true } },
		};
		struct scan_run run;

		scan_run(&setup, &run);
		assert_false(run.result.complete);
		assert_false(run.result.machine);
		assert_true(scan_run_warns(&run, "limit"));
		assert_false(scan_run_warns(&run, "read-error"));
		check_hits(&run, made->expected);
		scan_run_release(&run);
	}
}

/* Beyond the memory a file is written, and the answer stays. */
static void with_little_memory_it_goes_to_a_file(void **state)
{
	struct made *made = *state;
	struct scan_setup setup = {
		.path = made->packed[1],
		.rules = rules,
		.options = { .memory = { .memory_bytes = 64 << 10 } },
	};
	struct scan_run run;
	char *text;

	scan_run(&setup, &run);
	text = scan_run_normalized(&run);
	assert_string_equal(text, made->expected);
	free(text);
	scan_run_release(&run);
}

static void standard_input_keeps_at_once(void **state)
{
	struct made *made = *state;
	int saved = dup(STDIN_FILENO);

	for (size_t i = 0; i < 3; i++) {
		const char *path = i == 2 ? made->plain : made->packed[i];
		struct scan_setup setup = { .path = "-", .rules = rules };
		int descriptor = open(path, O_RDONLY | O_CLOEXEC);
		struct scan_run run;
		char *text;

		assert_true(descriptor >= 0 && dup2(descriptor, STDIN_FILENO) >= 0);
		close(descriptor);
		scan_run(&setup, &run);
		text = scan_run_normalized(&run);
		assert_string_equal(text, made->expected);
		free(text);
		scan_run_release(&run);
	}
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_is_the_same_after_two_passes),
		cmocka_unit_test(one_pass_is_enough_where_nothing_is_read),
		cmocka_unit_test(without_anything_kept_it_is_incomplete_and_never_wrong),
		cmocka_unit_test(with_little_memory_it_goes_to_a_file),
		cmocka_unit_test(standard_input_keeps_at_once),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
