/*
 * Real checkpoints: every needle that the frozen process wrote down is found at its address in every process
 * that maps it, and the places found are exactly those that an independent reader found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/scan_run.h"

#define MOST_NEEDLES 64u

struct needle {
	char name[64];
	uint8_t bytes[128];
	size_t length;
	const char *kind; /* of the truth file, lent */
};

struct needles {
	json_t *truth;
	struct needle items[MOST_NEEDLES];
	struct search_pattern patterns[MOST_NEEDLES];
	size_t count;
};

static size_t from_hex(const char *hex, uint8_t *out, size_t room)
{
	size_t length = strlen(hex) / 2;

	assert_true(length <= room);
	for (size_t i = 0; i < length; i++) {
		unsigned value;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
		out[i] = (uint8_t)value;
	}
	return length;
}

/* What a child inherited has a line for each process. */
static bool is_known(const struct needles *needles, const struct needle *needle)
{
	for (size_t i = 0; i < needles->count; i++)
		if (needles->items[i].length == needle->length &&
		    memcmp(needles->items[i].bytes, needle->bytes, needle->length) == 0)
			return true;
	return false;
}

static void load_needles(const char *path, struct needles *needles)
{
	size_t index;
	json_t *line;

	needles->truth = json_lines_load(path);
	needles->count = 0;
	json_array_foreach(needles->truth, index, line)
	{
		const char *hex = json_string_value(json_object_get(line, "hex"));
		struct needle *needle = &needles->items[needles->count];

		if (!hex)
			continue;
		assert_true(needles->count < MOST_NEEDLES);
		snprintf(needle->name, sizeof(needle->name), "%s",
			 json_string_value(json_object_get(line, "name")));
		needle->kind = json_string_value(json_object_get(line, "kind"));
		needle->length = from_hex(hex, needle->bytes, sizeof(needle->bytes));
		if (is_known(needles, needle))
			continue;
		needles->patterns[needles->count++] =
			(struct search_pattern){ .text = { needle->bytes, needle->length } };
	}
	assert_true(needles->count > 0);
}

static int compare_lines(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static char *joined(char **lines, size_t count)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	qsort(lines, count, sizeof(*lines), compare_lines);
	for (size_t i = 0; i < count; i++) {
		fprintf(stream, "%s\n", lines[i]);
		free(lines[i]);
	}
	fclose(stream);
	return text;
}

static char *place(const char *name, json_int_t pid, const char *address, json_int_t length)
{
	char *line;

	assert_true(asprintf(&line, "%s %lld %s %lld", name, (long long)pid, address,
			     (long long)length) > 0);
	return line;
}

static char *places_expected(const char *path)
{
	static char *lines[4096];
	json_t *all = json_lines_load(path), *line;
	size_t index, count = 0;

	json_array_foreach(all, index, line)
	{
		assert_true(count < sizeof(lines) / sizeof(lines[0]));
		lines[count++] = place(json_string_value(json_object_get(line, "name")),
				       json_integer_value(json_object_get(line, "pid")),
				       json_string_value(json_object_get(line, "va")),
				       json_integer_value(json_object_get(line, "len")));
	}
	json_decref(all);
	return joined(lines, count);
}

static char *places_found(const struct scan_run *run, const struct needles *needles)
{
	static char *lines[4096];
	size_t index, count = 0;
	json_t *line;

	json_array_foreach(run->lines, index, line)
	{
		const char *rule = json_string_value(json_object_get(line, "rule"));
		json_t *matches = json_object_get(line, "matches"), *match;
		json_t *target = json_object_get(line, "target");
		size_t number, i;

		if (!rule)
			continue;
		assert_int_equal(sscanf(rule, "pattern_%zu", &number), 1);
		assert_true(number >= 1 && number <= needles->count);
		json_array_foreach(matches, i, match)
		{
			assert_true(count < sizeof(lines) / sizeof(lines[0]));
			lines[count++] =
				place(needles->items[number - 1].name,
				      json_integer_value(json_object_get(target, "pid")),
				      json_string_value(json_object_get(match, "address")),
				      json_integer_value(json_object_get(match, "length")));
		}
	}
	return joined(lines, count);
}

