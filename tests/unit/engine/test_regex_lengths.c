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

static uint32_t *lengths_of(struct regex_fixture *fixture, const struct regex_text *text,
			    const uint64_t *starts, size_t low, size_t count)
{
	uint32_t *lengths = malloc(count * sizeof(*lengths));

	assert_non_null(lengths);
	for (size_t i = 0; i < count; i++)
		lengths[i] = 0xabcdef;
	assert_int_equal(regex_match_lengths(fixture->program, fixture->scratch, text, low, count,
					     starts, lengths, &fixture->err),
			 0);
	return lengths;
}

/* Those of every @every'th start that there is, against each alone; returns how many were compared. */
static size_t check_lengths(struct regex_fixture *fixture, const struct regex_text *text,
			    const struct regex_node *tree, uint32_t keep_of_eight)
{
	size_t low = chance(&fixture->builder, 70), count = text->length + 1 - low, compared = 0;
	uint64_t *starts = all_starts(fixture, text, low, low + count);
	uint32_t *lengths;

	for (size_t i = 0; i < count; i++)
		if (chance(&fixture->builder, 8) >= keep_of_eight)
			bitmap_clear(starts, i);
	lengths = lengths_of(fixture, text, starts, low, count);
	for (size_t i = 0; i < count; i++) {
		size_t alone = 0xabcdef;

		if (bitmap_test(starts, i)) {
			alone = match_at(fixture, text, low + i);
			compared++;
		}
		if (lengths[i] != alone)
			print_tree(tree);
		assert_int_equal(lengths[i], alone);
	}
	free(lengths);
	free(starts);
	return compared;
}

/* Few letters, long runs: starts that go the same way and starts that do not. */
static void fill_with_runs(struct builder *builder, uint8_t *data, size_t length, bool wide)
{
	uint8_t letter = 'a';

	for (size_t at = 0; at < length; at++) {
		if (chance(builder, 30) == 0)
			letter = (uint8_t) "aab1A-"[chance(builder, 6)];
		data[at] = chance(builder, 4) ? letter : 'a';
		if (wide && at % 2 == 1 && chance(builder, 200))
			data[at] = 0;
	}
}

static void many_starts_get_the_lengths_that_each_gets_alone(void **state)
{
	enum { TREES = 400, LENGTH = 500 };
	struct regex_fixture *fixture = *state;
	struct builder *builder = &fixture->builder;
	uint8_t data[LENGTH];
	size_t compared = 0;

	for (size_t i = 0; i < TREES; i++) {
		uint32_t flags = chance(builder, 4);
		const struct regex_node *tree = random_tree(builder, 1 + chance(builder, 4));
		struct regex_text text = { data, LENGTH, chance(builder, 3), chance(builder, 3) };

		fill_with_runs(builder, data, LENGTH, flags & REGEX_WIDE);
		compile(fixture, tree, flags);
		compared += check_lengths(fixture, &text, tree, 1 + chance(builder, 8));
	}
	assert_true(compared > TREES * 30);
}

static void counts_keep_their_lengths(void **state)
{
	enum { TREES = 160, LENGTH = 1500 };
	struct regex_fixture *fixture = *state;
	struct builder *builder = &fixture->builder;
	uint8_t data[LENGTH];

	for (size_t i = 0; i < TREES; i++) {
		uint32_t min = chance(builder, 60), max = min + chance(builder, 900);
		const struct regex_node *tree =
			repeat(builder, class_of(builder, "ab1", false), min,
			       chance(builder, 3) ? max : REGEX_NO_LIMIT, chance(builder, 3));
		uint32_t flags = chance(builder, 2) ? REGEX_WIDE : 0;
		struct regex_text text = text_at(data, LENGTH);

		if (chance(builder, 3))
			tree = SEQUENCE(builder, tree,
					repeat(builder, random_tree(builder, 2), chance(builder, 2),
					       1 + chance(builder, 3), chance(builder, 2)));
		if (chance(builder, 3) == 0)
			tree = SEQUENCE(builder, random_leaf(builder), tree);
		fill_with_runs(builder, data, LENGTH, flags);
		compile(fixture, tree, flags);
		check_lengths(fixture, &text, tree, 8);
	}
}

struct long_case {
	const char *name;
	const struct regex_node *tree;
};

/* Every start has its own end there, 8,192 bytes behind it or at the last byte. */
static void each_start_ends_at_its_own_span(void **state)
{
	enum { LENGTH = 40000 };
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	const struct regex_node *as = repeat(b, byte(b, 'a'), 1, REGEX_NO_LIMIT, true);
	const struct long_case cases[] = {
		{ "a run", as },
		{ "a run and a byte", SEQUENCE(b, as, byte(b, 'a')) },
		{ "anything up to a byte",
		  SEQUENCE(b, byte(b, 'a'), repeat(b, any(b), 0, REGEX_NO_LIMIT, true),
			   byte(b, 'b')) },
		{ "a long minimum",
		  SEQUENCE(b, repeat(b, any(b), 3000, REGEX_NO_LIMIT, true), byte(b, 'b')) },
	};
	uint8_t *data = malloc(LENGTH);

	for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
		for (uint32_t flags = 0; flags <= REGEX_WIDE; flags += REGEX_WIDE) {
			struct regex_text text = text_at(data, LENGTH);
			uint64_t *starts;
			uint32_t *lengths;

			for (size_t i = 0; i < LENGTH; i++)
				data[i] = flags && i % 2 ? 0 : i % 1000 == 998 ? 'b' : 'a';
			compile(fixture, cases[c].tree, flags);
			starts = all_starts(fixture, &text, 0, LENGTH);
			lengths = lengths_of(fixture, &text, starts, 0, LENGTH);
			for (size_t i = 0; i < LENGTH; i += i % 100 == 90 ? 907 : 1) {
				if (!bitmap_test(starts, i))
					continue;
				if (lengths[i] != match_at(fixture, &text, i))
					print_error("%s at %zu\n", cases[c].name, i);
				assert_int_equal(lengths[i], match_at(fixture, &text, i));
			}
			free(starts);
			free(lengths);
		}
	}
	free(data);
}

