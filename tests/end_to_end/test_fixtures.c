/*
 * Real checkpoints: every needle that the frozen process wrote down is found at its address in every process
 * that maps it, and the places found are exactly those that an independent reader found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
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

/* A hit of a needle's pattern: its index; -1: another line. */
static int needle_of(json_t *line, const struct needles *needles)
{
	const char *rule = json_string_value(json_object_get(line, "rule"));
	size_t number;

	if (!rule)
		return -1;
	assert_int_equal(sscanf(rule, "pattern_%zu", &number), 1);
	assert_true(number >= 1 && number <= needles->count);
	return (int)number - 1;
}

static const char *text_in(json_t *line, const char *object, const char *field)
{
	const char *text = json_string_value(json_object_get(json_object_get(line, object), field));

	return text ? text : "";
}

/* In the dump itself, or in a parent: not in a mapped file that is shown as memory. */
static char *places_found(const struct scan_run *run, const struct needles *needles)
{
	static char *lines[4096];
	size_t index, count = 0;
	json_t *line;

	json_array_foreach(run->lines, index, line)
	{
		json_t *matches = json_object_get(line, "matches"), *match;
		json_t *target = json_object_get(line, "target");
		int needle = needle_of(line, needles);
		size_t i;

		if (needle < 0 || strcmp(text_in(line, "target", "kind"), "process") != 0)
			continue;
		json_array_foreach(matches, i, match)
		{
			if (json_object_get(match, "source"))
				continue;
			assert_true(count < sizeof(lines) / sizeof(lines[0]));
			lines[count++] =
				place(needles->items[needle].name,
				      json_integer_value(json_object_get(target, "pid")),
				      json_string_value(json_object_get(match, "address")),
				      json_integer_value(json_object_get(match, "length")));
		}
	}
	return joined(lines, count);
}

/* Where a needle went that is no process's memory. */
enum holding { HOLDS_ALWAYS, HOLDS_ROOTFS = 1, HOLDS_SHM = 2, HOLDS_LOG = 4 };

