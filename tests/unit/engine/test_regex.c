#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/bitmap.h"
#include "engine/regex.h"
#include "tests/unit/engine/regex_fixture.h"
#include "tests/unit/engine/regex_oracle.h"

static void check_search(struct regex_fixture *fixture, const struct regex_text *text, size_t first,
			 size_t length)
{
	bool matched;
	size_t found = 0, found_length = 0;

	assert_int_equal(regex_search(fixture->program, fixture->scratch, text, &matched, &found,
				      &found_length, &fixture->err),
			 0);
	assert_int_equal(matched, first != NONE);
	if (matched) {
		assert_int_equal(found, first);
		assert_int_equal(found_length, length);
	}
}

static void print_case(const struct regex_node *tree, uint32_t flags, const struct regex_text *text,
		       size_t start)
{
	print_error("flags %u edges %d %d start %zu text", flags, (int)text->first, (int)text->last,
		    start);
	for (size_t i = 0; i < text->length; i++)
		print_error(" %02x", text->data[i]);
	print_tree(tree);
	print_error("\n");
}

/* False: the oracle gave up on one of the starts. */
static bool check_against_oracle(struct regex_fixture *fixture, const struct regex_node *tree,
				 uint32_t flags, const struct regex_text *text)
{
	size_t low = chance(&fixture->builder, (uint32_t)text->length + 1);
	size_t high = low + chance(&fixture->builder, (uint32_t)(text->length - low) + 2);
	uint64_t *whole = all_starts(fixture, text, 0, text->length + 1);
	uint64_t *part = all_starts(fixture, text, low, high);
	size_t first = NONE, first_length = 0;
	bool sure = true, order_open = oracle_order_open(tree);

	for (size_t start = 0; start <= text->length && sure; start++) {
		bool matched;
		size_t length;

		sure = oracle_match(tree, flags, text, start, &matched, &length);
		if (!sure)
			break;
		if (matched && order_open)
			length = match_at(fixture, text, start);
		if (matched && first == NONE) {
			first = start;
			first_length = length;
		}
		if (bitmap_test(whole, start) != matched ||
		    match_at(fixture, text, start) != (matched ? length : NONE))
			print_case(tree, flags, text, start);
		assert_int_equal(bitmap_test(whole, start), matched);
		if (start >= low && start < high)
			assert_int_equal(bitmap_test(part, start - low), matched);
		assert_int_equal(starts_at(fixture, text, start), matched);
		assert_int_equal(match_at(fixture, text, start), matched ? length : NONE);
		if (matched) {
			assert_in_range(length, regex_program_shortest(fixture->program),
					regex_program_longest(fixture->program));
			if (regex_program_fixed_length(fixture->program))
				assert_int_equal(length, regex_program_longest(fixture->program));
		}
	}
	if (sure)
		check_search(fixture, text, first, first_length);
	free(whole);
	free(part);
	return sure;
}

static void finds_what_a_backtracking_matcher_finds(void **state)
{
	enum { TREES = 6000, TEXTS = 4, LONGEST_TEXT = 24 };
	struct regex_fixture *fixture = *state;
	struct builder *builder = &fixture->builder;
	size_t unsure = 0;

	for (size_t i = 0; i < TREES; i++) {
		uint32_t flags = chance(builder, 4);
		const struct regex_node *tree = random_tree(builder, 1 + chance(builder, 4));

		compile(fixture, tree, flags);
		for (size_t j = 0; j < TEXTS; j++) {
			uint8_t *data = malloc(LONGEST_TEXT);
			size_t length =
				random_text(builder, data, LONGEST_TEXT, flags & REGEX_WIDE);
			uint8_t *exact = malloc(length ? length : 1);
			struct regex_text text = { exact, length, chance(builder, 3),
						   chance(builder, 3) };

			memcpy(exact, data, length);
			unsure += !check_against_oracle(fixture, tree, flags, &text);
			free(exact);
			free(data);
		}
	}
	assert_in_range(unsure, 0, TREES * TEXTS / 20);
}

