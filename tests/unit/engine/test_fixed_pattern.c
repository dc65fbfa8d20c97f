/* Patterns that count at one address only, through a whole search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/search.h"

#define TARGETS 2
#define LOWEST 0x1000u

static const char bytes[] = "MZ..PE MZ....PE MZ.PE";

static const struct pattern_part parts[] = { { .literal = { (const uint8_t *)"MZ", 2 } },
					     { .literal = { (const uint8_t *)"PE", 2 } } };
static const struct pattern_gap gap = { 0, UINT64_MAX };

enum { EVERYWHERE, FIXED, CHAIN, FIXED_CHAIN, PATTERNS };

static const struct pattern patterns[] = {
	[EVERYWHERE] = { parts, NULL, 1, PATTERN_ASCII, .name = "x" },
	[FIXED] = { parts, NULL, 1, PATTERN_ASCII, .name = "x", .is_fixed = true,
		    .fixed_address = LOWEST + 7 },
	[CHAIN] = { parts, &gap, 2, PATTERN_ASCII, .name = "x" },
	[FIXED_CHAIN] = { parts, &gap, 2, PATTERN_ASCII, .name = "x", .is_fixed = true,
			  .fixed_address = LOWEST + 7 },
};

static int keep_table(void *context, uint32_t target, struct match_table *matches,
		      uint64_t bytes_lost, struct error *err)
{
	struct match_table **tables = context;

	(void)bytes_lost;
	(void)err;
	tables[target] = matches;
	return 0;
}

/* The same bytes for two targets, which see them at different addresses. */
static void search_bytes(struct match_table *tables[TARGETS], struct file_table *files,
			 struct database *database, const enum match_need *needs)
{
	const struct extent extent = { .length = sizeof(bytes) - 1, .kind = EXTENT_RAW };
	const struct placement placements[TARGETS] = { { LOWEST, 0 }, { LOWEST + 7, 1 } };
	const struct search_purpose purpose = { database, needs };
	const struct search_plan plan = { .purposes = &purpose,
					  .purpose_count = 1,
					  .files = files,
					  .max_listed = 2,
					  .data_bytes = 4 };
	const struct block block = { .extents = &extent,
				     .placements = placements,
				     .extent_count = 1,
				     .placement_count = TARGETS };
	struct workers *workers;
	struct search *search;
	struct error err;

	assert_int_equal(workers_new(&workers, 1, &err), 0);
	assert_int_equal(search_new(&search, workers, &plan, keep_table, tables, &err), 0);
	assert_int_equal(search_add(search, &block, &err), 0);
	for (uint32_t i = 0; i < TARGETS; i++)
		assert_int_equal(search_seal(search, i, &err), 0);
	assert_int_equal(search_finish(search, &err), 0);
	workers_free(workers);
}

/* How many, and where the first is, from LOWEST. */
static void expect(const struct match_table *table, uint32_t pattern, uint64_t count,
		   uint64_t first)
{
	size_t kept;
	uint64_t counted;
	const struct match *matches = match_table_get(table, pattern, &kept, &counted);

	assert_int_equal(counted, count);
	if (!count)
		return;
	assert_int_equal(matches[0].address, LOWEST + first);
	assert_memory_equal(matches[0].data + matches[0].before_length, "MZ", 2);
}

static void a_fixed_pattern_is_found_by_those_who_see_it_there(void **state)
{
	const struct file_table_options options = { .memory_bytes = 1u << 20 };
	const enum match_need needs[] = { NEED_ALL, NEED_ALL, NEED_ALL, NEED_ALL };
	struct match_table *tables[TARGETS] = { NULL };
	struct file_table *files;
	struct database *database;
	uint8_t *copy = malloc(sizeof(bytes));
	uint32_t file;
	size_t culprit;
	struct error err;

	(void)state;
	assert_non_null(copy);
	memcpy(copy, bytes, sizeof(bytes));
	assert_int_equal(file_table_new(&files, &options, &err), 0);
	assert_int_equal(
		file_table_add_memory(files, copy, sizeof(bytes) - 1, "bytes", &file, &err), 0);
	assert_int_equal(database_compile(&database, patterns, needs, PATTERNS, &culprit, &err), 0);
	search_bytes(tables, files, database, needs);
	expect(tables[0], EVERYWHERE, 3, 0);
	expect(tables[1], EVERYWHERE, 3, 7);
	expect(tables[0], CHAIN, 3, 0);
	expect(tables[1], CHAIN, 3, 7);
	/* The second for the one, the first for the other. */
	expect(tables[0], FIXED, 1, 7);
	expect(tables[1], FIXED, 1, 7);
	expect(tables[0], FIXED_CHAIN, 1, 7);
	expect(tables[1], FIXED_CHAIN, 1, 7);
	for (size_t i = 0; i < TARGETS; i++)
		match_table_free(tables[i]);
	database_free(database);
	file_table_free(files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fixed_pattern_is_found_by_those_who_see_it_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
