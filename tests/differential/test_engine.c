/*
 * The engine against the reference: random patterns over random bytes, through the whole search (blocks with
 * raw and zero extents, files in place and passing, shards of any size, several threads), must give the reference's
 * starts and lengths, and of each pattern what is needed of it. SEED=n tries one case alone, CASES=n so many.
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

#define CASES 2400u
#define THREAD_COUNTS 3u
#define FEW_PATTERNS 3u
#define MOST_PATTERNS 40u
/* Strings under any key, so many that keys are searched together; they are not compared. */
#define FILLERS 50u
#define FILLER_BYTES 12u
#define FEW_BYTES 400u
#define MOST_BYTES 3000u
#define ADDRESS 0x10000u
#define LISTED 5u
#define DATA_BYTES 8u
#define CONTEXT_BYTES 3u

struct trial {
	uint64_t seed;
	struct random_source random;
	struct arena *arena;
	struct pattern patterns[MOST_PATTERNS + FILLERS]; /* fillers behind the others */
	enum match_need needs[MOST_PATTERNS + FILLERS];
	size_t pattern_count, filler_count;
	uint8_t text[MOST_BYTES];
	bool dumped[MOST_BYTES];
	size_t length;
	struct extent extents[MOST_BYTES];
	size_t extent_count;
	enum edge first, last;
	bool passing; /* the file's bytes come once, in pieces */
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

static void add_fillers(struct trial *trial)
{
	for (trial->filler_count = 0; trial->filler_count < FILLERS; trial->filler_count++) {
		struct pattern_part *part = arena_alloc(trial->arena, sizeof(*part));
		uint8_t *bytes = arena_alloc(trial->arena, FILLER_BYTES);
		size_t number = trial->pattern_count + trial->filler_count;

		assert_true(part && bytes);
		for (size_t i = 0; i < FILLER_BYTES; i++)
			bytes[i] = (uint8_t)random_below(&trial->random, 256);
		part->literal = (struct bytes){ bytes, FILLER_BYTES };
		trial->patterns[number] = (struct pattern){ .parts = part,
							    .part_count = 1,
							    .flags = PATTERN_ASCII | PATTERN_XOR,
							    .xor_max = 255,
							    .name = "filler" };
		trial->needs[number] = NEED_PRESENCE;
	}
}

/* Most are small and want all; some have many patterns with needs of their own over more bytes. */
static void make_trial(struct trial *trial, uint64_t seed)
{
	static const enum edge edges[] = { EDGE_REAL, EDGE_UNSEEN };
	bool large = seed % 32 == 7;

	trial->seed = seed;
	trial->random.state = (seed + 1) * 0x9e3779b97f4a7c15u;
	trial->length = 1 + random_below(&trial->random, large ? MOST_BYTES : FEW_BYTES);
	trial->pattern_count =
		large ? 20 + random_below(&trial->random, MOST_PATTERNS - 19) : FEW_PATTERNS;
	for (size_t i = 0; i < trial->pattern_count; i++) {
		random_pattern(&trial->random, trial->arena, &trial->patterns[i]);
		trial->needs[i] =
			large ? NEED_PRESENCE + random_below(&trial->random, 4) : NEED_ALL;
	}
	trial->filler_count = 0;
	if (seed % 4 == 2)
		add_fillers(trial);
	if (random_below(&trial->random, 2))
		random_memory(&trial->random, trial->patterns, trial->pattern_count, trial->text,
			      trial->length);
	else
		random_text(&trial->random,
			    &trial->patterns[random_below(&trial->random, FEW_PATTERNS)],
			    trial->text, trial->length);
	cut_extents(trial);
	trial->first = edges[random_below(&trial->random, 2)];
	trial->last = edges[random_below(&trial->random, 2)];
	trial->passing = random_below(&trial->random, 2);
}

static struct file_table *make_files(const struct trial *trial)
{
	const struct file_table_options options = { .memory_bytes = 1u << 20 };
	struct file_table *files;
	struct error err;
	uint32_t file;
	uint8_t *copy = malloc(trial->length);

