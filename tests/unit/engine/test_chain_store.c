/* Chains through a whole search: what targets get of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/chain.h"
#include "engine/chains/start_set.h"
#include "engine/database/parts.h"
#include "engine/scan.h"
#include "engine/search.h"

#define ADDRESS 0x1000u
#define MOST_TARGETS 2

struct chain_search {
	struct arena *arena;
	struct pattern pattern;
	enum match_need need;
	const uint8_t *bytes;
	size_t length;
	const struct extent *extents; /* NULL: the bytes from first to last */
	size_t extent_count;
	bool passing; /* in two pieces */
	size_t arrives; /* passing: so many bytes come */
	size_t workers, shard_bytes, targets;
	uint64_t budget;
	uint32_t max_listed, data_bytes;
	const _Atomic int *stop;
	struct match_table *tables[MOST_TARGETS];
	uint64_t lost[MOST_TARGETS];
	int ret;
};

/* Literals with gaps between: "ab", 0, 10, "cd" is { 61 62 [0-10] 63 64 }. */
static struct chain_search *new_search(const char *const *literals, const struct pattern_gap *gaps,
				       size_t count)
{
	struct chain_search *search = calloc(1, sizeof(*search));
	struct pattern_part *parts;

	assert_non_null(search);
	search->arena = arena_new(0);
	parts = arena_alloc_array(search->arena, count, sizeof(*parts));
	for (size_t i = 0; i < count; i++)
		parts[i].literal =
			(struct bytes){ (const uint8_t *)literals[i], strlen(literals[i]) };
	search->pattern = (struct pattern){ .parts = parts,
					    .gaps = gaps,
					    .part_count = count,
					    .flags = PATTERN_ASCII,
					    .name = "test:rule:$c" };
	search->need = NEED_LISTED;
	search->workers = 2;
	search->targets = 1;
	search->max_listed = 10;
	search->data_bytes = 16;
	return search;
}

static void free_search(struct chain_search *search)
{
	for (size_t i = 0; i < MOST_TARGETS; i++)
		match_table_free(search->tables[i]);
	arena_free(search->arena);
	free(search);
}

static int keep_table(void *context, uint32_t target, struct match_table *matches,
		      uint64_t bytes_lost, struct error *err)
{
	struct chain_search *search = context;

	(void)err;
	search->tables[target] = matches;
	search->lost[target] = bytes_lost;
	return 0;
}

static struct file_table *make_files(const struct chain_search *search)
{
	const struct file_table_options options = { .memory_bytes = 64u << 20 };
	struct file_table *files;
	struct error err;
	uint32_t file;
	uint8_t *copy;

	assert_int_equal(file_table_new(&files, &options, &err), 0);
	if (search->passing) {
		assert_int_equal(
			file_table_add_passing(files, search->length, "bytes", &file, &err), 0);
		return files;
	}
	copy = malloc(search->length);
	assert_non_null(copy);
	memcpy(copy, search->bytes, search->length);
	assert_int_equal(file_table_add_memory(files, copy, search->length, "bytes", &file, &err),
			 0);
	return files;
}

struct loan {
	struct lease_owner owner;
	uint8_t bytes[];
};

static void free_loan(struct lease_owner *owner)
{
	free((struct loan *)owner);
}

static void pass(const struct chain_search *from, struct search *running, size_t start, size_t end)
{
	struct loan *loan = malloc(sizeof(*loan) + (end - start));
	struct error err;

	assert_non_null(loan);
	loan->owner.release = free_loan;
	atomic_init(&loan->owner.holders, 1);
	memcpy(loan->bytes, from->bytes + start, end - start);

	struct lease lease = { loan->bytes, end - start, &loan->owner };

	search_pass(running, 0, start, &lease, &err);
}

static void pass_all(const struct chain_search *from, struct search *running)
{
	size_t arrives = from->arrives ? from->arrives : from->length;
	struct error err;

	pass(from, running, 0, arrives / 2);
	pass(from, running, arrives / 2, arrives);
	search_pass_end(running, 0, &err);
}

