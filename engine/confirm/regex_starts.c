#include "engine/confirm/regex_starts.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/bitmap.h"
#include "engine/confirm/confirmed.h"
#include "engine/confirm/word_edges.h"
#include "engine/regex/attempt.h"

/* A stretch grows from the first to the last, so that a pattern asked only for presence ends early. */
#define FIRST_STRETCH 4096u
#define LARGEST_STRETCH REGEX_LENGTHS_AT_ONCE
#define FIRST_BATCH 64u
/* A range of more starts is not tried one by one. */
#define FEW_STARTS 256u
/* Steps for trying starts one by one: a few for each byte of the piece, and some for small pieces. */
#define STEPS_PER_BYTE 2
#define STEPS_AT_LEAST 65536u

struct confirming {
	struct regex_starts *starts;
	const struct subject *subject;
	const struct piece *piece;
	const struct piece_targets *targets;
	struct regex_text text;
	size_t batch; /* how many starts are measured together; a multiple of 64 */
	uint64_t steps_left; /* 0: no more starts are tried one by one */
	struct error *err;
};

int regex_starts_init(struct regex_starts *starts, struct error *err)
{
	int ret;

	*starts = (struct regex_starts){ 0 };
	ret = regex_scratch_new(&starts->scratch, err);
	for (unsigned int variant = 0; variant < VARIANTS && ret == 0; variant++) {
		starts->bits[variant] = calloc(BITMAP_WORDS(LARGEST_STRETCH), sizeof(uint64_t));
		starts->measured[variant] = calloc(BITMAP_WORDS(LARGEST_STRETCH), sizeof(uint64_t));
		starts->lengths[variant] = calloc(LARGEST_STRETCH, sizeof(uint32_t));
		if (!starts->bits[variant] || !starts->measured[variant] ||
		    !starts->lengths[variant])
			ret = error_no_memory(err, "starts of matches");
	}
	if (ret < 0)
		regex_starts_release(starts);
	return ret;
}

void regex_starts_release(struct regex_starts *starts)
{
	regex_scratch_free(starts->scratch);
	for (unsigned int variant = 0; variant < VARIANTS; variant++) {
		free(starts->bits[variant]);
		free(starts->measured[variant]);
		free(starts->lengths[variant]);
	}
	*starts = (struct regex_starts){ 0 };
}

/* Sets *@done to whether every start of @range was tried. */
static int try_one_by_one(struct confirming *confirming, unsigned int variant,
			  const struct start_range *range, bool *done)
{
	const struct regex_program *program = confirming->subject->programs[variant];
	const uint8_t *data = confirming->piece->data;
	uint64_t *bits = confirming->starts->bits[variant];

	*done = false;
	for (uint32_t start = range->low; start < range->high; start++) {
		bool known = false, matched = false;
		int ret;

		if (!regex_may_begin_with(program, data[start]))
			continue;
		if (confirming->steps_left == 0)
			return 0;
		ret = regex_starts_at(program, confirming->starts->scratch, &confirming->text,
				      start, &confirming->steps_left, &known, &matched,
				      confirming->err);
		if (ret < 0)
			return ret;
		if (!known) {
			confirming->steps_left = 0;
			return 0;
		}
		if (matched)
			bitmap_set(bits, start - range->low);
	}
	*done = true;
	return 0;
}

/* The starts of one variant in @range as bits from its low end. */
static int find_starts(struct confirming *confirming, unsigned int variant,
		       const struct start_range *range, bool one_by_one)
{
	uint64_t *bits = confirming->starts->bits[variant];
	uint32_t count = range->high - range->low;
	bool done = false;

	memset(bits, 0, BITMAP_WORDS(count) * sizeof(*bits));
	if (!(range->variants >> variant & 1))
		return 0;
	if (one_by_one) {
		int ret = try_one_by_one(confirming, variant, range, &done);

		if (ret < 0 || done)
			return ret;
		memset(bits, 0, BITMAP_WORDS(count) * sizeof(*bits));
	}
	return regex_all_starts(confirming->subject->programs[variant], confirming->starts->scratch,
				&confirming->text, range->low, range->high, bits, confirming->err);
}

