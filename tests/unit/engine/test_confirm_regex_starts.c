#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "naive_match.h"
#include "scan_fixture.h"

/* Long enough that starts are not all tried one by one, short enough to try everything. */
#define MEMORY_BYTES 60000

struct starts_case {
	const char *name, *regex, *unit; /* the memory repeats @unit */
	size_t unit_length, tail; /* and @tail bytes of 'z' follow */
	uint32_t flags;
};

static const struct starts_case cases[] = {
	{ "a candidate at every byte without a match", "a[a-y]{0,40}z", "a", 1, 0, PATTERN_ASCII },
	{ "a candidate at every byte, matches at the end", "a[a-y]{0,40}z", "a", 1, 1,
	  PATTERN_ASCII },
	{ "candidates apart from each other", "ab.{0,30}?cd", "ab----cd---------------", 23, 0,
	  PATTERN_ASCII },
	{ "candidates in both widths", "q.{2}r?", "q\0--qxyr", 8, 0, PATTERN_ASCII | PATTERN_WIDE },
	{ "starts without any atom", "(x|yy|)[^q]", "xqyyq", 5, 0, PATTERN_ASCII },
	{ "words in long runs of letters", "a+", "aaaaaaa a-", 10, 0,
	  PATTERN_ASCII | PATTERN_FULLWORD },
	{ "long runs between others", "[a-y]{40,}z?",
	  "abcdefghij-klmnopqrstuvwxyabcdefghijklmnopqrstuvwxy-", 52, 30,
	  PATTERN_ASCII | PATTERN_WIDE },
	{ "steps run out within one pattern of ambiguous repeats", "(a|aa){1,20}b",
	  "aaaaaaaaaaaaaaaaaaaab", 21, 0, PATTERN_ASCII },
};

static size_t count_naive(const struct pattern *pattern, const struct regex_text *text,
			  const struct match *matches, size_t kept)
{
	size_t count = 0;

	for (size_t start = 0; start < text->length; start++) {
		struct naive_match want;

		if (!naive_match_at(pattern, text, start, &want))
			continue;
		if (count >= kept || matches[count].address != start ||
		    matches[count].length != want.length)
			return SIZE_MAX;
		count++;
	}
	return count;
}

static bool row_agrees(const struct starts_case *row, uint8_t *memory)
{
	const struct fixture_options options = { .starts_per_piece = 0 };
	const struct regex_text text = { memory, MEMORY_BYTES, EDGE_REAL, EDGE_REAL };
	struct arena *arena = arena_new(0);
	struct pattern pattern = fixture_regex(arena, row->regex, row->flags);
	struct match_table *table;
	size_t kept = 0;
	uint64_t count = 0;
	const struct match *matches;
	bool agrees;

	for (size_t i = 0; i < MEMORY_BYTES; i++)
		memory[i] = (uint8_t)row->unit[i % row->unit_length];
	memset(memory + MEMORY_BYTES - row->tail, 'z', row->tail);
	table = fixture_scan(&pattern, 1, memory, MEMORY_BYTES, &options);
	matches = match_table_get(table, 0, &kept, &count);
	agrees = count_naive(&pattern, &text, matches, kept) == kept;
	match_table_free(table);
	arena_free(arena);
	return agrees;
}

static void all_starts_are_found_however_many_candidates_there_are(void **state)
{
	uint8_t *memory = malloc(MEMORY_BYTES);
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (row_agrees(&cases[i], memory))
			continue;
		print_error("%s\n", cases[i].name);
		failed++;
	}
	free(memory);
	assert_int_equal(failed, 0);
}

struct luck_case {
	const char *regex;
	char filler;
	uint32_t flags;
	enum match_need need;
	uint64_t count;
};

static const struct luck_case bad_luck[] = {
	{ "a.*b", 'a', PATTERN_ASCII, NEED_COUNT, 0 },
	{ "a+", 'a', PATTERN_ASCII, NEED_ALL, MATCH_COUNT_LIMIT },
	{ "a+", 'a', PATTERN_ASCII | PATTERN_FULLWORD, NEED_ALL, 0 },
	{ "\\.+", '.', PATTERN_ASCII | PATTERN_FULLWORD, NEED_ALL, MATCH_COUNT_LIMIT },
	{ "[^b]*a", 'a', PATTERN_ASCII, NEED_ALL, MATCH_COUNT_LIMIT },
	{ "[a-z]{200,}=?", 'a', PATTERN_ASCII, NEED_ALL, MATCH_COUNT_LIMIT },
};

/* Trying each start to its end would take a thousand times longer than the test may. */
static void a_megabyte_of_bad_luck_takes_linear_time(void **state)
{
	enum { LENGTH = 1 << 20 };
	uint8_t *memory = malloc(LENGTH);

	(void)state;
	for (size_t i = 0; i < sizeof(bad_luck) / sizeof(bad_luck[0]); i++) {
		const struct luck_case *row = &bad_luck[i];
		const struct fixture_options options = { .need = row->need };
		struct arena *arena = arena_new(0);
		struct pattern pattern = fixture_regex(arena, row->regex, row->flags);
		struct match_table *table;
		uint64_t count;
		size_t kept;

		memset(memory, row->filler, LENGTH);
		table = fixture_scan(&pattern, 1, memory, LENGTH, &options);
		match_table_get(table, 0, &kept, &count);
		assert_int_equal(count, row->count);
		match_table_free(table);
		arena_free(arena);
	}
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_starts_are_found_however_many_candidates_there_are),
		cmocka_unit_test(a_megabyte_of_bad_luck_takes_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
