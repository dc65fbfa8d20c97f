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

/* Trying each start to its end would take a hundred times longer than the test may. */
static void a_megabyte_of_bad_luck_takes_linear_time(void **state)
{
	enum { LENGTH = 1 << 20 };
	const struct fixture_options options = { .need = NEED_COUNT };
	struct arena *arena = arena_new(0);
	struct pattern pattern = fixture_regex(arena, "a.*b", PATTERN_ASCII);
	uint8_t *memory = malloc(LENGTH);
	struct match_table *table;

	(void)state;
	memset(memory, 'a', LENGTH);
	table = fixture_scan(&pattern, 1, memory, LENGTH, &options);
	assert_false(match_table_has(table, 0));
	match_table_free(table);
	free(memory);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_starts_are_found_however_many_candidates_there_are),
		cmocka_unit_test(a_megabyte_of_bad_luck_takes_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