/* A tree that holds one counted repeat and something around it, on a text much longer than the counts. */
/* Runs of the set {a, b, 1}, about @run characters long, with a byte or two between them. */
static void fill_with_runs(struct builder *builder, uint8_t *data, size_t length, uint32_t run,
			   bool wide)
{
	for (size_t at = 0; at < length; at++) {
		data[at] = (uint8_t)(chance(builder, run) ? "ab1"[chance(builder, 3)] : '-');
		if (wide && at % 2 == 1 && chance(builder, 3 * run))
			data[at] = 0;
	}
}

static void counts_agree_forward_and_backward(void **state)
{
	enum { TREES = 40, LENGTH = 3000 };
	struct regex_fixture *fixture = *state;
	struct builder *builder = &fixture->builder;
	uint8_t data[LENGTH];

	for (size_t i = 0; i < TREES; i++) {
		uint32_t min = chance(builder, 60), max = min + chance(builder, 200);
		const struct regex_node *inner =
			repeat(builder, class_of(builder, "ab1", false), min,
			       chance(builder, 3) ? max : REGEX_NO_LIMIT, chance(builder, 2));
		const struct regex_node *tree =
			SEQUENCE(builder, random_leaf(builder), inner, random_tree(builder, 2),
				 repeat(builder, any(builder), 0, 40, false), random_leaf(builder));
		bool wide = chance(builder, 2);

		for (size_t at = 0; at < LENGTH; at++) {
			data[at] = (uint8_t)(chance(builder, 60) ? "ab1"[chance(builder, 3)] : '-');
			if (wide && at % 2 == 1)
				data[at] = 0;
		}
		compile(fixture, tree, wide ? REGEX_WIDE : 0);

		struct regex_text text = text_at(data, LENGTH);
		uint64_t *starts = all_starts(fixture, &text, 0, LENGTH + 1);

		for (size_t start = 0; start <= LENGTH; start++) {
			bool found = bitmap_test(starts, start);

			assert_int_equal(starts_at(fixture, &text, start), found);
			assert_int_equal(match_at(fixture, &text, start) != NONE, found);
		}
		free(starts);
	}
}

static void long_runs_are_found_wherever_they_lie(void **state)
{
	enum { TRIALS = 300, LENGTH = 1200 };
	struct regex_fixture *fixture = *state;
	struct builder *builder = &fixture->builder;
	uint8_t data[LENGTH];

	for (size_t i = 0; i < TRIALS; i++) {
		bool wide = chance(builder, 2);
		uint32_t min = 1 + chance(builder, 1 + chance(builder, 200));
		const struct regex_node *run =
			repeat(builder, class_of(builder, "ab1", false), min,
			       min + chance(builder, 20), chance(builder, 2));
		struct regex_text text = { data, LENGTH, chance(builder, 3), chance(builder, 3) };
		size_t low = chance(builder, LENGTH),
		       high = low + chance(builder, LENGTH - (uint32_t)low + 2);

		fill_with_runs(builder, data, LENGTH, 1 + chance(builder, 2 * min), wide);
		compile(fixture, run, wide ? REGEX_WIDE : 0);

		uint64_t *starts = all_starts(fixture, &text, low, high);

		for (size_t start = low; start < high; start++)
			assert_int_equal(bitmap_test(starts, start - low),
					 match_at(fixture, &text, start) != NONE);
		free(starts);
	}
}

static void an_empty_match_stands_at_every_place(void **state)
{
	struct regex_fixture *fixture = *state;
	struct builder *builder = &fixture->builder;
	struct regex_text text = text_at("bbb", 3);

	compile(fixture, repeat(builder, byte(builder, 'x'), 0, REGEX_NO_LIMIT, true), 0);
	assert_int_equal(count_starts(fixture, &text), 4);
	assert_int_equal(match_at(fixture, &text, 3), 0);
	assert_int_equal(regex_program_shortest(fixture->program), 0);

	struct regex_text nothing = text_at(NULL, 0);

	assert_int_equal(count_starts(fixture, &nothing), 1);
	assert_int_equal(match_at(fixture, &nothing, 0), 0);
}

