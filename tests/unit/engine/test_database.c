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

struct database_case {
	const char *name, *literal, *regex;
	uint32_t flags;
	size_t reach, look_behind;
	bool zeros;
};

static const struct database_case cases[] = {
	{ "a literal reaches over its bytes and the right edge", "abcd", NULL, PATTERN_ASCII, 6, 0,
	  false },
	{ "a wide literal is twice as long", "abcd", NULL, PATTERN_ASCII | PATTERN_WIDE, 10, 0,
	  false },
	{ "fullword looks at what stands before", "abcd", NULL, PATTERN_ASCII | PATTERN_FULLWORD, 6,
	  2, false },
	{ "a word edge in a regex looks there too", NULL, "\\bab", PATTERN_ASCII, 4, 2, false },
	{ "a regex reaches over its longest match", NULL, "ab{2,7}", PATTERN_ASCII, 10, 0, false },
	{ "an unbounded regex reaches as far as a match may", NULL, "ab*", PATTERN_ASCII,
	  REGEX_SPAN_BYTES + 2, 0, false },
	{ "zeros alone may match a class", NULL, "[\\x00a]{3}", PATTERN_ASCII, 5, 0, true },
	{ "nothing at all is not zeros", NULL, "a?", PATTERN_ASCII, 3, 0, false },
	{ "an xor literal of equal bytes is zeros under one key", "aaa", NULL,
	  PATTERN_ASCII | PATTERN_XOR, 5, 0, true },
	{ "wide zeros under a key are no zeros", "aaa", NULL, PATTERN_WIDE | PATTERN_XOR, 8, 0,
	  false },
};

static struct pattern pattern_of(struct arena *arena, const struct database_case *row)
{
	if (row->regex)
		return fixture_regex(arena, row->regex, row->flags);
	return fixture_literal(arena, row->literal, strlen(row->literal), row->flags);
}

static void each_pattern_says_what_it_needs_around_a_start(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct database_case *row = &cases[i];
		struct arena *arena = arena_new(0);
		struct pattern pattern = pattern_of(arena, row);
		enum match_need need = NEED_LISTED;
		struct database *database = NULL;
		struct error err = { 0 };
		size_t culprit;

		assert_int_equal(database_compile(&database, &pattern, &need, 1, &culprit, &err),
				 0);
		if (database_reach(database) != row->reach ||
		    database_look_behind(database) != row->look_behind ||
		    database_matches_zeros(database) != row->zeros) {
			print_error("%s: reach %zu, behind %zu, zeros %d\n", row->name,
				    database_reach(database), database_look_behind(database),
				    database_matches_zeros(database));
			failed++;
		}
		database_free(database);
		arena_free(arena);
	}
	assert_int_equal(failed, 0);
}

/* Hyperscan would report each of its bytes: it is searched without. */
static void a_long_run_of_one_set_has_no_atoms(void **state)
{
	static const struct {
		const char *regex;
		bool atoms;
	} rows[] = {
		{ "[A-Za-z0-9]{16,}", false }, { "[A-Za-z0-9]{40,50}=?", false },
		{ "[A-Za-z0-9]{4,}", true },   { "[A-Za-z0-9]{40,}=", true },
		{ "x[A-Za-z0-9]{40,}", true },
	};
	const enum match_need need = NEED_COUNT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new(0);
		struct pattern pattern =
			fixture_regex(arena, rows[i].regex, PATTERN_ASCII | PATTERN_WIDE);
		struct database *database = NULL;
		struct error err = { 0 };
		size_t culprit;

		assert_int_equal(database_compile(&database, &pattern, &need, 1, &culprit, &err),
				 0);
		assert_int_equal(database->atom_count > 0, rows[i].atoms);
		assert_int_equal(database->whole_search_count, !rows[i].atoms);
		database_free(database);
		arena_free(arena);
	}
}

static void patterns_that_nothing_needs_are_left_out(void **state)
{
	struct arena *arena = arena_new(0);
	struct pattern patterns[2];
	const enum match_need needs[] = { NEED_PRESENCE, NEED_NOTHING };
	struct database *database = NULL;
	struct error err = { 0 };
	size_t culprit;

	(void)state;
	patterns[0] = fixture_literal(arena, "ab", 2, PATTERN_ASCII);
	patterns[1] = fixture_literal(arena, "abcdefgh", 8, PATTERN_ASCII);
	patterns[1].part_count = 0; /* would be refused */
	assert_int_equal(database_compile(&database, patterns, needs, 2, &culprit, &err), 0);
	assert_int_equal(database_pattern_count(database), 2);
	assert_int_equal(database_reach(database), 4);
	database_free(database);
	arena_free(arena);
}

static void a_refused_pattern_is_named(void **state)
{
	struct arena *arena = arena_new(0);
	struct pattern patterns[3];
	const enum match_need needs[] = { NEED_ALL, NEED_ALL, NEED_ALL };
	struct database *database = NULL;
	struct error err = { 0 };
	size_t culprit = 77;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		patterns[i] = fixture_literal(arena, "ab", 2, PATTERN_ASCII);
	patterns[1].part_count = 0;
	patterns[1].name = "default:chained:$c";
	assert_int_equal(database_compile(&database, patterns, needs, 3, &culprit, &err),
			 ERROR_USAGE);
	assert_int_equal(culprit, 1);
	assert_non_null(strstr(err.message, "default:chained:$c"));
	assert_null(database);
	arena_free(arena);
}

