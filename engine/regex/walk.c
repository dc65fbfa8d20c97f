#include "engine/regex/walk.h"

bool regex_walk_add(struct regex_walk *walk, uint32_t entry)
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
static bool walk_is_covered(struct regex_walk *walk, const struct regex_instruction *instruction,
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

static void walk_stay(struct regex_walk *walk, uint32_t index, uint32_t count)
{
	const struct regex_instruction *instruction = &walk->program->instructions[index];

	if (walk_is_covered(walk, instruction, count) ||
	    !regex_marks_add(&walk->scratch->states, instruction->state + count))
		return;
	walk->next->threads[walk->next->count++] = (struct regex_thread){ index, count };
}

static bool walk_count(struct regex_walk *walk, const struct regex_thread *thread)
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
		return regex_walk_add(walk, instruction->next);
	if (instruction->greedy || walk->any) {
		walk_stay(walk, thread->instruction, count);
		return regex_walk_add(walk, instruction->next);
	}
	if (regex_walk_add(walk, instruction->next))
		return true;
	walk_stay(walk, thread->instruction, count);
	return false;
}

/* True: came to an end. */
static bool walk_one(struct regex_walk *walk, const struct regex_thread *thread, int character)
{
	const struct regex_instruction *instruction =
		&walk->program->instructions[thread->instruction];

	if (!regex_set_has(walk->program, instruction->set, character))
		return false;
	if (instruction->op == OP_COUNT)
		return walk_count(walk, thread);
	return regex_walk_add(walk, instruction->next);
}

void regex_walk_begin(struct regex_walk *walk, struct regex_thread_list *list)
{
	walk->next = list;
	walk->next->count = 0;
	regex_marks_clear(&walk->scratch->states);
	regex_marks_clear(&walk->scratch->counters);
}

bool regex_walk_add_counted(struct regex_walk *walk, uint32_t count)
{
	const struct regex_thread last = { count, walk->program->instructions[count].min - 1 };

	return walk_count(walk, &last);
}

void regex_walk_step(struct regex_walk *walk, const struct regex_thread_list *threads,
		     int character)
{
	for (size_t i = 0; i < threads->count; i++) {
		if (walk_one(walk, &threads->threads[i], character))
			return;
	}
}
