/*
 * The engine against the reference: random patterns over random bytes, through the whole search (blocks with
 * raw and zero extents, shards of any size, several threads), must give the reference's starts and lengths.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/search.h"
#include "tests/differential/random_pattern.h"
#include "tests/oracle/slow_scan.h"

#define CASES 4000u
#define PATTERNS 3u
#define MOST_BYTES 400u
#define ADDRESS 0x10000u

struct trial {
	struct random_source random;
	struct arena *arena;
	struct pattern patterns[PATTERNS];
	uint8_t text[MOST_BYTES];
	bool dumped[MOST_BYTES];
	size_t length;
	struct extent extents[MOST_BYTES];
	size_t extent_count;
	enum edge first, last;
};

struct outcome {
	struct match_table *table;
	int calls;
};

static int keep_table(void *context, uint32_t target, struct match_table *matches,
		      uint64_t bytes_lost, struct error *err)
{
	struct outcome *outcome = context;

	(void)err;
	assert_int_equal(target, 0);
	assert_int_equal(bytes_lost, 0);
	outcome->table = matches;
	outcome->calls++;
	return 0;
}

/* Cuts the bytes into extents; some are never-written zeros. */
static void cut_extents(struct trial *trial)
{
	size_t at = 0;
	bool zero = random_below(&trial->random, 4) == 0;

	trial->extent_count = 0;
	while (at < trial->length) {
		size_t length =
			1 + random_below(&trial->random, random_below(&trial->random, 2) ? 8 : 200);

		if (length > trial->length - at)
			length = trial->length - at;
		if (zero)
			memset(trial->text + at, 0, length);
		memset(trial->dumped + at, !zero, length);
		trial->extents[trial->extent_count++] = (struct extent){
			.length = length,
			.offset = at,
			.file = 0,
			.kind = zero ? EXTENT_ZERO : EXTENT_RAW,
		};
		at += length;
		zero = random_below(&trial->random, 4) == 0;
	}
}

static void make_trial(struct trial *trial, uint64_t seed)
{
	static const enum edge edges[] = { EDGE_REAL, EDGE_UNSEEN };

	trial->random.state = (seed + 1) * 0x9e3779b97f4a7c15u;
	trial->length = 1 + random_below(&trial->random, MOST_BYTES);
	for (size_t i = 0; i < PATTERNS; i++)
		random_pattern(&trial->random, trial->arena, &trial->patterns[i]);
	random_text(&trial->random, &trial->patterns[random_below(&trial->random, PATTERNS)],
		    trial->text, trial->length);
	cut_extents(trial);
	trial->first = edges[random_below(&trial->random, 2)];
	trial->last = edges[random_below(&trial->random, 2)];
}

static struct match_table *search(struct trial *trial, struct workers *workers)
{
	static const enum match_need needs[PATTERNS] = { NEED_ALL, NEED_ALL, NEED_ALL };
	static const size_t shards[] = { 1, 3, 17, 64, 4096, 0 };
	struct placement placement = { .address = ADDRESS };
	struct block block = {
		.extents = trial->extents,
		.extent_count = trial->extent_count,
		.placements = &placement,
		.placement_count = 1,
		.first_edge = trial->first,
		.last_edge = trial->last,
	};
	struct file_table_options options = { .memory_bytes = 1u << 20 };
	struct outcome outcome = { 0 };
	struct file_table *files;
	struct database *database;
	struct search *running;
	struct error err;
	size_t culprit;
	uint32_t file;
	uint8_t *copy = malloc(trial->length);

	assert_non_null(copy);
	memcpy(copy, trial->text, trial->length);
	assert_int_equal(file_table_new(&files, &options, &err), 0);
	assert_int_equal(file_table_add_memory(files, copy, trial->length, "text", &file, &err), 0);
	assert_int_equal(file, 0);
	if (database_compile(&database, trial->patterns, needs, PATTERNS, &culprit, &err) != 0)
		fail_msg("does not compile: %s", err.message);

	struct search_purpose purpose = { database, needs };
	struct search_plan plan = {
		.purposes = &purpose,
		.purpose_count = 1,
		.files = files,
		.shard_bytes =
			shards[random_below(&trial->random, sizeof(shards) / sizeof(shards[0]))],
		.max_listed = 5,
		.data_bytes = 8,
	};

