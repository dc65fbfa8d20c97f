#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "naive_match.h"
#include "scan_fixture.h"

#define ASCII PATTERN_ASCII
#define WIDE PATTERN_WIDE
#define NOCASE PATTERN_NOCASE
#define FULLWORD PATTERN_FULLWORD
#define XOR PATTERN_XOR

struct expected {
	uint64_t start, length;
};

struct scan_case {
	const char *name;
	const char *regex; /* NULL: the literal */
	const char *literal;
	size_t literal_length; /* 0: up to its end */
	const char *memory;
	size_t memory_length; /* 0: up to its end */
	uint32_t flags;
	struct expected found[8];
	size_t found_count;
};

static const struct scan_case cases[] = {
	{ .name = "a literal is found at every start, overlapping or not",
	  .literal = "aa",
	  .memory = "aaaa",
	  .flags = ASCII,
	  .found = { { 0, 2 }, { 1, 2 }, { 2, 2 } },
	  .found_count = 3 },
	{ .name = "a greedy repeat matches at every start with its own length",
	  .regex = "a+",
	  .memory = "aaaa",
	  .flags = ASCII,
	  .found = { { 0, 4 }, { 1, 3 }, { 2, 2 }, { 3, 1 } },
	  .found_count = 4 },
	{ .name = "a lazy repeat gives the shortest length",
	  .regex = "a+?",
	  .memory = "aaa",
	  .flags = ASCII,
	  .found = { { 0, 1 }, { 1, 1 }, { 2, 1 } },
	  .found_count = 3 },
	{ .name = "a literal longer than an atom is compared whole",
	  .literal = "configuration",
	  .memory = "configuratiom configuration",
	  .flags = ASCII,
	  .found = { { 14, 13 } },
	  .found_count = 1 },
	{ .name = "nocase folds ASCII letters only",
	  .literal = "Key\xe9",
	  .memory = "kEY\xe9 key\xc9 KEy\xe9",
	  .flags = ASCII | NOCASE,
	  .found = { { 0, 4 }, { 10, 4 } },
	  .found_count = 2 },
	{ .name = "nocase holds for digits and signs as they are",
	  .literal = "a@b[c",
	  .memory = "A@B[C a`b{c A@b[c",
	  .flags = ASCII | NOCASE,
	  .found = { { 0, 5 }, { 12, 5 } },
	  .found_count = 2 },
	{ .name = "wide text has a zero after each byte, the last one too",
	  .literal = "ab",
	  .memory = "a\0b\0ab a\0b",
	  .memory_length = 10,
	  .flags = WIDE,
	  .found = { { 0, 4 } },
	  .found_count = 1 },
	{ .name = "wide and ascii are one pattern",
	  .literal = "ab",
	  .memory = "a\0b\0ab",
	  .memory_length = 6,
	  .flags = ASCII | WIDE,
	  .found = { { 0, 4 }, { 4, 2 } },
	  .found_count = 2 },
	{ .name = "ascii stands where a wide match has the same start",
	  .literal = "a",
	  .memory = "a\0a",
	  .memory_length = 3,
	  .flags = ASCII | WIDE,
	  .found = { { 0, 1 }, { 2, 1 } },
	  .found_count = 2 },
	{ .name = "the wide match stands where the ascii one is no word",
	  .literal = "a\0",
	  .literal_length = 2,
	  .memory = "xa\0\0\0",
	  .memory_length = 5,
	  .flags = ASCII | WIDE | FULLWORD,
	  .found = { { 1, 4 } },
	  .found_count = 1 },
	{ .name = "a fullword literal is delimited by signs, underscores and the edges",
	  .literal = "ab",
	  .memory = "ab_ab1ab-ab",
	  .flags = ASCII | FULLWORD,
	  .found = { { 0, 2 }, { 9, 2 } },
	  .found_count = 2 },
	{ .name = "fullword in wide text looks at units of two bytes",
	  .literal = "ab",
	  .memory = "x a\0b\0",
	  .memory_length = 6,
	  .flags = WIDE | FULLWORD,
	  .found = { { 2, 4 } },
	  .found_count = 1 },
	{ .name = "fullword in wide text sees a wide neighbour on the right",
	  .literal = "ab",
	  .memory = "a\0b\0c\0",
	  .memory_length = 6,
	  .flags = WIDE | FULLWORD,
	  .found_count = 0 },
	{ .name = "fullword in wide text ignores half a unit at the end",
	  .literal = "ab",
	  .memory = "a\0b\0c",
	  .memory_length = 5,
	  .flags = WIDE | FULLWORD,
	  .found = { { 0, 4 } },
	  .found_count = 1 },
	{ .name = "a fullword regex tests the one length it picks",
	  .regex = "ab+",
	  .memory = "abbb1 abb",
	  .flags = ASCII | FULLWORD,
	  .found = { { 6, 3 } },
	  .found_count = 1 },
	{ .name = "a fullword regex with an optional tail misses what the tail spoils",
	  .regex = "foo(-bar)?",
	  .memory = "foo-barx foo",
	  .flags = ASCII | FULLWORD,
	  .found = { { 9, 3 } },
	  .found_count = 1 },
	{ .name = "alternatives are tried in order",
	  .regex = "a(b|bcd)",
	  .memory = "abcd",
	  .flags = ASCII,
	  .found = { { 0, 2 } },
	  .found_count = 1 },
	{ .name = "alternatives without common bytes are each looked for",
	  .regex = "(needle|haystack.{0,3}pin)",
	  .memory = "haystack1pin needle",
	  .flags = ASCII,
	  .found = { { 0, 12 }, { 13, 6 } },
	  .found_count = 2 },
	{ .name = "an atom behind a gap reaches every start",
	  .regex = "a[ -z]{0,4}needle",
	  .memory = "aaxaneedle",
	  .flags = ASCII,
	  .found = { { 0, 10 }, { 1, 9 }, { 3, 7 } },
	  .found_count = 3 },
	{ .name = "an atom behind an unbounded gap reaches every start",
	  .regex = "a.*needle",
	  .memory = "a a\na needle",
	  .flags = ASCII,
	  .found = { { 4, 8 } },
	  .found_count = 1 },
	{ .name = "a regex without any atom is searched everywhere",
	  .regex = "x*",
	  .memory = "bxxb",
	  .flags = ASCII,
	  .found = { { 0, 0 }, { 1, 2 }, { 2, 1 }, { 3, 0 } },
	  .found_count = 4 },
	{ .name = "a regex of wildcards is searched everywhere",
	  .regex = ".{2}",
	  .memory = "ab\ncd",
	  .flags = ASCII,
	  .found = { { 0, 2 }, { 3, 2 } },
	  .found_count = 2 },
	{ .name = "a nocase regex folds within classes",
	  .regex = "[k-m]ey",
	  .memory = "KEY ley Ney",
	  .flags = ASCII | NOCASE,
	  .found = { { 0, 3 }, { 4, 3 } },
	  .found_count = 2 },
	{ .name = "a wide regex wants a zero behind each byte",
	  .regex = "a.c",
	  .memory = "a\0b\0c\0a\0bcc\0",
	  .memory_length = 12,
	  .flags = WIDE,
	  .found = { { 0, 6 } },
	  .found_count = 1 },
	{ .name = "a regex in both widths gives the ascii length at a shared start",
	  .regex = "a\\x00?",
	  .memory = "a\0b",
	  .memory_length = 3,
	  .flags = ASCII | WIDE,
	  .found = { { 0, 2 } },
	  .found_count = 1 },
	{ .name = "anchors hold at the block's ends",
	  .regex = "^ab|ab$",
	  .memory = "ab ab ab",
	  .flags = ASCII,
	  .found = { { 0, 2 }, { 6, 2 } },
	  .found_count = 2 },
	{ .name = "word edges in a regex see the neighbours",
	  .regex = "\\bab\\b",
	  .memory = "ab cab ab_ ab",
	  .flags = ASCII,
	  .found = { { 0, 2 }, { 11, 2 } },
	  .found_count = 2 },
	{ .name = "a window of classes is found where no literal is",
	  .regex = "[0-9a-f]{8}-[0-9a-f]{4}",
	  .memory = "1234567-89ab 12345678-9abc",
	  .flags = ASCII,
	  .found = { { 13, 13 } },
	  .found_count = 1 },
	{ .name = "zeros alone can be a pattern",
	  .literal = "\0\0\0",
	  .literal_length = 3,
	  .memory = "a\0\0\0\0b",
	  .memory_length = 6,
	  .flags = ASCII,
	  .found = { { 1, 3 }, { 2, 3 } },
	  .found_count = 2 },
};