static void run(struct chain_search *search)
{
	const struct extent whole = { .length = search->length, .kind = EXTENT_RAW };
	const struct placement placements[] = { { ADDRESS, 0 }, { 2 * ADDRESS, 1 } };
	struct file_table *files = make_files(search);
	struct search_purpose purpose = { .needs = &search->need };
	const struct search_plan plan = { .purposes = &purpose,
					  .purpose_count = 1,
					  .files = files,
					  .shard_bytes = search->shard_bytes,
					  .max_listed = search->max_listed,
					  .data_bytes = search->data_bytes,
					  .context_bytes = 2,
					  .match_bytes = search->budget,
					  .stop = search->stop };
	const struct block block = { .extents = search->extents ? search->extents : &whole,
				     .placements = placements,
				     .extent_count = search->extents ? search->extent_count : 1,
				     .placement_count = search->targets,
				     .first_edge = EDGE_REAL,
				     .last_edge = EDGE_REAL };
	struct database *database;
	struct workers *workers;
	struct search *running;
	struct error err;
	size_t culprit;

	assert_int_equal(
		database_compile(&database, &search->pattern, &search->need, 1, &culprit, &err), 0);
	purpose.database = database;
	assert_int_equal(workers_new(&workers, search->workers, &err), 0);
	assert_int_equal(search_new(&running, workers, &plan, keep_table, search, &err), 0);
	search_add(running, &block, &err);
	if (search->passing)
		pass_all(search, running);
	for (uint32_t i = 0; i < search->targets; i++)
		search_seal(running, i, &err);
	search->ret = search_finish(running, &err);
	workers_free(workers);
	database_free(database);
	file_table_free(files);
}

static const struct match *get(const struct chain_search *search, size_t target, size_t kept,
			       uint64_t count)
{
	size_t really_kept = 0;
	uint64_t really_counted = 0;
	const struct match *matches =
		match_table_get(search->tables[target], 0, &really_kept, &really_counted);

	assert_int_equal(search->ret, 0);
	assert_int_equal(really_kept, kept);
	assert_int_equal(really_counted, count);
	return matches;
}

static void each_target_sees_a_chain_where_it_has_the_block(void **state)
{
	static const char *const literals[] = { "head", "tail" };
	static const struct pattern_gap gaps[] = { { 0, UINT64_MAX } };
	static const uint8_t bytes[] = "--head.......................tail++";

	(void)state;
	for (int passing = 0; passing < 2; passing++) {
		struct chain_search *search = new_search(literals, gaps, 2);

		search->bytes = bytes;
		search->length = sizeof(bytes) - 1;
		search->targets = 2;
		search->passing = passing;
		search->shard_bytes = 8;
		run(search);
		for (uint32_t i = 0; i < 2; i++) {
			const struct match *match = get(search, i, 1, 1);

			assert_int_equal(match->address, (i + 1) * ADDRESS + 2);
			assert_int_equal(match->length, 31);
			assert_int_equal(match->before_length, 2);
			assert_int_equal(match->data_length, 16);
			assert_int_equal(match->after_length, 2);
			assert_memory_equal(match->data, "--head............++", 20);
		}
		free_search(search);
	}
}

/* In so many bytes each start has a million that follow. */
static void a_chain_of_one_byte_parts_is_counted_in_time(void **state)
{
	enum { LENGTH = 2 << 20 };
	static const char *const literals[] = { "A", "A" };
	static const struct pattern_gap gaps[] = { { 0, UINT64_MAX } };
	struct chain_search *search = new_search(literals, gaps, 2);
	uint8_t *bytes = malloc(LENGTH);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'A', LENGTH);
	search->bytes = bytes;
	search->length = LENGTH;
	run(search);

	const struct match *matches = get(search, 0, 10, MATCH_COUNT_LIMIT);

	assert_true(match_table_limited(search->tables[0], 0));
	assert_false(match_table_left_out(search->tables[0], 0));
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(matches[i].address, ADDRESS + i);
		assert_int_equal(matches[i].length, 2);
		assert_memory_equal(matches[i].data, "AAAAAA",
				    matches[i].before_length + 2u + matches[i].after_length);
	}
	free_search(search);
	free(bytes);
}