/* Whether somebody asks for the length of the match of @variant at @start, or it decides whether there is one. */
static bool needs_length(const struct confirming *confirming, unsigned int variant, size_t start)
{
	const struct subject *subject = confirming->subject;
	const struct piece *piece = confirming->piece;

	return subject->fullword ||
	       !found_touches_dump(piece, start,
				   regex_program_shortest(subject->programs[variant])) ||
	       confirmed_is_measured(piece, confirming->targets, subject, start);
}

/* In a long run of letters only the first can begin a word, whatever its length. */
static bool begins_word(const struct confirming *confirming, unsigned int variant, size_t start)
{
	const struct bytes text = { confirming->piece->data, confirming->piece->length };

	return !confirming->subject->fullword ||
	       word_begins_at(&text, start, variant == VARIANT_WIDE);
}

/* Of @count starts from index @first on: drops those that are none, marks those whose length is needed. */
static void choose_measured(struct confirming *confirming, unsigned int variant, size_t low,
			    size_t first, size_t count)
{
	uint64_t *bits = confirming->starts->bits[variant];
	uint64_t *measured = confirming->starts->measured[variant];

	for (size_t word = first / 64; word < first / 64 + BITMAP_WORDS(count); word++) {
		measured[word] = 0;
		for (uint64_t left = bits[word]; left; left &= left - 1) {
			size_t index = 64 * word + (size_t)__builtin_ctzll(left);

			if (!begins_word(confirming, variant, low + index))
				bits[word] ^= left & -left;
			else if (needs_length(confirming, variant, low + index))
				measured[word] |= left & -left;
		}
	}
}

/* The lengths that are needed of @count starts from index @first on, @first a multiple of 64. */
static int measure(struct confirming *confirming, unsigned int variant, size_t low, size_t first,
		   size_t count)
{
	const struct regex_program *program = confirming->subject->programs[variant];
	struct regex_starts *starts = confirming->starts;

	if (!program)
		return 0;
	choose_measured(confirming, variant, low, first, count);
	if (regex_program_fixed_length(program))
		return 0;
	return regex_match_lengths(program, starts->scratch, &confirming->text, low + first, count,
				   starts->measured[variant] + first / 64,
				   starts->lengths[variant] + first, confirming->err);
}

/* Whether the match of @variant at @start, whose bit is @index, counts; its length where somebody asks for it. */
static bool counts(const struct confirming *confirming, unsigned int variant, size_t start,
		   size_t index, size_t *length)
{
	const struct subject *subject = confirming->subject;
	const struct piece *piece = confirming->piece;
	const struct regex_program *program = subject->programs[variant];
	const struct bytes text = { piece->data, piece->length };

	*length = 0;
	if (!bitmap_test(confirming->starts->bits[variant], index))
		return false;
	if (!bitmap_test(confirming->starts->measured[variant], index))
		return true;
	*length = regex_program_fixed_length(program) ? regex_program_longest(program)
						      : confirming->starts->lengths[variant][index];
	return *length != REGEX_NO_MATCH && found_touches_dump(piece, start, *length) &&
	       (!subject->fullword ||
		word_edges_hold(&text, start, *length, variant == VARIANT_WIDE));
}

/* Variants in order: the first that counts is the match, the others at that start are not reported. */
static int add_start(struct confirming *confirming, size_t start, size_t index)
{
	struct found found = { .start = start, .pattern = confirming->subject->number };

	for (unsigned int variant = 0; variant < VARIANTS; variant++)
		if (counts(confirming, variant, start, index, &found.length))
			return confirmed_add(confirming->piece, confirming->targets,
					     confirming->subject, (enum variant)variant, &found,
					     confirming->err);
	return 0;
}

