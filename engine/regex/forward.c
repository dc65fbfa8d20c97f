#include <string.h>

#include "engine/base/bitmap.h"
#include "engine/regex/attempt.h"
#include "engine/regex/walk.h"

/* So many steps of one way after another come before all ways at once, which take longer for each. */
#define ATTEMPT_STEPS 512u

static bool spend(uint64_t *budget, size_t steps)
{
	if (!budget)
		return true;
	if (*budget <= steps) {
		*budget = 0;
		return false;
	}
	*budget -= steps;
	return true;
}

/* *@known false: the budget (NULL: none) is spent. */
static int walk_run(struct regex_walk *walk, size_t start, uint64_t *budget, bool *known,
		    struct error *err)
{
	size_t rest = walk->text->length - start;
	size_t limit = start + (rest < REGEX_SPAN_BYTES ? rest : REGEX_SPAN_BYTES);
	uint32_t stride = walk->program->stride;
	size_t list = 0;
	int ret = 0;

	*known = true;
	walk->position = start;
	regex_walk_begin(walk, &walk->scratch->lists[list]);
	regex_walk_add(walk, walk->program->entry);
	while (ret == 0 && walk->next->count > 0 && limit - walk->position >= stride) {
		const struct regex_thread_list *threads = walk->next;
		int character = regex_character_at(walk->program, walk->text, walk->position);

		if (character < 0 || (walk->any && walk->matched))
			break;
		*known = spend(budget, threads->count + 1);
		if (!*known)
			break;
		list = 1 - list;
		walk->position += stride;
		regex_walk_begin(walk, &walk->scratch->lists[list]);
		regex_walk_step(walk, threads, character);
		ret = regex_scratch_step(walk->scratch, threads->count + walk->next->count + 1,
					 err);
	}
	return ret;
}

int regex_match_at(const struct regex_program *program, struct regex_scratch *scratch,
		   const struct regex_text *text, size_t start, bool *matched, size_t *length,
		   struct error *err)
{
	struct regex_walk walk = { .program = program, .scratch = scratch, .text = text };
	int ret = regex_scratch_forward(scratch, program, err);
	bool known;

	if (!ret)
		ret = walk_run(&walk, start, NULL, &known, err);
	if (ret)
		return ret;
	*matched = walk.matched;
	*length = walk.matched ? walk.end - start : 0;
	return 0;
}

/* *@budget is above 0. */
static enum regex_attempt attempt_within(const struct regex_program *program,
					 const struct regex_text *text, size_t start,
					 uint64_t *budget)
{
	uint64_t steps = *budget < ATTEMPT_STEPS ? *budget : ATTEMPT_STEPS, left = steps;
	enum regex_attempt result = regex_attempt(program, text, start, &left);

	*budget -= steps - left;
	return result;
}

int regex_starts_at(const struct regex_program *program, struct regex_scratch *scratch,
		    const struct regex_text *text, size_t start, uint64_t *budget, bool *known,
		    bool *matched, struct error *err)
{
	struct regex_walk walk = {
		.program = program, .scratch = scratch, .text = text, .any = true
	};
	uint64_t before = *budget;
	enum regex_attempt attempt =
		*budget ? attempt_within(program, text, start, budget) : REGEX_ATTEMPT_OPEN;
	int ret = regex_scratch_step(scratch, before - *budget, err);

	*known = *budget > 0 || attempt != REGEX_ATTEMPT_OPEN;
	*matched = attempt == REGEX_ATTEMPT_MATCH;
	if (ret || !*known || attempt != REGEX_ATTEMPT_OPEN)
		return ret;
	ret = regex_scratch_forward(scratch, program, err);
	if (!ret)
		ret = walk_run(&walk, start, budget, known, err);
	if (ret)
		return ret;
	*matched = walk.matched;
	return 0;
}

static bool lowest_bit(const uint64_t *words, size_t word_count, size_t *bit)
{
	for (size_t i = 0; i < word_count; i++) {
		if (words[i]) {
			*bit = i * 64 + (size_t)__builtin_ctzll(words[i]);
			return true;
		}
	}
	return false;
}

int regex_search(const struct regex_program *program, struct regex_scratch *scratch,
		 const struct regex_text *text, bool *matched, size_t *start, size_t *length,
		 struct error *err)
{
	enum { STARTS = 4096 };
	uint64_t starts[BITMAP_WORDS(STARTS)];

	*matched = false;
	for (size_t low = 0; low <= text->length; low += STARTS) {
		size_t count = text->length - low < STARTS ? text->length - low + 1 : STARTS;
		size_t bit;

		memset(starts, 0, sizeof(starts));

		int ret = regex_all_starts(program, scratch, text, low, low + count, starts, err);

		if (ret)
			return ret;
		if (lowest_bit(starts, BITMAP_WORDS(STARTS), &bit)) {
			*start = low + bit;
			return regex_match_at(program, scratch, text, *start, matched, length, err);
		}
	}
	return 0;
}