static void prefers_as_perl_does(void **state)
{
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	const struct regex_node *a = byte(b, 'a');
	const struct {
		const char *name;
		const struct regex_node *tree;
		const char *text;
		size_t length;
	} cases[] = {
		{ "the first alternative, not the longest",
		  EITHER(b, text_of(b, "a"), text_of(b, "ab")), "ab", 1 },
		{ "a later alternative where the rest asks for it",
		  SEQUENCE(b, EITHER(b, text_of(b, "a"), text_of(b, "ab")), byte(b, 'c')), "abc",
		  3 },
		{ "greedy takes most", repeat(b, a, 1, REGEX_NO_LIMIT, true), "aaaa", 4 },
		{ "lazy takes least", repeat(b, a, 1, REGEX_NO_LIMIT, false), "aaaa", 1 },
		{ "a greedy count takes most", repeat(b, a, 2, 7, true), "aaaaaaaaaa", 7 },
		{ "a lazy count takes least", repeat(b, a, 2, 7, false), "aaaaaaaaaa", 2 },
		{ "a hex jump is as short as it can be",
		  SEQUENCE(b, a, repeat(b, any(b), 0, 30, false), byte(b, 'b')), "axbxb", 3 },
		{ "a loop in a loop ends",
		  SEQUENCE(
			  b,
			  repeat(b, repeat(b, a, 0, REGEX_NO_LIMIT, true), 0, REGEX_NO_LIMIT, true),
			  byte(b, 'b')),
		  "aaab", 4 },
		{ "empty rounds do not hide the others",
		  repeat(b, EITHER(b, new_node(b, REGEX_EMPTY), a), 0, REGEX_NO_LIMIT, true), "aa",
		  2 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct regex_text text = text_at(cases[i].text, strlen(cases[i].text));

		compile(fixture, cases[i].tree, 0);
		if (match_at(fixture, &text, 0) != cases[i].length)
			fail_msg("%s", cases[i].name);
	}
}

static void a_match_ends_at_most_the_span_after_its_start(void **state)
{
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	size_t length = 3 * REGEX_SPAN_BYTES;
	char *data = malloc(length);

	memset(data, '-', length);

	struct regex_text text = text_at(data, length);

	data[100] = data[101] = 'a';
	data[100 + REGEX_SPAN_BYTES] = 'b';

	compile(fixture,
		SEQUENCE(b, byte(b, 'a'), repeat(b, any(b), 0, REGEX_NO_LIMIT, true), byte(b, 'b')),
		0);
	assert_int_equal(count_starts(fixture, &text), 1);
	assert_int_equal(match_at(fixture, &text, 100), NONE);
	assert_int_equal(match_at(fixture, &text, 101), REGEX_SPAN_BYTES);

	/* A nearer end behind another way must not be hidden by a farther one. */
	compile(fixture,
		SEQUENCE(b, byte(b, 'a'), repeat(b, any(b), 0, REGEX_NO_LIMIT, true),
			 EITHER(b, byte(b, 'b'), byte(b, 'a'))),
		0);
	assert_int_equal(count_starts(fixture, &text), 2);
	assert_int_equal(match_at(fixture, &text, 100), 2);
	free(data);
}

static void long_counts_are_exact_up_to_the_span(void **state)
{
	static const struct {
		uint32_t min, max, flags;
		size_t run, starts;
	} cases[] = {
		{ 8192, 8192, 0, 8192, 1 },	      { 8193, 8193, 0, 9000, 0 },
		{ 1, 8192, 0, 9000, 9000 },	      { 200, REGEX_NO_LIMIT, 0, 9000, 8801 },
		{ 8191, 32767, 0, 9000, 810 },	      { 4096, 4096, REGEX_WIDE, 8192, 1 },
		{ 4097, 32767, REGEX_WIDE, 9000, 0 }, { 4095, 4095, 0, 9000, 4906 },
		{ 32767, 32767, 0, 9000, 0 },
	};
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *data = calloc(1, cases[i].run);
		struct regex_text text = text_at(data, cases[i].run);
		size_t step = cases[i].flags & REGEX_WIDE ? 2 : 1;

		for (size_t at = 0; at < cases[i].run; at += step)
			data[at] = 'x';
		compile(fixture, repeat(b, byte(b, 'x'), cases[i].min, cases[i].max, true),
			cases[i].flags);
		assert_int_equal(count_starts(fixture, &text), cases[i].starts);
		if (cases[i].starts)
			assert_int_not_equal(match_at(fixture, &text, 0), NONE);
		else
			assert_int_equal(match_at(fixture, &text, 0), NONE);
		free(data);
	}
}

