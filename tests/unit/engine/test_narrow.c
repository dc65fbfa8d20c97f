#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/chains/narrow.h"

#define MOST_PARTS 4
#define MOST_MATCHES 200
#define BLOCK_BYTES 400u
#define NOWHERE UINT64_MAX

static uint32_t random_below(uint64_t *state, uint32_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32) % below;
}

/* Where the parts of a chain match in a block; all lengths of a part are the same. */
struct found_parts {
	uint32_t starts[MOST_PARTS][MOST_MATCHES];
	size_t counts[MOST_PARTS];
};

struct narrow_case {
	struct pattern pattern;
	struct pattern_part parts[MOST_PARTS];
	struct pattern_gap gaps[MOST_PARTS - 1];
	struct subject subjects[MOST_PARTS];
	struct found_parts found, narrowed;
};

static const uint8_t letters[8] = "abcdefgh";

static void make_case(struct narrow_case *narrow, uint64_t *random)
{
	size_t count = 2 + random_below(random, 3);

	memset(narrow, 0, sizeof(*narrow));
	narrow->pattern = (struct pattern){ .parts = narrow->parts,
					    .gaps = narrow->gaps,
					    .part_count = count,
					    .flags = PATTERN_ASCII };
	for (size_t i = 0; i < count; i++) {
		uint32_t step = 1 + random_below(random, random_below(random, 2) ? 3 : 120);
		uint32_t length = 1 + random_below(random, sizeof(letters));

		narrow->parts[i].literal = (struct bytes){ letters, length };
		narrow->subjects[i] = (struct subject){ .pattern = &narrow->pattern,
							.literal = narrow->parts[i].literal,
							.part = (uint32_t)i };
		for (uint32_t start = random_below(random, step);
		     start + length <= BLOCK_BYTES && narrow->found.counts[i] < MOST_MATCHES;
		     start += 1 + random_below(random, step))
			narrow->found.starts[i][narrow->found.counts[i]++] = start;
		narrow->gaps[i % (MOST_PARTS - 1)] = (struct pattern_gap){
			.min = random_below(random, random_below(random, 2) ? 2 : 60),
			.max = UINT64_MAX,
		};
	}
	for (size_t i = 0; i + 1 < count; i++)
		if (random_below(random, 2))
			narrow->gaps[i].max = narrow->gaps[i].min + random_below(random, 50);
}

/* By start of the first part the earliest end of a chain, NOWHERE: there is none. */
static void earliest_ends(const struct narrow_case *narrow, const struct found_parts *found,
			  uint64_t ends[BLOCK_BYTES])
{
	uint64_t following[BLOCK_BYTES];

	for (size_t part = narrow->pattern.part_count; part-- > 0;) {
		const struct pattern_gap *gap = &narrow->gaps[part];

		memcpy(following, ends, sizeof(following));
		memset(ends, 0xff, sizeof(following));
		for (size_t i = 0; i < found->counts[part]; i++) {
			uint64_t start = found->starts[part][i];
			uint64_t end = start + narrow->parts[part].literal.length;

			if (part + 1 == narrow->pattern.part_count)
				ends[start] = end;
			else
				for (uint64_t next = end; next < BLOCK_BYTES; next++)
					if (next - end >= gap->min && next - end <= gap->max &&
					    following[next] < ends[start])
						ends[start] = following[next];
		}
	}
}

/* Adds what is left of the starts in [@low, @high), which a piece with margins around them owns. */
static void narrow_piece(struct narrow_case *narrow, size_t low, size_t high, uint32_t *ends)
{
	size_t left = low < 10 ? low : 10;
	const struct piece piece = {
		.length = (high + 10 < BLOCK_BYTES ? high + 10 : BLOCK_BYTES) - (low - left),
		.own_start = left,
		.own_end = left + high - low,
		.position = low - left,
		.first = low == left ? EDGE_REAL : EDGE_CUT,
		.last = high + 10 < BLOCK_BYTES ? EDGE_CUT : EDGE_REAL,
	};
	struct part_list lists[MOST_PARTS] = { { 0 } }, *parts[MOST_PARTS] = { NULL };
	struct narrowing narrowing = {
		.pattern = &narrow->pattern, .parts = parts, .piece = &piece, .ends = ends
	};
	struct error err;

	for (size_t part = 0; part < narrow->pattern.part_count; part++)
		for (size_t i = 0; i < narrow->found.counts[part]; i++) {
			uint32_t start = narrow->found.starts[part][i];
			const struct part_found found = { .subject = &narrow->subjects[part],
							  .start = start - piece.position };

			if (start < low || start >= high)
				continue;
			assert_int_equal(part_list_add(&lists[part], &found, &err), 0);
			parts[part] = &lists[part];
		}
	assert_int_equal(narrow_chain(&narrowing, &err), 0);
	for (size_t part = 0; part < narrow->pattern.part_count; part++) {
		for (size_t i = 0; i < lists[part].count; i++)
			narrow->narrowed.starts[part][narrow->narrowed.counts[part]++] =
				lists[part].items[i].start + (uint32_t)piece.position;
		part_list_release(&lists[part]);
	}
	free(narrowing.ends);
}