static void check_truth(const struct needles *needles, const char *found)
{
	size_t index;
	json_t *line;

	json_array_foreach(needles->truth, index, line)
	{
		const char *kind = json_string_value(json_object_get(line, "kind"));
		const char *name = json_string_value(json_object_get(line, "name"));
		char text[160];

		if (strcmp(kind, "absent") == 0) {
			snprintf(text, sizeof(text), "%s ", name);
			if (strstr(found, text))
				fail_msg("%s is found, and must not be", name);
		}
		if (strcmp(kind, "memory") != 0)
			continue;
		snprintf(text, sizeof(text), "%s %lld %s ", name,
			 json_integer_value(json_object_get(line, "pid")),
			 json_string_value(json_object_get(line, "va")));
		if (!strstr(found, text))
			fail_msg("not found: %s", text);
	}
}

/* Every byte described is in one of three sums, whatever the filters leave out. */
static json_int_t described(const struct scan_run *run)
{
	json_t *summary = scan_run_summary(run);

	return json_integer_value(json_object_get(summary, "bytes_scanned")) +
	       json_integer_value(json_object_get(summary, "bytes_lost")) +
	       json_integer_value(json_object_get(summary, "bytes_not_selected"));
}

static void check_account(struct scan_setup *setup, const struct scan_run *all)
{
	static const uint32_t first = 1;
	struct scan_run one;
	json_t *summary = scan_run_summary(all);

	assert_true(all->result.complete);
	assert_true(json_is_true(json_object_get(summary, "complete")));
	assert_true(json_is_true(json_object_get(summary, "narrowed")));
	assert_int_equal(json_integer_value(json_object_get(summary, "bytes_lost")), 0);
	assert_true(json_integer_value(json_object_get(summary, "bytes_scanned")) > 1 << 20);
	setup->options.pids = &first;
	setup->options.pid_count = 1;
	scan_run(setup, &one);
	assert_int_equal(described(&one), described(all));
	assert_true(json_integer_value(json_object_get(scan_run_summary(&one), "bytes_scanned")) <
		    json_integer_value(json_object_get(summary, "bytes_scanned")));
	scan_run_release(&one);
}

static void check_fixture(const char *directory, const char *name, const char *suffix)
{
	static struct needles needles;
	char path[4096], truth[4096], occurrences[4096];
	struct scan_run run;
	char *expected, *found;

	snprintf(path, sizeof(path), "%s/%s%s", directory, name, suffix);
	snprintf(truth, sizeof(truth), "%s/%s.truth.jsonl", directory, name);
	snprintf(occurrences, sizeof(occurrences), "%s/%s.occurrences.jsonl", directory, name);
	if (!file_is_there(path)) {
		print_message("%s is not there\n", path);
		skip();
	}
	load_needles(truth, &needles);

	struct scan_setup setup = { .path = path,
				    .patterns = needles.patterns,
				    .pattern_count = needles.count,
				    .options = { .max_listed = 4096 } };

	scan_run(&setup, &run);
	expected = places_expected(occurrences);
	found = places_found(&run, &needles);
	assert_string_equal(found, expected);
	check_truth(&needles, found);
	check_account(&setup, &run);
	free(expected);
	free(found);
	scan_run_release(&run);
	json_decref(needles.truth);
}

static void bundled_podman_zstd(void **state)
{
	(void)state;
	check_fixture(TEST_DATA_DIR, "podman-zstd", ".tar");
}

#define SHARED_FIXTURE(function, name, suffix)                                                     \
	static void function(void **state)                                                         \
	{                                                                                          \
		(void)state;                                                                       \
		check_fixture(SHARED_DIR "/checkpoints", name, suffix);                            \
	}

SHARED_FIXTURE(podman_none, "podman-none", ".tar")
SHARED_FIXTURE(podman_gzip, "podman-gzip", ".tar")
SHARED_FIXTURE(containerd_cri, "containerd-cri", ".tar.zst")
SHARED_FIXTURE(runc_directory, "runc-dir", ".tar.zst")
SHARED_FIXTURE(runc_leave_running, "runc-leave-running", ".tar.zst")
SHARED_FIXTURE(crun_directory, "crun-dir", ".tar.zst")
SHARED_FIXTURE(docker_directory, "docker-dir", ".tar.zst")
SHARED_FIXTURE(docker_container, "docker-container", ".tar.zst")