	assert_non_null(copy);
	memcpy(copy, trial->text, trial->length);
	assert_int_equal(file_table_new(&files, &options, &err), 0);
	if (trial->passing) {
		free(copy);
		assert_int_equal(file_table_add_passing(files, trial->length, "text", &file, &err),
				 0);
	} else {
		assert_int_equal(
			file_table_add_memory(files, copy, trial->length, "text", &file, &err), 0);
	}
	assert_int_equal(file, 0);
	return files;
}

/* Passing bytes, gone when the last holder gives them back. */
struct loan {
	struct lease_owner owner;
	uint8_t bytes[];
};

static void free_loan(struct lease_owner *owner)
{
	free((struct loan *)owner);
}

static void pass_bytes(struct trial *trial, struct search *running)
{
	struct error err;
	size_t length;

	for (size_t at = 0; at < trial->length; at += length) {
		length =
			1 + random_below(&trial->random, random_below(&trial->random, 2) ? 9 : 900);
		if (length > trial->length - at)
			length = trial->length - at;

		struct loan *loan = malloc(sizeof(*loan) + length);

		assert_non_null(loan);
		loan->owner.release = free_loan;
		atomic_init(&loan->owner.holders, 1);
		memcpy(loan->bytes, trial->text + at, length);

		struct lease lease = { loan->bytes, length, &loan->owner };

		assert_int_equal(search_pass(running, 0, at, &lease, &err), 0);
	}
	assert_int_equal(search_pass_end(running, 0, &err), 0);
}

static void run_search(struct trial *trial, struct workers *workers,
		       const struct search_purpose *purpose, struct outcome *outcome)
{
	/* The smallest are for the small: a shard of one byte looks at all that may follow. */
	static const size_t shards[] = { 1, 3, 17, 64, 300, 4096, 0 };
	const uint32_t smallest = trial->length > FEW_BYTES ? 4 : 0;
	const struct placement placement = { .address = ADDRESS };
	const struct block block = {
		.extents = trial->extents,
		.extent_count = trial->extent_count,
		.placements = &placement,
		.placement_count = 1,
		.first_edge = trial->first,
		.last_edge = trial->last,
	};
	struct file_table *files = make_files(trial);
	const struct search_plan plan = {
		.purposes = purpose,
		.purpose_count = 1,
		.files = files,
		.shard_bytes = shards[smallest + random_below(&trial->random, 7 - smallest)],
		.max_listed = LISTED,
		.data_bytes = DATA_BYTES,
		.context_bytes = CONTEXT_BYTES,
	};
	struct search *running;
	struct error err;

	assert_int_equal(search_new(&running, workers, &plan, keep_table, outcome, &err), 0);
	assert_int_equal(search_add(running, &block, &err), 0);
	if (trial->passing)
		pass_bytes(trial, running);
	assert_int_equal(search_seal(running, 0, &err), 0);
	assert_int_equal(search_finish(running, &err), 0);
	assert_int_equal(outcome->calls, 1);
	file_table_free(files);
}

static struct match_table *search(struct trial *trial, struct workers *workers)
{
	struct outcome outcome = { 0 };
	struct database *database;
	struct error err;
	size_t culprit;

	if (database_compile(&database, trial->patterns, trial->needs,
			     trial->pattern_count + trial->filler_count, &culprit, &err) != 0)
		fail_msg("does not compile: %s", err.message);

	const struct search_purpose purpose = { database, trial->needs };