static const struct captured_needle {
	const char *name, *kind, *path;
	const char *origins[2];
	enum holding holding; /* of the fixture */
} captured_needles[] = {
	{ "rootfs", "file", "/root/dropped.sh", { "rootfs-diff" }, HOLDS_ROOTFS },
	{ "file_clean", "file", "/tmp/mapped.bin", { "rootfs-diff" }, HOLDS_ROOTFS },
	{ "posix_shm", "file", "/dev/shm/plant", { "shm", "tmpfs" }, HOLDS_SHM },
	{ "container_log", "file", "container.log", { "log" }, HOLDS_LOG },
	{ "ghost", "file", "/tmp/ghost.bin", { "deleted" }, HOLDS_ALWAYS },
	{ "memfd", "file", "payload", { "memfd" }, HOLDS_ALWAYS },
	{ "pipe", "pipe", "", { "" }, HOLDS_ALWAYS },
	{ "sockq", "socket", "", { "" }, HOLDS_ALWAYS },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_place_of(json_t *line, const struct captured_needle *captured)
{
	const char *origin = text_in(line, "target", "origin");

	return strcmp(text_in(line, "target", "kind"), captured->kind) == 0 &&
	       strcmp(text_in(line, "target", "path"), captured->path) == 0 &&
	       (strcmp(origin, captured->origins[0]) == 0 ||
		(captured->origins[1] && strcmp(origin, captured->origins[1]) == 0));
}

static bool is_captured(const struct scan_run *run, const struct needles *needles,
			const struct captured_needle *captured)
{
	size_t index;
	json_t *line;

	json_array_foreach(run->lines, index, line)
	{
		int needle = needle_of(line, needles);

		if (needle >= 0 && strcmp(needles->items[needle].name, captured->name) == 0 &&
		    is_place_of(line, captured))
			return true;
	}
	return false;
}

static bool is_hit(const struct scan_run *run, const struct needles *needles, json_t *truth,
		   bool anywhere)
{
	const char *hex = json_string_value(json_object_get(truth, "hex"));
	json_int_t pid = json_integer_value(json_object_get(truth, "pid"));
	struct needle sought = { .length = from_hex(hex, sought.bytes, sizeof(sought.bytes)) };
	size_t index;
	json_t *line;

	json_array_foreach(run->lines, index, line)
	{
		int needle = needle_of(line, needles);
		json_t *in = json_object_get(json_object_get(line, "target"), "pid");

		if (needle >= 0 && needles->items[needle].length == sought.length &&
		    memcmp(needles->items[needle].bytes, sought.bytes, sought.length) == 0 &&
		    (anywhere || json_integer_value(in) == pid))
			return true;
	}
	return false;
}

static bool knows(const struct needles *needles, const char *name)
{
	for (size_t i = 0; i < needles->count; i++)
		if (strcmp(needles->items[i].name, name) == 0)
			return true;
	return false;
}

/* Whether a process sees it at this address, in the file that it maps. */
static bool is_shown(const struct scan_run *run, const struct needles *needles, json_t *truth)
{
	size_t index, i;
	json_t *line, *match;

	json_array_foreach(run->lines, index, line)
	{
		int needle = needle_of(line, needles);
		json_t *pid = json_object_get(json_object_get(line, "target"), "pid");

		if (needle < 0 || !json_equal(pid, json_object_get(truth, "pid")) ||
		    strcmp(needles->items[needle].name,
			   json_string_value(json_object_get(truth, "name"))) != 0)
			continue;
		json_array_foreach(json_object_get(line, "matches"), i, match)
		{
			if (json_equal(json_object_get(match, "address"),
				       json_object_get(truth, "va")) &&
			    json_object_get(match, "source"))
				return true;
		}
	}
	return false;
}

/* A shared mapping of a file is in no dump: it is memory where the file is captured. */
static void check_shown(const struct scan_run *run, const struct needles *needles, bool held)
{
	size_t index;
	json_t *line;

	json_array_foreach(needles->truth, index, line)
	{
		if (strcmp(json_string_value(json_object_get(line, "name")), "posix_shm") == 0 &&
		    is_shown(run, needles, line) != held)
			fail_msg("posix_shm is%s memory", held ? " no" : "");
	}
}

static void check_captured(const struct scan_run *run, const struct needles *needles,
			   unsigned holding)
{
	for (size_t i = 0; i < COUNT(captured_needles); i++) {
		const struct captured_needle *captured = &captured_needles[i];
		bool held = !captured->holding || (holding & captured->holding);

		if (knows(needles, captured->name) && is_captured(run, needles, captured) != held)
			fail_msg("%s: %s", captured->name,
				 held ? "not found in its place" : "found, and is not there");
	}
}

/* Written over before the last dump, in this process. */
static bool was_replaced(const struct needles *needles, json_t *truth)
{
	size_t index;
	json_t *line;

	json_array_foreach(needles->truth, index, line)
	{
		if (strcmp(json_string_value(json_object_get(line, "kind")), "replaced") == 0 &&
		    json_equal(json_object_get(line, "hex"), json_object_get(truth, "hex")) &&
		    json_equal(json_object_get(line, "pid"), json_object_get(truth, "pid")))
			return true;
	}
	return false;
}

static void check_truth(const struct scan_run *run, const struct needles *needles,
			const char *found)
{
	size_t index;
	json_t *line;

	json_array_foreach(needles->truth, index, line)
	{
		const char *kind = json_string_value(json_object_get(line, "kind"));
		const char *name = json_string_value(json_object_get(line, "name"));
		char text[160];

		if ((strcmp(kind, "absent") == 0 && is_hit(run, needles, line, true)) ||
		    (strcmp(kind, "replaced") == 0 && is_hit(run, needles, line, false)))
			fail_msg("%s is found, and must not be", name);
		if (strcmp(kind, "memory") != 0 || was_replaced(needles, line))
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

	assert_false(json_is_true(json_object_get(summary, "narrowed")));
	assert_int_equal(json_integer_value(json_object_get(summary, "bytes_not_selected")), 0);
	assert_int_equal(json_integer_value(json_object_get(summary, "bytes_lost")), 0);
	assert_true(json_integer_value(json_object_get(summary, "bytes_scanned")) > 1 << 20);
	setup->options.pids = &first;
	setup->options.pid_count = 1;
	scan_run(setup, &one);
	assert_int_equal(described(&one), described(all));
	assert_true(json_is_true(json_object_get(scan_run_summary(&one), "narrowed")));
	assert_true(json_integer_value(json_object_get(scan_run_summary(&one), "bytes_scanned")) <
		    json_integer_value(json_object_get(summary, "bytes_scanned")));
	scan_run_release(&one);
}

struct fixture {
	const char *directory, *name, *suffix;
	const char *truth; /* whose it has; NULL: its own */
	unsigned holding;
	bool cut; /* the archive lost its end */
};

static void check_fixture(const struct fixture *fixture)
{
	static struct needles needles;
	const char *truth_name = fixture->truth ? fixture->truth : fixture->name;
	char path[4096], truth[4096], occurrences[4096];
	struct scan_run run;
	char *expected, *found;

	snprintf(path, sizeof(path), "%s/%s%s", fixture->directory, fixture->name, fixture->suffix);
	snprintf(truth, sizeof(truth), "%s/%s.truth.jsonl", fixture->directory, truth_name);
	snprintf(occurrences, sizeof(occurrences), "%s/%s.occurrences.jsonl", fixture->directory,
		 truth_name);
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
	check_truth(&run, &needles, found);
	check_captured(&run, &needles, fixture->holding);
	check_shown(&run, &needles, fixture->holding & HOLDS_SHM);
	assert_int_equal(run.result.checkpoints, 1);
	assert_int_equal(run.result.complete, !fixture->cut);
	assert_int_equal(scan_run_warns(&run, "truncated"), fixture->cut);
	check_account(&setup, &run);
	free(expected);
	free(found);
	scan_run_release(&run);
	json_decref(needles.truth);
}

static void bundled_podman_zstd(void **state)
{
	static const struct fixture fixture = {
		TEST_DATA_DIR, "podman-zstd", ".tar", NULL, HOLDS_ROOTFS | HOLDS_SHM, false
	};

	(void)state;
	check_fixture(&fixture);
}

#define SHARED_FIXTURE(function, name, suffix, truth, holding, cut)                                \
	static void function(void **state)                                                         \
	{                                                                                          \
		static const struct fixture fixture = {                                            \
			SHARED_DIR "/checkpoints", name, suffix, truth, holding, cut               \
		};                                                                                 \
                                                                                                   \
		(void)state;                                                                       \
		check_fixture(&fixture);                                                           \
	}

SHARED_FIXTURE(podman_none, "podman-none", ".tar", NULL, HOLDS_ROOTFS | HOLDS_SHM, false)
SHARED_FIXTURE(podman_gzip, "podman-gzip", ".tar", NULL, HOLDS_ROOTFS | HOLDS_SHM, false)
SHARED_FIXTURE(oci_archive, "oci-archive", ".tar", "podman-gzip", HOLDS_ROOTFS | HOLDS_SHM, false)
SHARED_FIXTURE(oci_layout, "oci-layout", "", "podman-gzip", HOLDS_ROOTFS | HOLDS_SHM, false)
SHARED_FIXTURE(containerd_cri, "containerd-cri", ".tar.zst", NULL, HOLDS_ROOTFS | HOLDS_LOG, false)
SHARED_FIXTURE(containerd_ctr, "containerd-ctr", ".tar.zst", NULL, HOLDS_ROOTFS | HOLDS_SHM, false)
SHARED_FIXTURE(containerd_ctr_image, "containerd-ctr-image", ".tar.zst", NULL,
	       HOLDS_ROOTFS | HOLDS_SHM, false)
SHARED_FIXTURE(containerd_ctr_cut, "containerd-ctr-cut", ".tar.zst", NULL, HOLDS_ROOTFS | HOLDS_SHM,
	       true)
SHARED_FIXTURE(runc_directory, "runc-dir", ".tar.zst", NULL, HOLDS_SHM, false)
SHARED_FIXTURE(runc_leave_running, "runc-leave-running", ".tar.zst", NULL, HOLDS_SHM, false)
SHARED_FIXTURE(crun_directory, "crun-dir", ".tar.zst", NULL, HOLDS_SHM, false)
SHARED_FIXTURE(docker_directory, "docker-dir", ".tar.zst", NULL, HOLDS_SHM, false)
SHARED_FIXTURE(docker_container, "docker-container", ".tar.zst", NULL, HOLDS_SHM, false)
SHARED_FIXTURE(incremental, "incremental", ".tar.zst", NULL, 0, false)
SHARED_FIXTURE(runc_incremental, "runc-incremental", ".tar.zst", NULL, HOLDS_SHM, false)

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
		cmocka_unit_test(bundled_podman_zstd),	cmocka_unit_test(bundled_redis),
		cmocka_unit_test(podman_none),		cmocka_unit_test(podman_gzip),
		cmocka_unit_test(oci_archive),		cmocka_unit_test(oci_layout),
		cmocka_unit_test(containerd_cri),	cmocka_unit_test(containerd_ctr),
		cmocka_unit_test(containerd_ctr_image), cmocka_unit_test(containerd_ctr_cut),
		cmocka_unit_test(runc_directory),	cmocka_unit_test(runc_leave_running),
		cmocka_unit_test(crun_directory),	cmocka_unit_test(docker_directory),
		cmocka_unit_test(docker_container),	cmocka_unit_test(incremental),
		cmocka_unit_test(runc_incremental),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