/* Each line of @found must be one of @expected. */
static void check_lines(const char *found, const char *expected)
{
	while (*found) {
		size_t length = strcspn(found, "\n") + 1;
		char line[256];

		assert_true(length < sizeof(line));
		memcpy(line, found, length);
		line[length] = '\0';
		if (!strstr(expected, line))
			fail_msg("found where nothing is: %s", line);
		found += length;
	}
}

/* Pages that lie in a parent are lost, counted and named; what is found is there. */
static void check_incremental(const char *name, size_t processes)
{
	static struct needles needles;
	char path[4096], truth[4096], occurrences[4096];
	struct scan_run run;
	char *expected, *found;

	snprintf(path, sizeof(path), SHARED_DIR "/checkpoints/%s.tar.zst", name);
	snprintf(truth, sizeof(truth), SHARED_DIR "/checkpoints/%s.truth.jsonl", name);
	snprintf(occurrences, sizeof(occurrences), SHARED_DIR "/checkpoints/%s.occurrences.jsonl",
		 name);
	if (!file_is_there(path)) {
		print_message("%s is not there\n", path);
		skip();
	}
	load_needles(truth, &needles);

	struct scan_setup setup = { .path = path,
				    .patterns = needles.patterns,
				    .pattern_count = needles.count,
				    .options = { .max_listed = 4096 } };
	json_t *summary;

	scan_run(&setup, &run);
	summary = scan_run_summary(&run);
	assert_false(run.result.complete);
	assert_false(run.result.machine);
	assert_true(scan_run_warns(&run, "missing-parent"));
	assert_int_equal(json_array_size(json_object_get(summary, "incomplete")), 1);
	/* One for each process, and the note about file pages that no checkpoint holds. */
	assert_true(scan_run_warns(&run, "file-pages-not-dumped"));
	assert_int_equal(json_integer_value(json_object_get(summary, "warnings")), processes + 1);
	assert_true(json_integer_value(json_object_get(summary, "bytes_lost")) > 1 << 20);
	expected = places_expected(occurrences);
	found = places_found(&run, &needles);
	assert_true(*found);
	check_lines(found, expected);
	free(expected);
	free(found);
	scan_run_release(&run);
	json_decref(needles.truth);
}

static void incremental(void **state)
{
	(void)state;
	check_incremental("incremental", 3);
}

static void runc_incremental(void **state)
{
	(void)state;
	check_incremental("runc-incremental", 3);
}

/* No truth file, but a key and a value that a client stored. */
static void bundled_redis(void **state)
{
	static const char rules[] =
		"rule stored { strings: $key = \"secret:api\" $value = \"AKIAIOSFODNN7EXAMPLE\" "
		"condition: all of them }";
	struct scan_setup setup = { .path = TEST_DATA_DIR "/redis-zstd.tar", .rules = rules };
	struct scan_run run;

	(void)state;
	scan_run(&setup, &run);
	assert_true(run.result.complete);
	assert_int_equal(run.result.hits, 1);

	json_t *hit = json_array_get(run.lines, 0);
	json_t *target = json_object_get(hit, "target");

	assert_string_equal(json_string_value(json_object_get(target, "name")), "redis-server");
	assert_int_equal(json_integer_value(json_object_get(target, "pid")), 1);
	scan_run_release(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bundled_podman_zstd), cmocka_unit_test(bundled_redis),
		cmocka_unit_test(podman_none),	       cmocka_unit_test(podman_gzip),
		cmocka_unit_test(containerd_cri),      cmocka_unit_test(runc_directory),
		cmocka_unit_test(runc_leave_running),  cmocka_unit_test(crun_directory),
		cmocka_unit_test(docker_directory),    cmocka_unit_test(docker_container),
		cmocka_unit_test(incremental),	       cmocka_unit_test(runc_incremental),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