static struct pattern pattern_of(struct arena *arena, const struct scan_case *row)
{
	if (row->regex)
		return fixture_regex(arena, row->regex, row->flags);
	return fixture_literal(arena, row->literal,
			       row->literal_length ? row->literal_length : strlen(row->literal),
			       row->flags);
}

static bool same_matches(const struct scan_case *row, struct match_table *table)
{
	size_t kept = 0;
	uint64_t count = 0;
	const struct match *matches = match_table_get(table, 0, &kept, &count);

	if (kept != row->found_count || count != kept)
		return false;
	for (size_t i = 0; i < kept; i++)
		if (matches[i].address != row->found[i].start ||
		    matches[i].length != row->found[i].length)
			return false;
	return true;
}

static void print_matches(const char *name, struct match_table *table, size_t cut)
{
	size_t kept = 0;
	uint64_t count = 0;
	const struct match *matches = match_table_get(table, 0, &kept, &count);

	print_error("%s (cut %zu): got", name, cut);
	for (size_t i = 0; i < kept; i++)
		print_error(" (%llu,%llu)", (unsigned long long)matches[i].address,
			    (unsigned long long)matches[i].length);
	print_error("\n");
}

static void each_row_gives_its_matches_however_the_block_is_cut(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct scan_case *row = &cases[i];
		size_t length = row->memory_length ? row->memory_length : strlen(row->memory);
		struct arena *arena = arena_new(0);
		struct pattern pattern = pattern_of(arena, row);

		for (size_t cut = 0; cut <= length; cut++) {
			const struct fixture_options options = { .starts_per_piece = cut };
			struct match_table *table =
				fixture_scan(&pattern, 1, row->memory, length, &options);

			if (!same_matches(row, table)) {
				failed++;
				print_matches(row->name, table, cut);
			}
			match_table_free(table);
		}
		arena_free(arena);
	}
	assert_int_equal(failed, 0);
}