/* A first part nearly everywhere, of which few lead to a chain: those have their bytes all the same. */
static void bytes_of_a_rare_chain_of_frequent_parts_are_kept(void **state)
{
	enum { LENGTH = 1 << 20 };
	static const char *const literals[] = { "aa", "rare", "bb" };
	static const struct pattern_gap gaps[] = { { 0, 300 }, { 0, UINT64_MAX } };
	uint8_t *bytes = malloc(LENGTH);

	(void)state;
	assert_non_null(bytes);
	for (int passing = 0; passing < 2; passing++) {
		struct chain_search *search = new_search(literals, gaps, 3);

		memset(bytes, 'a', LENGTH / 2);
		memset(bytes + LENGTH / 2, 'b', LENGTH / 2);
		memcpy(bytes + LENGTH / 2 - 4, "rare", 4);
		search->bytes = bytes;
		search->length = LENGTH;
		search->shard_bytes = 1 << 16;
		search->passing = passing;
		run(search);

		const struct match *match = get(search, 0, 10, 301);

		/* The gap holds 300 bytes before "rare". */
		assert_int_equal(match->address, ADDRESS + LENGTH / 2 - 4 - 302);
		assert_int_equal(match->length, 302 + 4 + 2);
		assert_int_equal(match->data_length, 16);
		assert_int_equal(match->after_length, 2);
		assert_memory_equal(match->data, "aaaaaaaaaaaaaaaaaabb", 20);
		assert_false(match_table_left_out(search->tables[0], 0));
		free_search(search);
	}
	free(bytes);
}

static void a_chain_that_does_not_fit_is_left_out_and_named(void **state)
{
	enum { LENGTH = 1 << 20 };
	static const char *const literals[] = { "A", "A" };
	static const struct pattern_gap gaps[] = { { 0, UINT64_MAX } };
	struct chain_search *search = new_search(literals, gaps, 2);
	uint8_t *bytes = malloc(LENGTH);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'A', LENGTH);
	search->bytes = bytes;
	search->length = LENGTH;
	search->budget = 100000;
	run(search);
	get(search, 0, 0, 0);
	assert_true(match_table_left_out(search->tables[0], 0));
	free_search(search);
	free(bytes);
}

/* What never came ends the block; what came before it is joined. */
static void a_chain_ends_where_bytes_stop_coming(void **state)
{
	static const char *const literals[] = { "head", "tail" };
	static const struct pattern_gap gaps[] = { { 0, UINT64_MAX } };
	static const uint8_t bytes[] = "head...tail......tail..";

	(void)state;
	for (size_t arrives = 4; arrives < sizeof(bytes) - 1; arrives++) {
		struct chain_search *search = new_search(literals, gaps, 2);

		search->bytes = bytes;
		search->length = sizeof(bytes) - 1;
		search->passing = true;
		search->arrives = arrives;
		run(search);
		assert_int_equal(search->lost[0], sizeof(bytes) - 1 - arrives);
		get(search, 0, arrives >= 11, arrives >= 11);
		free_search(search);
	}
}

/* The second extent lies behind the end of the file. */
static void a_chain_does_not_cross_bytes_that_nobody_has(void **state)
{
	static const char *const literals[] = { "head", "tail" };
	static const struct pattern_gap gaps[] = { { 0, UINT64_MAX } };
	static const uint8_t bytes[] = "head.tail.head......tail..";
	static const struct extent extents[] = { { .length = 15 },
						 { .length = 6, .offset = 1000 },
						 { .length = 11, .offset = 15 } };

	(void)state;
	for (size_t shard_bytes = 1; shard_bytes < 64; shard_bytes *= 2) {
		struct chain_search *search = new_search(literals, gaps, 2);

		search->bytes = bytes;
		search->length = sizeof(bytes) - 1;
		search->extents = extents;
		search->extent_count = 3;
		search->shard_bytes = shard_bytes;
		run(search);
		assert_int_equal(search->lost[0], 6);
		assert_int_equal(get(search, 0, 1, 1)->address, ADDRESS);
		free_search(search);
	}
}