/* Alone, each start would cost 8,192 steps: some minutes for the two million here. */
static void long_runs_take_linear_time(void **state)
{
	enum { LENGTH = 1 << 19 };
	struct regex_fixture *fixture = *state;
	struct builder *b = &fixture->builder;
	const struct regex_node *a = byte(b, 'a');
	const struct regex_node *endless = repeat(b, a, 1, REGEX_NO_LIMIT, true);
	const struct regex_node *trees[] = {
		endless,
		SEQUENCE(b, endless, repeat(b, byte(b, 'b'), 0, 1, true)),
		SEQUENCE(b, repeat(b, a, 200, REGEX_NO_LIMIT, true),
			 repeat(b, byte(b, '='), 0, 2, true)),
		SEQUENCE(b, repeat(b, a, 50, 2000, true), repeat(b, byte(b, 'b'), 0, 1, true)),
		repeat(b, EITHER(b, text_of(b, "a"), text_of(b, "ab")), 1, REGEX_NO_LIMIT, true),
	};
	uint8_t *data = malloc(LENGTH);
	struct regex_text text = text_at(data, LENGTH);

	memset(data, 'a', LENGTH);
	for (size_t i = 0; i < sizeof(trees) / sizeof(*trees); i++) {
		enum { AT_ONCE = REGEX_LENGTHS_AT_ONCE };

		compile(fixture, trees[i], 0);
		for (size_t low = 0; low < LENGTH; low += AT_ONCE) {
			uint64_t *starts = all_starts(fixture, &text, low, low + AT_ONCE);

			free(lengths_of(fixture, &text, starts, low, AT_ONCE));
			free(starts);
		}
	}
	free(data);
}

#define TOLD_STARTS 64u
/* The flag is looked at now and then: so many calls are enough for a look. */
#define MOST_CALLS 100000u

enum regex_work { WORK_ALL_STARTS, WORK_LENGTHS, WORK_MATCH, WORKS };

static int do_work(struct regex_fixture *fixture, const struct regex_text *text,
		   enum regex_work work, uint64_t *starts)
{
	const uint64_t first = UINT64_MAX;
	uint32_t lengths[TOLD_STARTS];
	bool matched;
	size_t length;

	switch (work) {
	case WORK_ALL_STARTS:
		return regex_all_starts(fixture->program, fixture->scratch, text, 0, text->length,
					starts, &fixture->err);
	case WORK_LENGTHS:
		return regex_match_lengths(fixture->program, fixture->scratch, text, 0, TOLD_STARTS,
					   &first, lengths, &fixture->err);
	default:
		return regex_match_at(fixture->program, fixture->scratch, text, 0, &matched,
				      &length, &fixture->err);
	}
}

static void work_until_told(struct regex_fixture *fixture, const struct regex_text *text,
			    enum regex_work work)
{
	uint64_t *starts = calloc(BITMAP_WORDS(text->length), sizeof(*starts));
	_Atomic int stop = 0;
	int ret = 0;

	assert_non_null(starts);
	regex_scratch_set_stop(fixture->scratch, &stop);
	assert_int_equal(do_work(fixture, text, work, starts), 0);
	atomic_store(&stop, 1);
	for (unsigned i = 0; i < MOST_CALLS && ret == 0; i++)
		ret = do_work(fixture, text, work, starts);
	assert_int_equal(ret, ERROR_INTERRUPTED);
	assert_int_equal(fixture->err.code, ERROR_INTERRUPTED);
	regex_scratch_set_stop(fixture->scratch, NULL);
	assert_int_equal(do_work(fixture, text, work, starts), 0);
	free(starts);
}

static void long_work_ends_when_told_to_stop(void **state)
{
	enum { LENGTH = 4000 };
	struct regex_fixture *fixture = *state;
	struct builder *builder = &fixture->builder;
	const struct regex_node *letters =
		repeat(builder, class_of(builder, "a", false), 1, 30, true);
	const struct regex_node *tree = SEQUENCE(builder, repeat(builder, letters, 1, 30, true),
						 class_of(builder, "a", false));
	uint8_t data[LENGTH];
	struct regex_text text = text_at(data, LENGTH);

	memset(data, 'a', LENGTH);
	compile(fixture, tree, 0);
	for (enum regex_work work = 0; work < WORKS; work++)
		work_until_told(fixture, &text, work);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REGEX_TEST(many_starts_get_the_lengths_that_each_gets_alone),
		REGEX_TEST(counts_keep_their_lengths),
		REGEX_TEST(each_start_ends_at_its_own_span),
		REGEX_TEST(long_runs_take_linear_time),
		REGEX_TEST(long_work_ends_when_told_to_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