	assert_int_equal(search_new(&running, workers, &plan, keep_table, &outcome, &err), 0);
	assert_int_equal(search_add(running, &block, &err), 0);
	assert_int_equal(search_seal(running, 0, &err), 0);
	assert_int_equal(search_finish(running, &err), 0);
	assert_int_equal(outcome.calls, 1);
	database_free(database);
	file_table_free(files);
	return outcome.table;
}

static void show_text(const struct trial *trial)
{
	for (size_t i = 0; i < trial->extent_count; i++)
		fprintf(stderr, "%s%zu", trial->extents[i].kind == EXTENT_ZERO ? " z" : " r",
			(size_t)trial->extents[i].length);
	fprintf(stderr, "\n");
	for (size_t i = 0; i < trial->length; i++)
		fprintf(stderr, "%02x", trial->text[i]);
	fprintf(stderr, "\n");
}

static bool same_match(const struct match *found, const struct slow_match *wanted)
{
	return found->address == ADDRESS + wanted->start && found->length == wanted->length &&
	       (!found->data || found->xor_key == wanted->xor_key);
}

static void show_difference(const struct trial *trial, size_t number, uint64_t seed,
			    const struct slow_result *wanted, const struct match *found,
			    size_t kept, size_t at)
{
	char description[2048];

	random_pattern_describe(&trial->patterns[number], description, sizeof(description));
	fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, description);
	show_text(trial);
	if (at < wanted->count)
		fprintf(stderr, " wanted %zu+%zu", wanted->matches[at].start,
			wanted->matches[at].length);
	if (at < kept)
		fprintf(stderr, " found %llu+%llu", (unsigned long long)found[at].address - ADDRESS,
			(unsigned long long)found[at].length);
	fprintf(stderr, " of %zu and %zu\n", wanted->count, kept);
}

/* Returns how many matches agree; -1: they differ, -2: the reference gave up. */
static int compare(const struct trial *trial, size_t number, const struct match_table *table,
		   uint64_t seed)
{
	const struct regex_text text = { trial->text, trial->length, trial->first, trial->last };
	struct slow_result wanted;
	size_t kept = 0, at = 0;
	uint64_t count = 0;
	const struct match *found = match_table_get(table, (uint32_t)number, &kept, &count);
	int agreed;

	slow_scan(&trial->patterns[number], &text, trial->dumped, &wanted);
	while (at < wanted.count && at < kept && same_match(&found[at], &wanted.matches[at]))
		at++;
	if (wanted.gave_up)
		agreed = -2;
	else if (at == wanted.count && kept == at && count == at)
		agreed = (int)at;
	else
		agreed = -1;
	if (agreed == -1)
		show_difference(trial, number, seed, &wanted, found, kept, at);
	free(wanted.matches);
	return agreed;
}

static void finds_what_the_reference_finds(void **state)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	struct workers *workers;
	struct error err;
	uint64_t matches = 0, gave_up = 0, wrong = 0;
	const char *only = getenv("SEED");

	(void)state;
	assert_non_null(trial);
	assert_int_equal(workers_new(&workers, 3, &err), 0);
	for (uint64_t seed = only ? strtoull(only, NULL, 0) : 0; seed < CASES; seed++) {
		struct match_table *table;

		trial->arena = arena_new(0);
		assert_non_null(trial->arena);
		make_trial(trial, seed);
		table = search(trial, workers);
		for (size_t i = 0; i < PATTERNS; i++) {
			int agreed = compare(trial, i, table, seed);

			matches += agreed > 0 ? (uint64_t)agreed : 0;
			gave_up += agreed == -2;
			wrong += agreed == -1;
		}
		match_table_free(table);
		arena_free(trial->arena);
		if (only || wrong > 5)
			break;
	}
	workers_free(workers);
	free(trial);
	print_message("%llu matches agree, the reference gave up on %llu patterns\n",
		      (unsigned long long)matches, (unsigned long long)gave_up);
	assert_int_equal(wrong, 0);
	/* The comparison would prove nothing if hardly anything matched. */
	if (!only)
		assert_true(matches > CASES && gave_up < CASES / 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(finds_what_the_reference_finds) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