static void a_search_that_was_stopped_joins_nothing(void **state)
{
	static const char *const literals[] = { "head", "tail" };
	static const struct pattern_gap gaps[] = { { 0, UINT64_MAX } };
	static const uint8_t bytes[] = "head...tail......tail..";
	static const _Atomic int stop = 1;
	struct chain_search *search = new_search(literals, gaps, 2);

	(void)state;
	search->bytes = bytes;
	search->length = sizeof(bytes) - 1;
	search->stop = &stop;
	run(search);
	assert_int_equal(search->ret, ERROR_INTERRUPTED);
	assert_null(search->tables[0]);
	free_search(search);
}

struct need_case {
	enum match_need need;
	size_t kept;
	uint64_t count;
};

static void each_need_gets_what_it_asks_for(void **state)
{
	static const char *const literals[] = { "h", "t" };
	static const struct pattern_gap gaps[] = { { 0, UINT64_MAX } };
	static const struct need_case cases[] = { { NEED_PRESENCE, 1, 1 },
						  { NEED_COUNT, 1, 20 },
						  { NEED_LISTED, 10, 20 },
						  { NEED_ALL, 20, 20 } };
	static const uint8_t bytes[] = "hhhhhhhhhhhhhhhhhhhhtth";

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct chain_search *search = new_search(literals, gaps, 2);

		search->bytes = bytes;
		search->length = sizeof(bytes) - 1;
		search->need = cases[i].need;
		search->shard_bytes = 4;
		run(search);
		assert_int_equal(get(search, 0, cases[i].kept, cases[i].count)->address, ADDRESS);
		free_search(search);
	}
}

static void what_parts_took_of_the_budget_is_free_when_they_are_joined(void **state)
{
	static const char *const literals[] = { "a", "b" };
	static const struct pattern_gap gap = { 0, UINT64_MAX };
	static const uint8_t bytes[] = "ab";
	struct chain_search *search = new_search(literals, &gap, 2);
	const enum match_need needs[] = { NEED_COUNT };
	const struct match_policy policy = { .needs = needs, .pattern_count = 1 };
	const struct placement placement = { .address = ADDRESS };
	struct match_budget budget = { .bytes_left = 1u << 20 };
	struct piece piece = { .data = bytes, .length = 2, .own_end = 2 };
	struct database *database;
	struct chain_store *chains;
	struct match_store *store;
	struct error err;
	size_t culprit;
	uint64_t left;

	(void)state;
	assert_int_equal(database_compile(&database, &search->pattern, needs, 1, &culprit, &err),
			 0);
	assert_int_equal(match_store_new(&store, &policy, &budget, &err), 0);
	assert_int_equal(chain_store_new(&chains, database, &policy, &budget, &err), 0);
	for (size_t i = 0; i < 3000; i++) {
		const struct part_found found[] = { { &database->subjects[0], 0, 0, 1 },
						    { &database->subjects[1], 0, 1, 1 } };

		piece.position = i * START_CHUNK_STARTS;
		assert_int_equal(chain_store_add(chains, &piece, found, 2, &err), 0);
	}

	const struct piece_targets targets = { &placement, &store, 1, NULL, NULL };

	left = atomic_load(&budget.bytes_left);
	assert_true(left < 1u << 19);
	assert_int_equal(chain_store_join(chains, &targets, NULL, NULL, &err), 0);
	/* What the store has for a count is small. */
	assert_true(atomic_load(&budget.bytes_left) > (1u << 20) - 4096);
	chain_store_free(chains);
	assert_true(atomic_load(&budget.bytes_left) <= 1u << 20);
	match_store_free(store);
	assert_int_equal(atomic_load(&budget.bytes_left), 1u << 20);
	database_free(database);
	free_search(search);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_target_sees_a_chain_where_it_has_the_block),
		cmocka_unit_test(a_chain_of_one_byte_parts_is_counted_in_time),
		cmocka_unit_test(bytes_of_a_rare_chain_of_frequent_parts_are_kept),
		cmocka_unit_test(a_chain_that_does_not_fit_is_left_out_and_named),
		cmocka_unit_test(a_chain_ends_where_bytes_stop_coming),
		cmocka_unit_test(a_chain_does_not_cross_bytes_that_nobody_has),
		cmocka_unit_test(a_search_that_was_stopped_joins_nothing),
		cmocka_unit_test(each_need_gets_what_it_asks_for),
		cmocka_unit_test(what_parts_took_of_the_budget_is_free_when_they_are_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
