#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/database/parts.h"
#include "scan_fixture.h"

struct strategy_case {
	const char *name, *literal, *regex;
	uint32_t flags;
	enum strategy_kind kind;
	size_t leads;
	const char *weakest;
};

static const struct strategy_case cases[] = {
	{ "a text by its atom", "Mimikatz99", NULL, PATTERN_ASCII, STRATEGY_ATOMS, 1, "imikatz9" },
	{ "bytes that do not stand for themselves are escaped", "\x01.$", NULL, PATTERN_ASCII,
	  STRATEGY_ATOMS, 1, "\\x01\\x2e\\x24" },
	{ "case that does not matter is told", "Kit1", NULL, PATTERN_ASCII | PATTERN_NOCASE,
	  STRATEGY_ATOMS, 1, "(?i)kit1" },
	{ "both variants, the shorter as the weaker", "ab", NULL, PATTERN_ASCII | PATTERN_WIDE,
	  STRATEGY_ATOMS, 2, "ab" },
	{ "each alternative, the likeliest as the weakest", NULL, "x(abcde|fg)", PATTERN_ASCII,
	  STRATEGY_ATOMS, 2, "xfg" },
	{ "classes where there is no literal", NULL, "[a-z]{8}[0-9]{8}", PATTERN_ASCII,
	  STRATEGY_WINDOWS, 1, NULL },
	{ "nothing where any place may begin a match", NULL, "x*", PATTERN_ASCII, STRATEGY_WHOLE, 0,
	  "" },
	{ "a long run of one class as a whole", NULL, "[a-z]{200,}", PATTERN_ASCII, STRATEGY_WHOLE,
	  0, "" },
};

static struct pattern pattern_of(struct arena *arena, const struct strategy_case *row)
{
	if (row->regex)
		return fixture_regex(arena, row->regex, row->flags);
	return fixture_literal(arena, row->literal, strlen(row->literal), row->flags);
}

static struct database *database_of(const struct pattern *patterns, const enum match_need *needs,
				    size_t count)
{
	struct database *database = NULL;
	struct error err = { 0 };
	size_t culprit;

	if (database_compile(&database, patterns, needs, count, &culprit, &err) < 0)
		fail_msg("%s", err.message);
	return database;
}

static struct strategy strategy_of(const struct pattern *pattern)
{
	const enum match_need need = NEED_LISTED;
	struct database *database = database_of(pattern, &need, 1);
	struct strategy strategy;

	database_strategy(database, 0, &strategy);
	database_free(database);
	return strategy;
}

static bool holds(const struct strategy_case *row, const struct strategy *strategy)
{
	return strategy->kind == row->kind && strategy->part_count == 1 &&
	       strategy->lead_count == row->leads &&
	       (!row->weakest || strcmp(strategy->weakest, row->weakest) == 0);
}

static void each_pattern_says_by_what_it_is_searched(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new(0);
		struct pattern pattern = pattern_of(arena, &cases[i]);
		struct strategy strategy = strategy_of(&pattern);

		if (!holds(&cases[i], &strategy)) {
			print_error("%s: kind %d, %zu leads, weakest %s\n", cases[i].name,
				    (int)strategy.kind, strategy.lead_count, strategy.weakest);
			failed++;
		}
		arena_free(arena);
	}
	assert_int_equal(failed, 0);
}

static void what_is_shorter_or_commoner_gives_more_candidates(void **state)
{
	/* From many to few. */
	static const char *const texts[] = { "a", "ab", "abc", "abcde", "abcdefgh" };
	struct arena *arena = arena_new(0);
	double last =
		strategy_of(&(struct pattern[]){ fixture_regex(arena, "x*", PATTERN_ASCII) }[0])
			.candidates;

	(void)state;
	assert_true(last == 1e9);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct pattern pattern =
			fixture_literal(arena, texts[i], strlen(texts[i]), PATTERN_ASCII);
		struct strategy strategy = strategy_of(&pattern);

		assert_true(strategy.candidates > 0);
		assert_true(strategy.candidates < last);
		last = strategy.candidates;
	}
	arena_free(arena);
}