static int add_batch(struct confirming *confirming, size_t low, size_t first, size_t count)
{
	for (size_t word = first / 64; word < first / 64 + BITMAP_WORDS(count); word++) {
		uint64_t left = 0;

		for (unsigned int variant = 0; variant < VARIANTS; variant++)
			left |= confirming->starts->bits[variant][word];
		for (; left; left &= left - 1) {
			size_t index = 64 * word + (size_t)__builtin_ctzll(left);
			int ret = add_start(confirming, low + index, index);

			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

static bool batch_is_empty(const struct confirming *confirming, size_t first, size_t count)
{
	uint64_t all = 0;

	for (size_t word = first / 64; word < first / 64 + BITMAP_WORDS(count); word++)
		for (unsigned int variant = 0; variant < VARIANTS; variant++)
			all |= confirming->starts->bits[variant][word];
	return all == 0;
}

/* Starts are measured together, few at first: what the first ones add may be all that was wanted. */
static int add_starts(struct confirming *confirming, const struct start_range *range)
{
	size_t total = range->high - range->low, count;

	for (size_t first = 0; first < total; first += count) {
		int ret = 0;

		count = total - first < confirming->batch ? total - first : confirming->batch;
		if (batch_is_empty(confirming, first, count))
			continue;
		if (!confirmed_is_wanted(confirming->piece, confirming->targets,
					 confirming->subject, range->low + first))
			return 0;
		for (unsigned int variant = 0; variant < VARIANTS && ret == 0; variant++)
			ret = measure(confirming, variant, range->low, first, count);
		if (ret == 0)
			ret = add_batch(confirming, range->low, first, count);
		if (ret < 0)
			return ret;
		if (confirming->batch < LARGEST_STRETCH)
			confirming->batch *= 2;
	}
	return 0;
}

static int confirm_stretch(struct confirming *confirming, const struct start_range *stretch,
			   bool one_by_one)
{
	for (unsigned int variant = 0; variant < VARIANTS; variant++) {
		int ret = find_starts(confirming, variant, stretch, one_by_one);

		if (ret < 0)
			return ret;
	}
	return add_starts(confirming, stretch);
}

static int confirm_range(struct confirming *confirming, const struct start_range *range,
			 bool one_by_one)
{
	struct start_range stretch = *range;
	uint32_t step = FIRST_STRETCH;

	for (uint32_t low = range->low; low < range->high; low = stretch.high) {
		int ret;

		if (!confirmed_is_wanted(confirming->piece, confirming->targets,
					 confirming->subject, low))
			return 0;
		stretch.low = low;
		stretch.high = range->high - low > step ? low + step : range->high;
		ret = confirm_stretch(confirming, &stretch, one_by_one);
		if (ret < 0)
			return ret;
		step = step < LARGEST_STRETCH ? 2 * step : step;
	}
	return 0;
}

static uint32_t longest_match(const struct subject *subject)
{
	size_t longest = 0;

	for (unsigned int variant = 0; variant < VARIANTS; variant++) {
		const struct regex_program *program = subject->programs[variant];

		if (program && regex_program_longest(program) > longest)
			longest = regex_program_longest(program);
	}
	return (uint32_t)longest;
}

/*
 * A backward pass begins a longest match behind its range, so ranges nearer than that share one; returns how
 * many more ranges are joined to the first.
 */
static size_t join_following(struct start_range *range, const struct start_range *following,
			     size_t count, uint32_t longest)
{
	size_t joined = 0;

	while (joined < count && following[joined].low - range->high <= longest) {
		range->high = following[joined].high;
		range->variants |= following[joined].variants;
		joined++;
	}
	return joined;
}

int regex_starts_confirm(struct regex_starts *starts, const struct subject *subject,
			 const struct start_range *ranges, size_t count, const struct piece *piece,
			 const struct piece_targets *targets, struct error *err)
{
	struct confirming confirming = {
		.starts = starts,
		.subject = subject,
		.piece = piece,
		.targets = targets,
		.text = { piece->data, piece->length, piece->first, piece->last },
		.batch = FIRST_BATCH,
		.steps_left = STEPS_PER_BYTE * (uint64_t)piece->length + STEPS_AT_LEAST,
		.err = err,
	};
	uint32_t longest = longest_match(subject);

	for (size_t i = 0; i < count;) {
		struct start_range range = ranges[i++];
		bool one_by_one = confirming.steps_left > 0 && range.high - range.low <= FEW_STARTS;
		int ret;

		if (!one_by_one)
			i += join_following(&range, ranges + i, count - i, longest);
		ret = confirm_range(&confirming, &range, one_by_one);
		if (ret < 0)
			return ret;
	}
	return 0;
}
