#include <string.h>

#include "engine/base/bitmap.h"
#include "engine/regex/scratch.h"

/*
 * All ways through the program at once, one character at a time, in the order
 * in which a backtracking matcher would try them: a way that comes to a place
 * where a preferred one has been in the same round is dropped, and an end drops
 * all ways behind it. (Thompson 1968 for the ways, Pike for their order.)
 */
struct walk {
	const struct regex_program *program;
	struct regex_scratch *scratch;
	const struct regex_text *text;
	struct regex_thread_list *next; /* being filled, for @position */
	size_t position;
	bool any; /* only whether there is an end: the order does not matter */
	bool matched;
	size_t end;
};

/* Follows everything that consumes nothing. True: came to an end, so nothing behind this counts. */
static bool walk_add(struct walk *walk, uint32_t entry)
{
	struct regex_scratch *scratch = walk->scratch;
	uint32_t *stack = scratch->stack;
	size_t waiting = 0;

	stack[waiting++] = entry;
	while (waiting > 0) {
		uint32_t index = stack[--waiting];
		const struct regex_instruction *instruction = &walk->program->instructions[index];

		if (!regex_marks_add(&scratch->states, instruction->state))
			continue;
		switch (instruction->op) {
		case OP_MATCH:
			walk->matched = true;
			walk->end = walk->position;
			return true;
		case OP_CHARACTER:
		case OP_COUNT:
			walk->next->threads[walk->next->count++] =
				(struct regex_thread){ index, 0 };
			break;
		case OP_SPLIT:
			stack[waiting++] = instruction->other;
			stack[waiting++] = instruction->next;
			break;
		case OP_ASSERTION:
			if (regex_assertion_holds(walk->program, walk->text, instruction->assertion,
						  walk->position))
				stack[waiting++] = instruction->next;
			break;
		}
	}
	return false;
}

/*
 * Once the minimum is reached, a way with fewer characters behind it can still
 * do all that one with more can; where it is also preferred, the other is not
 * needed. So x{0,8000}x{0,8000} takes one thread for each count, not 8,000.
 */
static bool walk_is_covered(struct walk *walk, const struct regex_instruction *instruction,
			    uint32_t count)
{
	uint32_t *lowest = &walk->scratch->lowest[instruction->counter];

	if (count < instruction->min || instruction->max == REGEX_NO_LIMIT)
		return false;
	if (!regex_marks_add(&walk->scratch->counters, instruction->counter) && *lowest <= count)
		return true;
	*lowest = count;
	return false;
}

static void walk_stay(struct walk *walk, uint32_t index, uint32_t count)
{
	const struct regex_instruction *instruction = &walk->program->instructions[index];

	if (walk_is_covered(walk, instruction, count) ||
	    !regex_marks_add(&walk->scratch->states, instruction->state + count))
		return;
	walk->next->threads[walk->next->count++] = (struct regex_thread){ index, count };
}

static bool walk_count(struct walk *walk, const struct regex_thread *thread)
{
	const struct regex_instruction *instruction =
		&walk->program->instructions[thread->instruction];
	bool endless = instruction->max == REGEX_NO_LIMIT;
	uint32_t count = thread->count + 1;

	if (endless && count > instruction->min)
		count = instruction->min;
	if (count < instruction->min) {
		walk_stay(walk, thread->instruction, count);
		return false;
	}
	if (!endless && count == instruction->max)
		return walk_add(walk, instruction->next);
	if (instruction->greedy || walk->any) {
		walk_stay(walk, thread->instruction, count);
		return walk_add(walk, instruction->next);
	}
	if (walk_add(walk, instruction->next))
		return true;
	walk_stay(walk, thread->instruction, count);
	return false;
}

/* True: came to an end. */
static bool walk_step(struct walk *walk, const struct regex_thread *thread, int character)
{
	const struct regex_instruction *instruction =
		&walk->program->instructions[thread->instruction];

	if (!regex_set_has(walk->program, instruction->set, character))
		return false;
	if (instruction->op == OP_COUNT)
		return walk_count(walk, thread);
	return walk_add(walk, instruction->next);
}

static void walk_begin_round(struct walk *walk, size_t list)
{
	walk->next = &walk->scratch->lists[list];
	walk->next->count = 0;
	regex_marks_clear(&walk->scratch->states);
	regex_marks_clear(&walk->scratch->counters);
}

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

/* False: the budget (NULL: none) is spent. */
static bool walk_run(struct walk *walk, size_t start, uint64_t *budget)
{
	size_t rest = walk->text->length - start;
	size_t limit = start + (rest < REGEX_SPAN_BYTES ? rest : REGEX_SPAN_BYTES);
	uint32_t stride = walk->program->stride;
	size_t list = 0;

	walk->position = start;
	walk_begin_round(walk, list);
	walk_add(walk, walk->program->entry);
	while (walk->next->count > 0 && limit - walk->position >= stride) {
		const struct regex_thread_list *threads = walk->next;
		int character = regex_character_at(walk->program, walk->text, walk->position);

		if (character < 0 || (walk->any && walk->matched))
			break;
		if (!spend(budget, threads->count + 1))
			return false;
		list = 1 - list;
		walk->position += stride;
		walk_begin_round(walk, list);
		for (size_t i = 0; i < threads->count; i++) {
			if (walk_step(walk, &threads->threads[i], character))
				break;
		}
	}
	return true;
}

int regex_match_at(const struct regex_program *program, struct regex_scratch *scratch,
		   const struct regex_text *text, size_t start, bool *matched, size_t *length,
		   struct error *err)
{
	struct walk walk = { .program = program, .scratch = scratch, .text = text };
	int ret = regex_scratch_forward(scratch, program, err);

	if (ret)
		return ret;
	walk_run(&walk, start, NULL);
	*matched = walk.matched;
	*length = walk.matched ? walk.end - start : 0;
	return 0;
}

int regex_starts_at(const struct regex_program *program, struct regex_scratch *scratch,
		    const struct regex_text *text, size_t start, uint64_t *budget, bool *known,
		    bool *matched, struct error *err)
{
	struct walk walk = { .program = program, .scratch = scratch, .text = text, .any = true };
	int ret = regex_scratch_forward(scratch, program, err);

	if (ret)
		return ret;
	*known = walk_run(&walk, start, budget);
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
