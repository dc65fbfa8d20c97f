#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/chains/join.h"

#define MOST_PARTS 4
#define MOST_MATCHES 400
#define NOWHERE UINT64_MAX

static uint32_t random_below(uint64_t *state, uint32_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32) % below;
}

/* What one part has, as a plain list, and the same as sets. */
struct part {
	struct part_match matches[MOST_MATCHES];
	size_t count;
	struct start_set sets[VARIANTS];
};

struct chain_case {
	struct part parts[MOST_PARTS];
	struct pattern_gap gaps[MOST_PARTS - 1];
	struct pattern pattern;
	struct address_range holes[4];
	size_t hole_count;
	struct match_budget budget;
	struct match_credit credit;
	/* By match of the first part. */
	uint64_t found[MOST_MATCHES];
	size_t found_count;
};

static void add(struct chain_case *chain, size_t part, size_t variant, uint64_t start,
		uint64_t length)
{
	struct part *to = &chain->parts[part];
	struct error err;

	to->matches[to->count++] = (struct part_match){ start, length };
	assert_int_equal(start_set_add(&to->sets[variant], &chain->credit, start, length, &err), 0);
}

static int note(void *context, uint64_t start, uint64_t end, struct error *err)
{
	struct chain_case *chain = context;
	const struct part *first = &chain->parts[0];

	(void)err;
	for (size_t i = 0; i < first->count; i++)
		if (first->matches[i].start == start) {
			assert_int_equal(chain->found[i], NOWHERE);
			chain->found[i] = end;
		}
	chain->found_count++;
	return 0;
}

static int join(struct chain_case *chain, bool (*stopped)(void *context))
{
	const struct start_set *sets[MOST_PARTS][VARIANTS] = { { NULL } };
	const struct chain_finds finds = {
		.pattern = &chain->pattern,
		.sets = (const struct start_set *const(*)[VARIANTS])sets,
		.holes = chain->holes,
		.hole_count = chain->hole_count,
	};
	const struct chain_join_calls calls = { note, stopped, chain };
	struct error err;

	for (size_t part = 0; part < chain->pattern.part_count; part++)
		for (size_t variant = 0; variant < VARIANTS; variant++) {
			start_set_finish(&chain->parts[part].sets[variant]);
			sets[part][variant] = &chain->parts[part].sets[variant];
		}
	memset(chain->found, 0xff, sizeof(chain->found));
	chain->found_count = 0;
	return chain_join(&finds, &calls, &err);
}

static struct chain_case *new_case(size_t parts)
{
	struct chain_case *chain = calloc(1, sizeof(*chain));

	assert_non_null(chain);
	chain->pattern.part_count = parts;
	chain->pattern.gaps = chain->gaps;
	atomic_init(&chain->budget.bytes_left, (uint64_t)64 << 20);
	chain->credit.budget = &chain->budget;
	return chain;
}

static void free_case(struct chain_case *chain)
{
	for (size_t part = 0; part < MOST_PARTS; part++)
		for (size_t variant = 0; variant < VARIANTS; variant++)
			start_set_release(&chain->parts[part].sets[variant]);
	free(chain);
}

/* Bytes that nobody has lie between them. */
static bool parted(const struct chain_case *chain, uint64_t end, uint64_t start)
{
	for (size_t i = 0; i < chain->hole_count; i++)
		if (chain->holes[i].start >= end && chain->holes[i].end <= start)
			return true;
	return false;
}

/* The earliest end from match @index of @part on, by trying all ways. */
static uint64_t slow_end(const struct chain_case *chain, size_t part, size_t index)
{
	const struct part_match *match = &chain->parts[part].matches[index];
	uint64_t end = match->start + match->length, best = NOWHERE;
	const struct part *next = &chain->parts[part + 1];
	const struct pattern_gap *gap = &chain->gaps[part];

	if (part + 1 == chain->pattern.part_count)
		return end;
	for (size_t i = 0; i < next->count; i++) {
		uint64_t start = next->matches[i].start, rest;

		if (start < end || start - end < gap->min || start - end > gap->max ||
		    parted(chain, end, start))
			continue;
		rest = slow_end(chain, part + 1, i);
		best = rest < best ? rest : best;
	}
	return best;
}

static bool inside_hole(const struct chain_case *chain, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < chain->hole_count; i++)
		if (chain->holes[i].start < end && chain->holes[i].end > start)
			return true;
	return false;
}

static void fill_part(struct chain_case *chain, size_t part, uint64_t *random, uint32_t span)
{
	uint32_t varying = random_below(random, 3), step = 1 + random_below(random, span / 40 + 1);
	uint64_t start = random_below(random, span);

	for (size_t variant = 0; variant < VARIANTS; variant++)
		start_set_init(&chain->parts[part].sets[variant], 2 + 3 * variant, varying > 0);
	for (int i = 0; i < 60; i++) {
		size_t variant = random_below(random, VARIANTS);
		uint64_t length = 2 + 3 * variant;

		if (varying)
			length = random_below(random, varying == 1 ? 4 : 200);
		if (!inside_hole(chain, start, start + length + 1))
			add(chain, part, variant, start, length);
		start += 1 + random_below(random, step);
	}
}

static void fill_gap(struct pattern_gap *gap, uint64_t *random, uint32_t span)
{
	gap->min = random_below(random, 2) ? 0 : random_below(random, span / 4);
	gap->max = random_below(random, 3) ? gap->min + random_below(random, span / 8 + 1)
					   : UINT64_MAX;
}

