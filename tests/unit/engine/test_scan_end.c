/*
 * Bytes that end where nothing is mapped behind them: nobody may read on, whatever is looked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scan_fixture.h"

#define MOST_LENGTH 96u
#define TRIALS 24u

struct edge_of_memory {
	uint8_t *memory;
	size_t page;
};

static void open_edge(struct edge_of_memory *edge)
{
	edge->page = (size_t)sysconf(_SC_PAGESIZE);
	edge->memory = mmap(NULL, 2 * edge->page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(edge->memory != MAP_FAILED);
	assert_int_equal(mprotect(edge->memory + edge->page, edge->page, PROT_NONE), 0);
}

static uint8_t random_byte(uint32_t *state)
{
	*state = *state * 1103515245u + 12345u;

	uint32_t draw = *state >> 16;

	if (draw % 10 < 4)
		return 0;
	return draw % 10 < 7 ? (uint8_t)('A' + draw % 26) : (uint8_t)(draw >> 4);
}

#define LITERAL(text)                                                                              \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

/* Few short texts: Hyperscan looks for these by vectors, and has its own way with inputs shorter than some. */
static const struct bytes sets[][4] = {
	{ LITERAL("\x44\0\x55\0\0\0\0"), LITERAL("\x89\0") },
	{ LITERAL("\0\0\0\0"), LITERAL("\0\0"), LITERAL("\0\xdd\0") },
	{ LITERAL("OO\0"), LITERAL("\0\x4e\0\x29\xdd") },
	{ LITERAL("\0\0W\0\0"), LITERAL("P\0G") },
	{ LITERAL("\xf2"), LITERAL("\0\x85K\x99\0P\0\x09"), LITERAL("X\0"), LITERAL("\xb4") },
};

static size_t build_patterns(struct arena *arena, struct pattern *patterns, const struct bytes *set)
{
	size_t count = 0;

	for (; count < 4 && set[count].length; count++)
		patterns[count] =
			fixture_literal(arena, set[count].data, set[count].length, PATTERN_ASCII);
	return count;
}

struct search_of_set {
	struct database *database;
	struct scanner *scanner;
	enum match_need needs[4];
	size_t count;
};

static void open_search(struct search_of_set *search, const struct pattern *patterns, size_t count)
{
	size_t culprit;

	search->count = count;
	for (size_t i = 0; i < count; i++)
		search->needs[i] = NEED_COUNT;
	assert_int_equal(
		database_compile(&search->database, patterns, search->needs, count, &culprit, NULL),
		0);
	assert_int_equal(scanner_new(&search->scanner, search->database, NULL), 0);
}

static void close_search(struct search_of_set *search)
{
	scanner_free(search->scanner);
	database_free(search->database);
}

static struct match_table *scan(const struct search_of_set *search, const uint8_t *data,
				size_t length)
{
	const struct match_policy policy = { .needs = search->needs,
					     .pattern_count = search->count };
	const struct placement placement = { 0 };
	const struct piece piece = { .data = data, .length = length, .own_end = length + 1 };
	struct match_budget budget;
	struct match_store *store;
	struct match_table *table;

	atomic_init(&budget.bytes_left, UINT64_C(1) << 20);
	assert_int_equal(match_store_new(&store, &policy, &budget, NULL), 0);

	const struct piece_targets targets = { &placement, &store, 1, NULL, NULL };

	assert_int_equal(scanner_scan(search->scanner, &piece, &targets, NULL), 0);
	assert_int_equal(match_table_merge(&table, &store, 1, &policy, NULL), 0);
	match_store_free(store);
	return table;
}

/* The same bytes with room behind them have the same matches. */
static void compare(const struct search_of_set *search, const uint8_t *at_edge, size_t length)
{
	uint8_t roomy[MOST_LENGTH + 64] = { 0 };
	struct match_table *left, *right;

	memcpy(roomy, at_edge, length);
	left = scan(search, at_edge, length);
	right = scan(search, roomy, length);
	for (uint32_t i = 0; i < search->count; i++) {
		uint64_t ours = 0, theirs = 0;
		size_t kept;

		match_table_get(left, i, &kept, &ours);
		match_table_get(right, i, &kept, &theirs);
		assert_int_equal(ours, theirs);
	}
	match_table_free(left);
	match_table_free(right);
}

static void try_lengths(const struct edge_of_memory *edge, const struct search_of_set *search,
			uint32_t seed)
{
	for (size_t length = 1; length <= MOST_LENGTH; length++) {
		uint8_t *data = edge->memory + edge->page - length;
		uint32_t random = seed + (uint32_t)length;

		for (size_t i = 0; i < length; i++)
			data[i] = random_byte(&random);
		compare(search, data, length);
	}
}

static void reads_no_byte_behind_the_last(void **state)
{
	struct edge_of_memory edge;

	(void)state;
	open_edge(&edge);
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		struct arena *arena = arena_new(0);
		struct search_of_set search;
		struct pattern patterns[4];

		open_search(&search, patterns, build_patterns(arena, patterns, sets[i]));
		for (uint32_t trial = 0; trial < TRIALS; trial++)
			try_lengths(&edge, &search, 7919 * trial);
		close_search(&search);
		arena_free(arena);
	}
	munmap(edge.memory, 2 * edge.page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_no_byte_behind_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