static struct match_table *scan_one(const struct pattern *pattern, const void *memory,
				    size_t length, const struct fixture_options *options)
{
	return fixture_scan(pattern, 1, memory, length, options);
}

static void assert_starts(const struct match_table *table, const uint64_t *starts, size_t count)
{
	size_t kept = 0;
	uint64_t found = 0;
	const struct match *matches = match_table_get(table, 0, &kept, &found);

	assert_int_equal(kept, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(matches[i].address, starts[i]);
}

static void anchors_do_not_hold_where_bytes_are_missing(void **state)
{
	const struct fixture_options options = { .first = EDGE_UNSEEN, .last = EDGE_UNSEEN };
	struct arena *arena = arena_new(0);
	struct pattern anchored = fixture_regex(arena, "^ab|ab$", ASCII);
	struct pattern word = fixture_literal(arena, "ab", 2, ASCII | FULLWORD);
	const uint64_t word_starts[] = { 0, 3 };
	struct match_table *table = scan_one(&anchored, "ab-ab", 5, &options);

	(void)state;
	assert_starts(table, NULL, 0);
	match_table_free(table);
	table = scan_one(&word, "ab-ab", 5, &options);
	assert_starts(table, word_starts, 2);
	match_table_free(table);
	arena_free(arena);
}

static void a_match_needs_a_byte_of_the_dump(void **state)
{
	static const uint8_t memory[] = { 0, 0, 0, 0, 'A', 0, 0, 0, 0, 0 };
	static const struct address_range dumped[] = { { 3, 6 } };
	const uint64_t zero_starts[] = { 2, 5 }, any_starts[] = { 1, 2, 3, 4, 5 },
		       empty_starts[] = { 3, 4, 5 };
	struct arena *arena = arena_new(0);
	const struct {
		struct pattern pattern;
		const uint64_t *starts;
		size_t count;
	} rows[] = {
		{ fixture_literal(arena, "\0\0", 2, ASCII), zero_starts, 2 },
		{ fixture_regex(arena, "\\x00{2}", ASCII), zero_starts, 2 },
		{ fixture_regex(arena, "[\\x00-\\xff]{3}", ASCII), any_starts, 5 },
		{ fixture_regex(arena, "x*", ASCII), empty_starts, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t cut = 0; cut < 6; cut++) {
			const struct fixture_options options = { .starts_per_piece = cut,
								 .dumped = dumped,
								 .dumped_count = 1 };
			struct match_table *table =
				scan_one(&rows[i].pattern, memory, sizeof(memory), &options);

			assert_starts(table, rows[i].starts, rows[i].count);
			match_table_free(table);
		}
	}
	arena_free(arena);
}

static void the_key_of_an_xor_match_is_told(void **state)
{
	const struct fixture_options options = { .address = 0x400000 };
	struct arena *arena = arena_new(0);
	struct pattern pattern = fixture_literal(arena, "secret", 6, ASCII | WIDE | XOR);
	uint8_t memory[64] = { 0 };
	const struct match *matches;
	struct match_table *table;
	size_t kept = 0;
	uint64_t count = 0;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		memory[3 + i] = (uint8_t)("secret"[i] ^ 0x5a);
		memory[20 + 2 * i] = (uint8_t)("secret"[i] ^ 0xff);
		memory[21 + 2 * i] = 0xff;
		memory[40 + i] = (uint8_t) "secret"[i];
	}
	table = scan_one(&pattern, memory, sizeof(memory), &options);
	matches = match_table_get(table, 0, &kept, &count);
	assert_int_equal(kept, 3);
	assert_int_equal(matches[0].address, 0x400003);
	assert_int_equal(matches[0].xor_key, 0x5a);
	assert_int_equal(matches[1].xor_key, 0xff);
	assert_int_equal(matches[1].length, 12);
	assert_int_equal(matches[2].xor_key, 0);
	match_table_free(table);
	arena_free(arena);
}

