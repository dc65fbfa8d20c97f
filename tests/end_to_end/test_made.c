/*
 * Made checkpoints: all that was planted in the corners of memory is found, nothing that must not be is, and
 * nothing more.
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

struct planted {
	json_t *lines;
	struct search_pattern *patterns; /* one per line */
	uint8_t (*bytes)[64];
	size_t count;
};

static void load_planted(struct planted *planted, const char *path)
{
	size_t index;
	json_t *line;

	planted->lines = json_lines_load(path);
	planted->count = json_array_size(planted->lines);
	planted->patterns = calloc(planted->count, sizeof(*planted->patterns));
	planted->bytes = calloc(planted->count, sizeof(*planted->bytes));
	assert_true(planted->count > 0 && planted->patterns && planted->bytes);
	json_array_foreach(planted->lines, index, line)
	{
		const char *hex = json_string_value(json_object_get(line, "hex"));
		size_t length = strlen(hex) / 2;

		for (size_t i = 0; i < length; i++) {
			unsigned value;

			assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
			planted->bytes[index][i] = (uint8_t)value;
		}
		planted->patterns[index].text = (struct bytes){ planted->bytes[index], length };
	}
}

static void release_planted(struct planted *planted)
{
	json_decref(planted->lines);
	free(planted->patterns);
	free(planted->bytes);
}

/* Whether the report has a hit of pattern @number at this place. */
static bool reported(const struct scan_run *run, size_t number, json_int_t pid, const char *address)
{
	char name[32];
	size_t index, i;
	json_t *line, *match;

	snprintf(name, sizeof(name), "pattern_%zu", number + 1);
	json_array_foreach(run->lines, index, line)
	{
		const char *rule = json_string_value(json_object_get(line, "rule"));
		json_t *target = json_object_get(line, "target");

		if (!rule || strcmp(rule, name) != 0 ||
		    json_integer_value(json_object_get(target, "pid")) != pid)
			continue;
		json_array_foreach(json_object_get(line, "matches"), i, match)
		{
			if (strcmp(json_string_value(json_object_get(match, "address")), address) ==
			    0)
				return true;
		}
	}
	return false;
}

static size_t count_matches(const struct scan_run *run)
{
	size_t index, count = 0;
	json_t *line;

	json_array_foreach(run->lines, index, line)
	{
		json_t *target = json_object_get(line, "target");

		/* Memory files are files as well. */
		if (json_object_get(line, "rule") && json_object_get(target, "pid"))
			count += (size_t)json_integer_value(json_object_get(line, "match_count"));
	}
	return count;
}

/* A line stands for one place; what several lines share bytes of is found once for each pattern and place. */
static size_t count_expected(const struct planted *planted)
{
	size_t count = 0;

	for (size_t i = 0; i < planted->count; i++)
		for (size_t j = 0; j < planted->count; j++) {
			json_t *line = json_array_get(planted->lines, j);
			const char *kind = json_string_value(json_object_get(line, "kind"));

			count += strcmp(kind, "memory") == 0 &&
				 bytes_equal(planted->patterns[i].text, planted->patterns[j].text);
		}
	return count;
}

static void check(const char *options, size_t threads, size_t shard_bytes)
{
	char directory[256], path[512], command[2048];
	struct planted planted;
	struct scan_run run;
	size_t index;
	json_t *line;

	temporary_directory(directory, sizeof(directory));
	snprintf(path, sizeof(path), "%s/made", directory);
	snprintf(command, sizeof(command), "%s %s %s", MAKE_CHECKPOINT, options, path);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "%s.planted.jsonl", path);
	load_planted(&planted, command);

	struct scan_setup setup = { .path = path,
				    .patterns = planted.patterns,
				    .pattern_count = planted.count,
				    .threads = threads,
				    .options = { .shard_bytes = shard_bytes, .max_listed = 1000 } };

	scan_run(&setup, &run);
	assert_true(run.result.complete);
	json_array_foreach(planted.lines, index, line)
	{
		bool wanted =
			strcmp(json_string_value(json_object_get(line, "kind")), "memory") == 0;
		bool found = reported(&run, index, json_integer_value(json_object_get(line, "pid")),
				      json_string_value(json_object_get(line, "va")));

		if (wanted != found)
			fail_msg("%s: %s%s", options,
				 json_string_value(json_object_get(line, "name")),
				 found ? " is found, and must not be" : " is not found");
	}
	assert_int_equal(count_matches(&run), count_expected(&planted));
	scan_run_release(&run);
	release_planted(&planted);
	temporary_remove(directory);
}