static void no_patterns_are_a_database_too(void **state)
{
	struct database *database = NULL;
	struct error err = { 0 };
	size_t culprit;

	(void)state;
	assert_int_equal(database_compile(&database, NULL, NULL, 0, &culprit, &err), 0);
	assert_int_equal(database_reach(database), 0);
	database_free(database);
}

/* Enough atoms for the rare pair, whose own hits must lead nowhere. */
static void six_hundred_patterns_are_told_apart(void **state)
{
	enum { COUNT = 600 };
	struct arena *arena = arena_new(0);
	struct pattern *patterns = arena_alloc_array(arena, COUNT, sizeof(*patterns));
	const struct fixture_options options = { .need = NEED_ALL };
	char text[32], memory[COUNT * 8 + 3];
	struct match_table *table;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		snprintf(text, sizeof(text), "<%05d>", i);
		patterns[i] = fixture_literal(arena, text, strlen(text), PATTERN_ASCII);
		memcpy(memory + 8 * i, "<00000>\xe5", 8);
		memcpy(memory + 8 * i, text, 7);
	}
	memcpy(memory + 8 * COUNT, "\x8e\xe5\x8e", 3);
	table = fixture_scan(patterns, COUNT, memory, sizeof(memory), &options);
	for (uint32_t i = 0; i < COUNT; i++) {
		size_t kept = 0;
		uint64_t count = 0;
		const struct match *match = match_table_get(table, i, &kept, &count);

		assert_int_equal(kept, 1);
		assert_int_equal(match->address, 8 * i);
	}
	match_table_free(table);
	arena_free(arena);
}

/* So many strings that no key has atoms of its own. */
static void of_all_keys_only_those_of_the_pattern_count(void **state)
{
	enum { OTHERS = 60, LENGTH = 8, KEYS = 6 };
	static const char text[LENGTH + 1] = "Zq7#xK!p";
	static const uint8_t keys[KEYS] = { 0x0f, 0x10, 0x11, 0x2f, 0x30, 0x31 };
	const struct fixture_options options = { .need = NEED_ALL, .max_listed = 100 };
	struct arena *arena = arena_new(0);
	struct pattern *patterns = arena_alloc_array(arena, OTHERS + 1, sizeof(*patterns));
	uint8_t memory[2][KEYS][2 * LENGTH] = { 0 };
	struct match_table *table;
	const struct match *matches;
	size_t kept = 0;
	uint64_t count = 0;

	(void)state;
	patterns[0] =
		fixture_literal(arena, text, LENGTH, PATTERN_ASCII | PATTERN_WIDE | PATTERN_XOR);
	patterns[0].xor_min = 0x10;
	patterns[0].xor_max = 0x30;
	for (size_t i = 1; i <= OTHERS; i++) {
		char other[16];

		snprintf(other, sizeof(other), "Other%02zuString", i);
		patterns[i] =
			fixture_literal(arena, other, strlen(other), PATTERN_ASCII | PATTERN_XOR);
	}
	for (size_t key = 0; key < KEYS; key++)
		for (size_t i = 0; i < LENGTH; i++) {
			memory[0][key][i] = (uint8_t)text[i] ^ keys[key];
			memory[1][key][2 * i] = (uint8_t)text[i] ^ keys[key];
			memory[1][key][2 * i + 1] = keys[key];
		}
	table = fixture_scan(patterns, OTHERS + 1, memory, sizeof(memory), &options);
	matches = match_table_get(table, 0, &kept, &count);
	assert_int_equal(count, 8);
	for (size_t i = 0; i < 8; i++) {
		size_t wide = i / 4, key = 1 + i % 4;

		assert_int_equal(matches[i].address, (wide * KEYS + key) * sizeof(memory[0][0]));
		assert_int_equal(matches[i].length, wide ? 2 * LENGTH : LENGTH);
		assert_int_equal(matches[i].xor_key, keys[key]);
	}
	match_table_free(table);
	arena_free(arena);
}

/* Each has too few bytes for a keyed atom, so each key is a text of its own: 256 times 8,192 are 2,097,152. */
static void the_string_that_makes_too_many_texts_is_named(void **state)
{
	enum { COUNT = 8193 };
	struct arena *arena = arena_new(0);
	struct pattern *patterns = arena_alloc_array(arena, COUNT, sizeof(*patterns));
	enum match_need *needs = arena_alloc_array(arena, COUNT, sizeof(*needs));
	struct database *database = NULL;
	struct error err = { 0 };
	size_t culprit;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		const char text[] = { 'q', (char)('0' + i / 128), (char)(i % 128) };

		patterns[i] = fixture_literal(arena, text, 3, PATTERN_ASCII | PATTERN_XOR);
		needs[i] = NEED_PRESENCE;
	}
	assert_int_equal(database_compile(&database, patterns, needs, COUNT, &culprit, &err),
			 ERROR_LIMIT);
	assert_int_equal(culprit, COUNT - 1);
	assert_non_null(strstr(err.message, "test:rule:$a: more than 2097152 texts"));
	assert_null(database);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_pattern_says_what_it_needs_around_a_start),
		cmocka_unit_test(a_long_run_of_one_set_has_no_atoms),
		cmocka_unit_test(patterns_that_nothing_needs_are_left_out),
		cmocka_unit_test(a_refused_pattern_is_named),
		cmocka_unit_test(no_patterns_are_a_database_too),
		cmocka_unit_test(six_hundred_patterns_are_told_apart),
		cmocka_unit_test(of_all_keys_only_those_of_the_pattern_count),
		cmocka_unit_test(the_string_that_makes_too_many_texts_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