static void what_is_left_gives_the_same_matches(void **state)
{
	uint64_t random = 0x2545f4914f6cdd1du;
	size_t before = 0, after = 0, joined = 0;

	(void)state;
	for (int trial = 0; trial < 1500; trial++) {
		struct narrow_case narrow;
		uint64_t wanted[BLOCK_BYTES], ends[BLOCK_BYTES];
		size_t piece = 30 + random_below(&random, BLOCK_BYTES);

		make_case(&narrow, &random);
		for (size_t low = 0; low < BLOCK_BYTES; low += piece)
			narrow_piece(&narrow, low,
				     low + piece < BLOCK_BYTES ? low + piece : BLOCK_BYTES, NULL);
		for (size_t part = 0; part < narrow.pattern.part_count; part++) {
			before += narrow.found.counts[part];
			after += narrow.narrowed.counts[part];
		}
		earliest_ends(&narrow, &narrow.found, wanted);
		earliest_ends(&narrow, &narrow.narrowed, ends);
		for (size_t start = 0; start < BLOCK_BYTES; start++) {
			if (wanted[start] != ends[start])
				fail_msg("trial %d: a chain at %zu ends at %llu, not at %llu",
					 trial, start, (unsigned long long)ends[start],
					 (unsigned long long)wanted[start]);
			joined += wanted[start] != NOWHERE;
		}
	}
	assert_true(joined > 5000);
	/* It would be right to leave all. */
	assert_true(after < before * 3 / 4);
}

/* The usual case: one is rare, the other nearly everywhere. */
static void of_frequent_last_parts_one_is_left_for_each_first(void **state)
{
	struct narrow_case narrow = { .pattern = { .parts = narrow.parts,
						   .gaps = narrow.gaps,
						   .part_count = 2,
						   .flags = PATTERN_ASCII },
				      .gaps = { { 20, UINT64_MAX } } };

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		narrow.parts[i].literal = (struct bytes){ letters, 2 };
		narrow.subjects[i] = (struct subject){ .pattern = &narrow.pattern,
						       .literal = narrow.parts[i].literal,
						       .part = i };
	}
	narrow.found.starts[0][narrow.found.counts[0]++] = 50;
	narrow.found.starts[0][narrow.found.counts[0]++] = 120;
	for (uint32_t i = 0; i < MOST_MATCHES; i++)
		narrow.found.starts[1][narrow.found.counts[1]++] = i;
	narrow_piece(&narrow, 0, BLOCK_BYTES, NULL);
	assert_int_equal(narrow.narrowed.counts[0], 2);
	assert_int_equal(narrow.narrowed.counts[1], 2);
	assert_int_equal(narrow.narrowed.starts[1][0], 72);
	assert_int_equal(narrow.narrowed.starts[1][1], 142);
}

/* Of a pattern that was loaded a regex has no tree, and what it was is with its subject. */
static void a_part_without_a_text_may_have_begun_before_the_piece(void **state)
{
	struct narrow_case narrow = { .pattern = { .parts = narrow.parts,
						   .gaps = narrow.gaps,
						   .part_count = 2,
						   .flags = PATTERN_ASCII },
				      .gaps = { { 0, UINT64_MAX } } };

	(void)state;
	narrow.parts[1].literal = (struct bytes){ letters, 1 };
	for (uint32_t i = 0; i < 2; i++)
		narrow.subjects[i] = (struct subject){ .pattern = &narrow.pattern,
						       .literal = { letters, 1 },
						       .part = i };
	narrow.found.starts[0][narrow.found.counts[0]++] = 150;
	narrow.found.starts[1][narrow.found.counts[1]++] = 160;
	narrow.found.starts[1][narrow.found.counts[1]++] = 170;
	narrow_piece(&narrow, 155, BLOCK_BYTES, NULL);
	assert_int_equal(narrow.narrowed.counts[1], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_gives_the_same_matches),
		cmocka_unit_test(of_frequent_last_parts_one_is_left_for_each_first),
		cmocka_unit_test(a_part_without_a_text_may_have_begun_before_the_piece),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