static void a_need_below_listing_still_has_count_and_lowest(void **state)
{
	struct arena *arena = arena_new(0);
	const struct pattern patterns[] = { fixture_literal(arena, "ab", 2, ASCII),
					    fixture_regex(arena, "a.", ASCII) };
	const char memory[] = "--ab-ab-ab";

	(void)state;
	for (size_t cut = 0; cut < sizeof(memory); cut++) {
		for (size_t i = 0; i < 2; i++) {
			struct fixture_options options = { .starts_per_piece = cut,
							   .need = NEED_COUNT };
			struct match_table *table = scan_one(&patterns[i], memory, 10, &options);
			size_t kept = 0;
			uint64_t count = 0;

			assert_int_equal(match_table_get(table, 0, &kept, &count)->address, 2);
			assert_int_equal(count, 3);
			match_table_free(table);
			options.need = NEED_PRESENCE;
			table = scan_one(&patterns[i], memory, 10, &options);
			assert_int_equal(match_table_get(table, 0, &kept, &count)->address, 2);
			assert_int_equal(count, 1);
			match_table_free(table);
		}
	}
	arena_free(arena);
}

static void a_listed_match_carries_its_bytes_and_neighbours(void **state)
{
	const struct fixture_options options = { .need = NEED_LISTED, .context_bytes = 3 };
	struct arena *arena = arena_new(0);
	struct pattern pattern = fixture_regex(arena, "b+", ASCII);
	struct match_table *table = scan_one(&pattern, "0123bbb4", 8, &options);
	size_t kept = 0;
	uint64_t count = 0;
	const struct match *match = match_table_get(table, 0, &kept, &count);

	(void)state;
	assert_int_equal(kept, 3);
	assert_int_equal(match->before_length, 3);
	assert_int_equal(match->data_length, 3);
	assert_int_equal(match->after_length, 1);
	assert_memory_equal(match->data, "123bbb4", 7);
	match_table_free(table);
	arena_free(arena);
}

static void a_piece_of_four_gibibytes_is_refused(void **state)
{
	const struct piece piece = { .length = (size_t)1 << 32, .own_end = 1 };
	const struct piece_targets targets = { .count = 0 };
	struct database *database = NULL;
	struct scanner *scanner = NULL;
	struct error err = { 0 };
	size_t culprit;

	(void)state;
	assert_int_equal(database_compile(&database, NULL, NULL, 0, &culprit, &err), 0);
	assert_int_equal(scanner_new(&scanner, database, &err), 0);
	assert_int_equal(scanner_scan(scanner, &piece, &targets, &err), ERROR_USAGE);
	scanner_free(scanner);
	database_free(database);
}