static void a_long_count_before_a_byte_is_exact_at_both_ends(void **state)
{
	enum { RUN = 9000 };
	static const struct {
		uint32_t min, max;
		size_t starts;
	} cases[] = {
		{ 1, 8191, 8191 },    { 5, 32767, 8187 }, { 8191, 8191, 1 }, { 8192, 8192, 0 },
		{ 4000, 6000, 2001 }, { 0, 7, 8 },	  { 6, 6, 1 },
	};
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	char *data = malloc(RUN + 1);

	memset(data, 'x', RUN);
	data[RUN] = 'y';

	struct regex_text text = text_at(data, RUN + 1);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct regex_node *run =
			repeat(b, byte(b, 'x'), cases[i].min, cases[i].max, true);

		compile(fixture, SEQUENCE(b, run, byte(b, 'y')), 0);
		assert_int_equal(count_starts(fixture, &text), cases[i].starts);
	}
	free(data);
}

static void a_tail_that_may_be_empty_does_not_move_the_starts(void **state)
{
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	const struct regex_node *x = byte(b, 'x'), *end = new_node(b, REGEX_END);
	const struct regex_node *run = repeat(b, x, 6, REGEX_NO_LIMIT, true);
	const struct {
		const struct regex_node *tail;
		size_t starts, length;
	} cases[] = {
		{ repeat(b, byte(b, '='), 0, 2, true), 4, 10 },
		{ EITHER(b, byte(b, '='), new_node(b, REGEX_EMPTY)), 4, 10 },
		{ repeat(b, x, 0, 1, true), 4, 9 },
		{ byte(b, '='), 4, 10 },
		{ byte(b, 'y'), 0, NONE },
		{ end, 0, NONE },
		{ EITHER(b, byte(b, 'y'), end), 0, NONE },
	};
	struct regex_text text = text_at("xxxxxxxxx=-xxxxx", 16);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		compile(fixture, SEQUENCE(b, run, cases[i].tail), 0);
		assert_int_equal(count_starts(fixture, &text), cases[i].starts);
		assert_int_equal(match_at(fixture, &text, 0), cases[i].length);
	}
}

