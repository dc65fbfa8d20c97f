#include "engine/confirm/regex_starts.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/bitmap.h"
#include "engine/confirm/found.h"
#include "engine/confirm/word_edges.h"

/* A stretch grows from the first to the last, so that a pattern asked only for presence ends early. */
#define FIRST_STRETCH 4096u
#define LARGEST_STRETCH 65536u
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
		if (!starts->bits[variant])
			ret = error_no_memory(err, "starts of matches");
	}
	if (ret < 0)
		regex_starts_release(starts);
	return ret;
}

void regex_starts_release(struct regex_starts *starts)
{
	regex_scratch_free(starts->scratch);
	for (unsigned int variant = 0; variant < VARIANTS; variant++)
		free(starts->bits[variant]);
	*starts = (struct regex_starts){ 0 };
}

/* Sets *@done to whether every start of @range was tried. */
static int try_one_by_one(struct confirming *confirming, unsigned int variant,
			  const struct start_range *range, bool *done)
{
	const struct subject *subject = confirming->subject;
	uint64_t *bits = confirming->starts->bits[variant];

	*done = false;
	for (uint32_t start = range->low; start < range->high; start++) {
		bool known = false, matched = false;
		int ret;

		if (confirming->steps_left == 0)
			return 0;
		ret = regex_starts_at(subject->programs[variant], confirming->starts->scratch,
				      &confirming->text, start, &confirming->steps_left, &known,
				      &matched, confirming->err);
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

/* The length of the match that is known to start at @start. */
static int match_length(struct confirming *confirming, const struct regex_program *program,
			size_t start, bool *matched, size_t *length)
{
	if (regex_program_fixed_length(program)) {
		*matched = true;
		*length = regex_program_longest(program);
		return 0;
	}
	return regex_match_at(program, confirming->starts->scratch, &confirming->text, start,
			      matched, length, confirming->err);
}

/* Whether the match of @variant at @start counts, and its length where somebody asks for it. */
static int measure(struct confirming *confirming, unsigned int variant, size_t start, bool listed,
		   bool *counts, size_t *length)
{
	const struct subject *subject = confirming->subject;
	const struct piece *piece = confirming->piece;
	const struct regex_program *program = subject->programs[variant];
	const struct bytes text = { piece->data, piece->length };
	bool in_dump = found_touches_dump(piece, start, regex_program_shortest(program));
	bool wide = variant == VARIANT_WIDE, matched = false;
	int ret;

	*length = 0;
	/* Before the length, which is dear: in a long run of letters only the first can begin a word. */
	*counts = !subject->fullword || word_begins_at(&text, start, wide);
	if (!*counts || (!listed && !subject->fullword && in_dump))
		return 0;
	ret = match_length(confirming, program, start, &matched, length);
	if (ret < 0)
		return ret;
	*counts = matched && (in_dump || found_touches_dump(piece, start, *length)) &&
		  (!subject->fullword || word_edges_hold(&text, start, *length, wide));
	return 0;
}

/* Variants in order: the first that counts is the match, the others at that start are not reported. */
static int add_start(struct confirming *confirming, const struct start_range *range, uint32_t index)
{
	struct found found = { .start = range->low + index,
			       .pattern = confirming->subject->number };
	bool listed;

	if (!found_is_wanted(confirming->piece, confirming->targets, found.pattern, found.start))
		return 0;
	listed =
		found_is_listed(confirming->piece, confirming->targets, found.pattern, found.start);
	for (unsigned int variant = 0; variant < VARIANTS; variant++) {
		bool counts;
		int ret;

		if (!bitmap_test(confirming->starts->bits[variant], index))
			continue;
		ret = measure(confirming, variant, found.start, listed, &counts, &found.length);
		if (ret < 0)
			return ret;
		if (counts)
			return found_add(confirming->piece, confirming->targets, &found,
					 confirming->err);
	}
	return 0;
}

static int add_starts(struct confirming *confirming, const struct start_range *range)
{
	size_t words = BITMAP_WORDS(range->high - range->low);

	for (size_t word = 0; word < words; word++) {
		uint64_t left = 0;

		for (unsigned int variant = 0; variant < VARIANTS; variant++)
			left |= confirming->starts->bits[variant][word];
		for (; left; left &= left - 1) {
			uint32_t index = (uint32_t)(64 * word) + (uint32_t)__builtin_ctzll(left);
			int ret = add_start(confirming, range, index);

			if (ret < 0)
				return ret;
		}
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

		/* Stores keep the lowest: what is not wanted here is not wanted further on. */
		if (!found_is_wanted(confirming->piece, confirming->targets,
				     confirming->subject->number, low))
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
