#include "engine/regex/scratch.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

int regex_scratch_new(struct regex_scratch **out, struct error *err)
{
	struct regex_scratch *scratch = calloc(1, sizeof(*scratch));

	if (!scratch)
		return error_no_memory(err, "work space of regular expressions");
	*out = scratch;
	return 0;
}

void regex_scratch_set_stop(struct regex_scratch *scratch, const _Atomic int *stop)
{
	scratch->stop = stop;
}

int regex_scratch_look(struct regex_scratch *scratch, struct error *err)
{
	scratch->steps = 0;
	/* Relaxed: it only says to give up, and announces nothing. */
	if (!scratch->stop || !atomic_load_explicit(scratch->stop, memory_order_relaxed))
		return 0;
	return error_set(err, ERROR_INTERRUPTED, 0,
			 "told to stop while a regular expression was tried");
}

static void free_crowd(struct regex_crowd *crowd)
{
	if (!crowd)
		return;
	free(crowd->table_marks.stamps);
	for (size_t i = 0; i < 2; i++)
		free(crowd->groups[i].threads);
	free(crowd);
}

void regex_scratch_free(struct regex_scratch *scratch)
{
	if (!scratch)
		return;
	free(scratch->stack);
	free(scratch->states.stamps);
	free(scratch->lowest);
	free(scratch->counters.stamps);
	free(scratch->instructions.stamps);
	free(scratch->windows);
	free(scratch->entries);
	free(scratch->counts);
	free_crowd(scratch->crowd);
	for (size_t i = 0; i < 2; i++) {
		free(scratch->lists[i].threads);
		free(scratch->live[i]);
	}
	free(scratch);
}

void regex_marks_clear(struct regex_marks *marks)
{
	if (++marks->round == 0) {
		memset(marks->stamps, 0, marks->capacity * sizeof(*marks->stamps));
		marks->round = 1;
	}
}

static bool grow_marks(struct regex_marks *marks, size_t needed)
{
	size_t old = marks->capacity;
	uint32_t *grown = array_grow(marks->stamps, &marks->capacity, needed, sizeof(*grown));

	if (!grown)
		return false;
	marks->stamps = grown;
	memset(grown + old, 0, (marks->capacity - old) * sizeof(*grown));
	return true;
}

/* @items: the address of a pointer to memory whose content does not outlive a call. False: no memory. */
static bool grow(void *items, size_t *capacity, size_t needed, size_t item_bytes)
{
	void *old;

	memcpy(&old, items, sizeof(old));

	void *grown = array_grow(old, capacity, needed, item_bytes);

	if (grown)
		memcpy(items, &grown, sizeof(grown));
	return grown;
}

#define GROW(items, capacity, needed) grow(&(items), &(capacity), needed, sizeof(*(items)))

/* A walk takes one off and puts at most two on, once for each instruction. */
static bool grow_stack(struct regex_scratch *scratch, const struct regex_program *program)
{
	return GROW(scratch->stack, scratch->stack_capacity, 2 * program->instruction_count + 2);
}

int regex_scratch_forward(struct regex_scratch *scratch, const struct regex_program *program,
			  struct error *err)
{
	bool grown = grow_stack(scratch, program) &&
		     grow_marks(&scratch->states, program->state_count) &&
		     grow_marks(&scratch->counters, program->counter_count) &&
		     GROW(scratch->lowest, scratch->lowest_capacity, program->counter_count);

	for (size_t i = 0; i < 2 && grown; i++)
		grown = GROW(scratch->lists[i].threads, scratch->list_capacity[i],
			     program->state_count);
	return grown ? 0 : error_no_memory(err, "work space of regular expressions");
}

int regex_scratch_backward(struct regex_scratch *scratch, const struct regex_program *program,
			   struct error *err)
{
	bool grown = grow_stack(scratch, program) &&
		     grow_marks(&scratch->instructions, program->instruction_count) &&
		     GROW(scratch->windows, scratch->window_capacity, program->counter_count) &&
		     GROW(scratch->entries, scratch->entry_capacity, program->window_entries) &&
		     GROW(scratch->counts, scratch->count_capacity, program->counter_count);

	for (size_t i = 0; i < 2 && grown; i++)
		grown = GROW(scratch->live[i], scratch->live_capacity[i],
			     program->instruction_count);
	return grown ? 0 : error_no_memory(err, "work space of regular expressions");
}

int regex_scratch_crowd(struct regex_scratch *scratch, const struct regex_program *program,
			struct error *err)
{
	struct regex_crowd *crowd = scratch->crowd;
	bool grown;

	if (!crowd)
		crowd = calloc(1, sizeof(*crowd));
	scratch->crowd = crowd;
	grown = crowd && grow_marks(&crowd->table_marks, REGEX_CROWD_TABLE);
	for (size_t i = 0; i < 2 && grown; i++)
		grown = GROW(crowd->groups[i].threads, crowd->groups[i].thread_capacity,
			     REGEX_CROWD_THREADS + program->state_count);
	return grown ? 0 : error_no_memory(err, "work space of regular expressions");
}