static void anchors_hold_at_real_edges_only(void **state)
{
	static const struct {
		enum regex_kind first, last;
		enum edge before, after;
		size_t starts;
	} cases[] = {
		{ REGEX_START, REGEX_EMPTY, EDGE_REAL, EDGE_REAL, 1 },
		{ REGEX_START, REGEX_EMPTY, EDGE_UNSEEN, EDGE_REAL, 0 },
		{ REGEX_START, REGEX_EMPTY, EDGE_CUT, EDGE_REAL, 0 },
		{ REGEX_EMPTY, REGEX_END, EDGE_REAL, EDGE_REAL, 1 },
		{ REGEX_EMPTY, REGEX_END, EDGE_REAL, EDGE_UNSEEN, 0 },
		{ REGEX_EMPTY, REGEX_END, EDGE_REAL, EDGE_CUT, 0 },
		{ REGEX_WORD_EDGE, REGEX_EMPTY, EDGE_UNSEEN, EDGE_UNSEEN, 1 },
		{ REGEX_EMPTY, REGEX_WORD_EDGE, EDGE_UNSEEN, EDGE_UNSEEN, 1 },
		{ REGEX_NOT_WORD_EDGE, REGEX_NOT_WORD_EDGE, EDGE_REAL, EDGE_REAL, 1 },
	};
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	struct regex_text text = text_at("aaa", 3);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		text.first = cases[i].before;
		text.last = cases[i].after;
		compile(fixture,
			SEQUENCE(b, new_node(b, cases[i].first), byte(b, 'a'),
				 new_node(b, cases[i].last)),
			0);
		assert_int_equal(count_starts(fixture, &text), cases[i].starts);
	}
}

static void a_wide_neighbour_is_a_word_only_with_its_zero_byte(void **state)
{
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	const struct regex_node *tree = SEQUENCE(b, new_node(b, REGEX_WORD_EDGE), byte(b, 'k'),
						 new_node(b, REGEX_WORD_EDGE));
	struct regex_text alone = text_at("ak\0bc", 5), before = text_at("a\0k\0 \0", 6);
	struct regex_text after = text_at("k\0b\0", 4), odd = text_at("zzk\0", 4);

	compile(fixture, tree, REGEX_WIDE);
	assert_int_equal(count_starts(fixture, &alone), 1);
	assert_int_equal(count_starts(fixture, &before), 0);
	assert_int_equal(count_starts(fixture, &after), 0);
	assert_int_equal(count_starts(fixture, &odd), 1);
	assert_int_equal(match_at(fixture, &odd, 2), 2);
}

static void a_spent_budget_leaves_the_question_open(void **state)
{
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	struct regex_text text = text_at("aaaaaaaaaaaaaaaaaaab", 20);
	uint64_t budget = 10;
	bool known = true, matched;

	compile(fixture,
		SEQUENCE(b, repeat(b, byte(b, 'a'), 0, REGEX_NO_LIMIT, true), byte(b, 'b')), 0);
	assert_int_equal(regex_starts_at(fixture->program, fixture->scratch, &text, 0, &budget,
					 &known, &matched, &fixture->err),
			 0);
	assert_false(known);
	assert_int_equal(budget, 0);
}

static void searches_beyond_the_first_stretch(void **state)
{
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	enum { LENGTH = 20000 };
	char *data = malloc(LENGTH);

	memset(data, '-', LENGTH);

	struct regex_text text = text_at(data, LENGTH);

	compile(fixture, SEQUENCE(b, byte(b, 'n'), repeat(b, byte(b, 'e'), 1, 9, true)), 0);
	check_search(fixture, &text, NONE, 0);
	memcpy(&data[8190], "neeedle", 7);
	memcpy(&data[19000], "ne", 2);
	check_search(fixture, &text, 8190, 4);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REGEX_TEST(finds_what_a_backtracking_matcher_finds),
		REGEX_TEST(counts_agree_forward_and_backward),
		REGEX_TEST(long_runs_are_found_wherever_they_lie),
		REGEX_TEST(an_empty_match_stands_at_every_place),
		REGEX_TEST(prefers_as_perl_does),
		REGEX_TEST(a_match_ends_at_most_the_span_after_its_start),
		REGEX_TEST(long_counts_are_exact_up_to_the_span),
		REGEX_TEST(a_long_count_before_a_byte_is_exact_at_both_ends),
		REGEX_TEST(a_tail_that_may_be_empty_does_not_move_the_starts),
		REGEX_TEST(anchors_hold_at_real_edges_only),
		REGEX_TEST(a_wide_neighbour_is_a_word_only_with_its_zero_byte),
		REGEX_TEST(a_spent_budget_leaves_the_question_open),
		REGEX_TEST(searches_beyond_the_first_stretch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