	run_search(trial, workers, &purpose, &outcome);
	database_free(database);
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

static size_t smaller(size_t left, size_t right)
{
	return left < right ? left : right;
}

/* The first bytes of a listed match, and what stands around it. */
static bool same_bytes(const struct trial *trial, const struct match *found,
		       const struct slow_match *wanted)
{
	size_t end = wanted->start + wanted->length;
	size_t before = smaller(wanted->start, CONTEXT_BYTES);
	size_t after = smaller(trial->length - end, CONTEXT_BYTES);
	size_t inside = smaller(wanted->length, DATA_BYTES);

	if (found->xor_key != wanted->xor_key || found->before_length != before ||
	    found->data_length != inside || found->after_length != after)
		return false;
	if (before + inside + after == 0)
		return true;
	return found->data &&
	       memcmp(found->data, trial->text + wanted->start - before, before + inside) == 0 &&
	       memcmp(found->data + before + inside, trial->text + end, after) == 0;
}

/* Whether match @at of the table is as the pattern's need says. */
static bool same_match(const struct trial *trial, enum match_need need, size_t at,
		       const struct match *found, const struct slow_match *wanted)
{
	if (found->address != ADDRESS + wanted->start)
		return false;
	if (need < NEED_LISTED)
		return true;
	return found->length == wanted->length &&
	       (at >= LISTED || same_bytes(trial, found, wanted));
}

static void show_difference(const struct trial *trial, size_t number,
			    const struct slow_result *wanted, const struct match *found,
			    size_t kept, size_t at)
{
	char description[4096];

	random_pattern_describe(&trial->patterns[number], description, sizeof(description));
	fprintf(stderr, "seed %llu, need %d, passing %d: %s\n", (unsigned long long)trial->seed,
		(int)trial->needs[number], trial->passing, description);
	show_text(trial);
	if (at < wanted->count)
		fprintf(stderr, " wanted %zu+%zu", wanted->matches[at].start,
			wanted->matches[at].length);
	if (at < kept)
		fprintf(stderr, " found %llu+%llu", (unsigned long long)found[at].address - ADDRESS,
			(unsigned long long)found[at].length);
	fprintf(stderr, " of %zu and %zu\n", wanted->count, kept);
}

/* How many matches a table keeps of @count, and which count it tells. */
static size_t kept_of(enum match_need need, size_t count)
{
	if (need == NEED_ALL)
		return count;
	return smaller(count, need == NEED_LISTED ? LISTED : 1);
}

static uint64_t count_of(enum match_need need, size_t count)
{
	return need == NEED_PRESENCE ? smaller(count, 1) : count;
}

/* Returns how many matches agree; -1: they differ, -2: the reference gave up. */
static int compare(const struct trial *trial, size_t number, const struct match_table *table)
{
	const struct regex_text text = { trial->text, trial->length, trial->first, trial->last };
	enum match_need need = trial->needs[number];
	struct slow_result wanted;
	size_t kept = 0, at = 0, owed;
	uint64_t count = 0;
	const struct match *found = match_table_get(table, (uint32_t)number, &kept, &count);
	int agreed;

	slow_scan(&trial->patterns[number], &text, trial->dumped, &wanted);
	owed = kept_of(need, wanted.count);
	while (at < owed && at < kept &&
	       same_match(trial, need, at, &found[at], &wanted.matches[at]))
		at++;
	if (wanted.gave_up)
		agreed = -2;
	else if (at == owed && kept == at && count == count_of(need, wanted.count))
		agreed = (int)at;
	else
		agreed = -1;
	if (agreed == -1)
		show_difference(trial, number, &wanted, found, kept, at);
	free(wanted.matches);
	return agreed;
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void finds_what_the_reference_finds(void **state)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	static const size_t thread_counts[THREAD_COUNTS] = { 1, 3, 6 };
	struct workers *workers[THREAD_COUNTS];
	struct error err;
	uint64_t matches = 0, chained = 0, keyed = 0, gave_up = 0, wrong = 0;
	const char *only = getenv("SEED");
	uint64_t cases = only ? UINT64_MAX : number_from("CASES", CASES), patterns = 0;

	(void)state;
	assert_non_null(trial);
	for (size_t i = 0; i < THREAD_COUNTS; i++)
		assert_int_equal(workers_new(&workers[i], thread_counts[i], &err), 0);
	for (uint64_t seed = number_from("SEED", 0); seed < cases; seed++) {
		struct match_table *table;

		trial->arena = arena_new(0);
		assert_non_null(trial->arena);
		make_trial(trial, seed);
		table = search(trial, workers[seed % THREAD_COUNTS]);
		for (size_t i = 0; i < trial->pattern_count; i++) {
			int agreed = compare(trial, i, table);

			matches += agreed > 0 ? (uint64_t)agreed : 0;
			chained += agreed > 0 && trial->patterns[i].part_count > 1;
			keyed += agreed > 0 && trial->filler_count &&
				 trial->patterns[i].flags & PATTERN_XOR;
			gave_up += agreed == -2;
			wrong += agreed == -1;
		}
		patterns += trial->pattern_count;
		match_table_free(table);
		arena_free(trial->arena);
		if (only || wrong > 5)
			break;
	}
	for (size_t i = 0; i < THREAD_COUNTS; i++)
		workers_free(workers[i]);
	free(trial);
	print_message("%llu matches agree, %llu chains matched, %llu strings matched under keys "
		      "that were searched "
		      "together, the reference gave up on %llu patterns\n",
		      (unsigned long long)matches, (unsigned long long)chained,
		      (unsigned long long)keyed, (unsigned long long)gave_up);
	assert_int_equal(wrong, 0);
	/* The comparison would prove nothing if hardly anything matched. */
	if (!only)
		assert_true(matches > cases && chained > cases / 8 && keyed > cases / 100 &&
			    gave_up <= patterns / 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(finds_what_the_reference_finds) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