/* Around the border of chunks, and spread over many of them. */
static void the_earliest_way_of_each_first_part_is_found(void **state)
{
	static const uint32_t spans[] = { 60, 300, 70000, 400000 };
	uint64_t random = 0x9e3779b97f4a7c15u;
	size_t joined = 0;

	(void)state;
	for (int trial = 0; trial < 800; trial++) {
		uint32_t span = spans[trial % 4];
		struct chain_case *chain = new_case(2 + random_below(&random, 3));

		if (random_below(&random, 3) == 0) {
			uint64_t hole = random_below(&random, span);

			chain->holes[chain->hole_count++] =
				(struct address_range){ hole, hole + 1 + span / 50 };
		}
		for (size_t part = 0; part < chain->pattern.part_count; part++) {
			fill_part(chain, part, &random, span);
			if (part + 1 < chain->pattern.part_count)
				fill_gap(&chain->gaps[part], &random, span);
		}
		assert_int_equal(join(chain, NULL), 0);
		for (size_t i = 0; i < chain->parts[0].count; i++) {
			uint64_t wanted = slow_end(chain, 0, i);

			if (wanted != chain->found[i])
				fail_msg("trial %d: %llu ends at %llu, found %llu", trial,
					 (unsigned long long)chain->parts[0].matches[i].start,
					 (unsigned long long)wanted,
					 (unsigned long long)chain->found[i]);
			joined += wanted != NOWHERE;
		}
		free_case(chain);
	}
	assert_true(joined > 5000);
}

static void one_byte_parts_may_follow_at_once_or_anywhere(void **state)
{
	struct chain_case *chain = new_case(2);

	(void)state;
	for (size_t part = 0; part < 2; part++)
		start_set_init(&chain->parts[part].sets[0], 1, false);
	chain->gaps[0] = (struct pattern_gap){ 0, UINT64_MAX };
	for (uint64_t i = 0; i < 10; i++) {
		add(chain, 0, 0, i, 1);
		add(chain, 1, 0, i, 1);
	}
	assert_int_equal(join(chain, NULL), 0);
	assert_int_equal(chain->found_count, 9);
	for (uint64_t i = 0; i < 9; i++)
		assert_int_equal(chain->found[i], i + 2);
	chain->gaps[0] = (struct pattern_gap){ UINT64_MAX, UINT64_MAX };
	assert_int_equal(join(chain, NULL), 0);
	assert_int_equal(chain->found_count, 0);
	free_case(chain);
}

/* The one that follows first ends last. */
static void a_later_part_that_ends_earlier_is_taken(void **state)
{
	struct chain_case *chain = new_case(2);

	(void)state;
	for (size_t part = 0; part < 2; part++)
		start_set_init(&chain->parts[part].sets[0], 0, true);
	chain->gaps[0] = (struct pattern_gap){ 0, 300 };
	add(chain, 0, 0, 100, 2);
	add(chain, 1, 0, 150, 90);
	add(chain, 1, 0, 160, 10);
	assert_int_equal(join(chain, NULL), 0);
	assert_int_equal(chain->found[0], 170);
	chain->gaps[0].max = 50;
	assert_int_equal(join(chain, NULL), 0);
	assert_int_equal(chain->found[0], 240);
	chain->gaps[0].max = 47;
	assert_int_equal(join(chain, NULL), 0);
	assert_int_equal(chain->found_count, 0);
	free_case(chain);
}

/* A million of each, as bitmaps: no way of joining that looks at pairs comes to an end. */
static void many_matches_are_joined_in_time(void **state)
{
	enum { MANY = 1 << 20 };
	struct chain_case *chain = new_case(3);
	struct error err;

	(void)state;
	for (size_t part = 0; part < 3; part++) {
		start_set_init(&chain->parts[part].sets[0], 1, part == 1);
		for (uint64_t i = 0; i < MANY; i++)
			assert_int_equal(start_set_add(&chain->parts[part].sets[0], &chain->credit,
						       i, part == 1 ? 1 + i % 1000 : 1, &err),
					 0);
	}
	chain->gaps[0] = (struct pattern_gap){ 300, UINT64_MAX };
	chain->gaps[1] = (struct pattern_gap){ 0, 100000 };
	assert_int_equal(join(chain, NULL), 0);
	/* The last that fits: 300 bytes, a middle part of one byte or more, and the last byte. */
	assert_true(chain->found_count > MANY - 1400 && chain->found_count < MANY - 300);
	free_case(chain);
}

static bool always(void *context)
{
	(void)context;
	return true;
}

static void joining_stops_when_told_to(void **state)
{
	struct chain_case *chain = new_case(2);
	struct error err;

	(void)state;
	for (size_t part = 0; part < 2; part++) {
		start_set_init(&chain->parts[part].sets[0], 1, false);
		for (uint64_t i = 0; i < 1 << 18; i++)
			assert_int_equal(start_set_add(&chain->parts[part].sets[0], &chain->credit,
						       i, 1, &err),
					 0);
	}
	chain->gaps[0] = (struct pattern_gap){ 0, 300 };
	assert_int_equal(join(chain, always), ERROR_INTERRUPTED);
	assert_true(chain->found_count < 1 << 17);
	free_case(chain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_earliest_way_of_each_first_part_is_found),
		cmocka_unit_test(one_byte_parts_may_follow_at_once_or_anywhere),
		cmocka_unit_test(a_later_part_that_ends_earlier_is_taken),
		cmocka_unit_test(many_matches_are_joined_in_time),
		cmocka_unit_test(joining_stops_when_told_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