static void finds_the_corners_in_an_archive(void **state)
{
	(void)state;
	check("--size 8M --seed 7", 2, 0);
}

static void finds_the_corners_whatever_the_shards(void **state)
{
	(void)state;
	check("--size 1M --seed 8", 2, 4096);
	check("--size 256K --seed 9 --processes 2", 1, 61);
}

static void finds_the_corners_in_a_directory(void **state)
{
	(void)state;
	check("--size 4M --seed 10 --directory", 3, 0);
}

static void finds_the_corners_on_the_way_past(void **state)
{
	(void)state;
	check("--size 16M --seed 11 --compress zstd", 2, 0);
	check("--size 4M --seed 12 --compress gzip", 2, 4096);
}

static void finds_the_corners_when_pages_come_first(void **state)
{
	(void)state;
	check("--size 4M --seed 13 --compress zstd --pages-first", 2, 0);
	check("--size 4M --seed 14 --pages-first", 2, 0);
}

static void finds_the_corners_of_many_processes(void **state)
{
	(void)state;
	check("--size 4M --seed 15 --processes 9 --compress zstd", 2, 0);
}

static void finds_the_corners_of_larger_pages(void **state)
{
	(void)state;
	check("--size 8M --seed 16 --page-size 16K", 2, 0);
	check("--size 16M --seed 17 --page-size 64K --compress zstd", 2, 0);
	check("--size 16M --seed 18 --page-size 64K --directory", 2, 0);
}

static void finds_the_corners_in_packed_pages(void **state)
{
	(void)state;
	check("--size 4M --seed 19 --packed page", 2, 0);
	check("--size 4M --seed 20 --packed region --directory", 2, 0);
	check("--size 4M --seed 21 --packed region --compress zstd", 2, 0);
	check("--size 4M --seed 22 --packed page --compress gzip --pages-first", 2, 0);
	check("--size 8M --seed 23 --packed region --page-size 64K", 2, 0);
}

/* Pages lie in the newest image that has them; what an older one held before must not be found. */
static void finds_the_corners_in_parents(void **state)
{
	(void)state;
	check("--size 4M --seed 24 --parents 1", 2, 0);
	check("--size 4M --seed 25 --parents 5 --directory", 2, 0);
	check("--size 4M --seed 26 --parents 3 --compress zstd", 2, 0);
	check("--size 4M --seed 27 --parents 4 --packed region", 2, 0);
	check("--size 4M --seed 28 --parents 3 --packed page --compress zstd --pages-first", 2, 0);
	check("--size 8M --seed 29 --parents 2 --packed region --page-size 16K --directory", 2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_corners_in_an_archive),
		cmocka_unit_test(finds_the_corners_whatever_the_shards),
		cmocka_unit_test(finds_the_corners_in_a_directory),
		cmocka_unit_test(finds_the_corners_on_the_way_past),
		cmocka_unit_test(finds_the_corners_when_pages_come_first),
		cmocka_unit_test(finds_the_corners_of_many_processes),
		cmocka_unit_test(finds_the_corners_of_larger_pages),
		cmocka_unit_test(finds_the_corners_in_packed_pages),
		cmocka_unit_test(finds_the_corners_in_parents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