static void a_long_window_is_cut_and_says_so(void **state)
{
	struct arena *arena = arena_new(0);
	struct pattern pattern = fixture_regex(arena,
					       "[aceg][bdfh][aceg][bdfh][aceg][bdfh][aceg][bdfh]"
					       "[aceg][bdfh][aceg][bdfh][aceg][bdfh][aceg][bdfh]",
					       PATTERN_ASCII | PATTERN_NOCASE);
	struct strategy strategy = strategy_of(&pattern);
	size_t length = strlen(strategy.weakest);

	(void)state;
	assert_int_equal(strategy.kind, STRATEGY_WINDOWS);
	assert_int_equal(length, sizeof(strategy.weakest) - 1);
	assert_string_equal(strategy.weakest + length - 3, "...");
	arena_free(arena);
}

static void a_chain_has_the_leads_of_all_its_parts(void **state)
{
	static const struct pattern_gap gaps[] = { { 0, 500 }, { 0, UINT64_MAX } };
	struct pattern_part parts[] = { { .literal = { (const uint8_t *)"first99", 7 } },
					{ .literal = { (const uint8_t *)"ab", 2 } },
					{ .literal = { (const uint8_t *)"third99", 7 } } };
	struct pattern chain = { .parts = parts,
				 .gaps = gaps,
				 .part_count = 3,
				 .flags = PATTERN_ASCII,
				 .name = "chain" };
	struct strategy strategy = strategy_of(&chain);

	(void)state;
	assert_int_equal(strategy.kind, STRATEGY_ATOMS);
	assert_int_equal(strategy.part_count, 3);
	assert_int_equal(strategy.lead_count, 3);
	assert_string_equal(strategy.weakest, "ab");
}

static void what_nobody_needs_is_not_searched(void **state)
{
	static const enum match_need needs[] = { NEED_NOTHING, NEED_PRESENCE };
	struct arena *arena = arena_new(0);
	struct pattern patterns[] = { fixture_literal(arena, "abcd", 4, PATTERN_ASCII),
				      fixture_literal(arena, "efgh", 4, PATTERN_ASCII) };
	struct database *database = database_of(patterns, needs, 2);
	struct strategy strategy;

	(void)state;
	database_strategy(database, 0, &strategy);
	assert_int_equal(strategy.kind, STRATEGY_NONE);
	assert_int_equal(strategy.lead_count, 0);
	assert_string_equal(strategy.weakest, "");
	database_strategy(database, 1, &strategy);
	assert_int_equal(strategy.kind, STRATEGY_ATOMS);
	database_free(database);
	arena_free(arena);
}

static void saved_notes_say_the_same(void **state)
{
	static const enum match_need needs[] = { NEED_LISTED, NEED_LISTED, NEED_NOTHING,
						 NEED_LISTED };
	struct arena *arena = arena_new(0);
	struct pattern patterns[] = {
		fixture_literal(arena, "Needle", 6, PATTERN_ASCII | PATTERN_NOCASE),
		fixture_regex(arena, "[a-z]{8}[0-9]{8}", PATTERN_ASCII),
		fixture_literal(arena, "other", 5, PATTERN_ASCII),
		fixture_regex(arena, "x*", PATTERN_ASCII),
	};
	struct database *database = database_of(patterns, needs, 4);
	struct database loaded = { .pattern_count = 4 };
	struct byte_writer writer = { 0 };
	struct error err = { 0 };

	(void)state;
	strategy_notes_save(database->strategies, 4, &writer);
	for (size_t length = 0; length <= writer.length; length++) {
		struct bytes_reader in = bytes_reader_at(writer.data, length);
		int ret = strategy_notes_load(&loaded.strategies, 4, &in, arena, &err);

		assert_int_equal(ret, length < writer.length ? ERROR_FORMAT : 0);
	}
	for (uint32_t i = 0; i < 4; i++) {
		struct strategy before, after;

		database_strategy(database, i, &before);
		database_strategy(&loaded, i, &after);
		assert_int_equal(before.kind, after.kind);
		assert_int_equal(before.lead_count, after.lead_count);
		assert_int_equal(before.part_count, after.part_count);
		assert_string_equal(before.weakest, after.weakest);
		assert_true(before.candidates == after.candidates);
	}
	byte_writer_release(&writer);
	database_free(database);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_pattern_says_by_what_it_is_searched),
		cmocka_unit_test(what_is_shorter_or_commoner_gives_more_candidates),
		cmocka_unit_test(a_long_window_is_cut_and_says_so),
		cmocka_unit_test(a_chain_has_the_leads_of_all_its_parts),
		cmocka_unit_test(what_nobody_needs_is_not_searched),
		cmocka_unit_test(saved_notes_say_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