static void candidates_are_counted_without_confirming_them(void **state)
{
	static const char memory[] = "needle without its hay, needle in a haystack, 0a1b2c3d4e";
	struct arena *arena = arena_new(0);
	const struct pattern patterns[] = {
		fixture_literal(arena, "needle in a", 11, ASCII),
		fixture_regex(arena, "needle [a-z]*y,", ASCII),
		fixture_regex(arena, "[0-9][a-f][0-9][a-f][0-9][a-f][0-9][a-f]", ASCII),
	};
	const enum match_need needs[] = { NEED_ALL, NEED_ALL, NEED_ALL };
	static const struct {
		size_t length;
		uint64_t candidates;
	} rows[] = { { 0, 0 }, { sizeof("needle ") - 1, 1 }, { sizeof(memory) - 1, 5 } };
	struct database *database = NULL;
	struct scanner *scanner = NULL;
	struct error err = { 0 };
	size_t culprit;

	(void)state;
	assert_int_equal(database_compile(&database, patterns, needs, 3, &culprit, &err), 0);
	assert_int_equal(scanner_new(&scanner, database, &err), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t candidates = UINT64_MAX;

		assert_int_equal(scanner_count_candidates(scanner, (const uint8_t *)memory,
							  rows[i].length, &candidates, &err),
				 0);
		assert_int_equal(candidates, rows[i].candidates);
	}
	assert_int_equal(scanner_count_candidates(scanner, (const uint8_t *)memory, (size_t)1 << 32,
						  &(uint64_t){ 0 }, &err),
			 ERROR_USAGE);
	scanner_free(scanner);
	database_free(database);
	arena_free(arena);
}

/* More candidates than are set aside at a time, of literals and of regexes. */
static void timing_what_confirming_takes_changes_no_match(void **state)
{
	static char memory[40000];
	struct arena *arena = arena_new(0);
	const struct pattern patterns[] = {
		fixture_literal(arena, "abab", 4, ASCII),
		fixture_regex(arena, "aba[ab]b", ASCII),
		fixture_literal(arena, "aba", 3, ASCII | FULLWORD),
	};
	uint64_t seed = 88172645463325252u;

	(void)state;
	for (size_t i = 0; i < sizeof(memory); i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		memory[i] = "ababab."[seed % 7];
	}
	for (size_t cut = 0; cut < 20000; cut += 7777) {
		uint64_t confirm_ns = 0;
		struct fixture_options options = { .starts_per_piece = cut, .max_listed = 100000 };
		struct match_table *plain =
			fixture_scan(patterns, 3, memory, sizeof(memory), &options);
		struct match_table *timed;

		options.confirm_ns = &confirm_ns;
		timed = fixture_scan(patterns, 3, memory, sizeof(memory), &options);
		assert_true(confirm_ns > 0);
		for (uint32_t pattern = 0; pattern < 3; pattern++) {
			size_t kept = 0, timed_kept = 0;
			uint64_t count = 0, timed_count = 0;
			const struct match *want = match_table_get(plain, pattern, &kept, &count);
			const struct match *got =
				match_table_get(timed, pattern, &timed_kept, &timed_count);

			assert_true(count > 20);
			assert_int_equal(timed_count, count);
			assert_int_equal(timed_kept, kept);
			for (size_t i = 0; i < kept; i++)
				assert_true(got[i].address == want[i].address &&
					    got[i].length == want[i].length);
		}
		match_table_free(plain);
		match_table_free(timed);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_gives_its_matches_however_the_block_is_cut),
		cmocka_unit_test(anchors_do_not_hold_where_bytes_are_missing),
		cmocka_unit_test(a_match_needs_a_byte_of_the_dump),
		cmocka_unit_test(the_key_of_an_xor_match_is_told),
		cmocka_unit_test(a_need_below_listing_still_has_count_and_lowest),
		cmocka_unit_test(a_listed_match_carries_its_bytes_and_neighbours),
		cmocka_unit_test(a_piece_of_four_gibibytes_is_refused),
		cmocka_unit_test(candidates_are_counted_without_confirming_them),
		cmocka_unit_test(timing_what_confirming_takes_changes_no_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
