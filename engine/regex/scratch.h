#ifndef CKPT_ENGINE_REGEX_SCRATCH_H
#define CKPT_ENGINE_REGEX_SCRATCH_H

#include "engine/regex/program.h"

/* Forward: a way through the program that has come to @instruction, in a COUNT with @count characters behind it. */
struct regex_thread {
	uint32_t instruction, count;
};

struct regex_thread_list {
	struct regex_thread *threads;
	size_t count;
};

/* Backward: from before @instruction's character, the nearest end is @end. */
struct regex_live {
	size_t end;
	uint32_t instruction;
};

/* Backward, in a COUNT's window: from @position on, the nearest end is @end. */
struct regex_window_entry {
	size_t position, end;
};

/* One COUNT's window (counter.h). */
struct regex_window {
	uint32_t pending_first, pending_count;
	uint32_t eligible_first, eligible_count;
	bool live;
};

/* Stamps of this round count as marked; 0 never does. */
struct regex_marks {
	uint32_t *stamps;
	size_t capacity;
	uint32_t round;
};

/* lengths.c: a start, while its length is looked for. Ends count from 1; 0 is none. */
struct regex_member {
	uint32_t into; /* the member whose group its own went into; UINT32_MAX: none */
	uint32_t joined; /* where that was */
	uint32_t end; /* last one found before */
};

/* Starts whose ways have become the same. */
struct regex_group {
	struct regex_thread_list list;
	size_t newest; /* its last start */
	uint32_t member; /* which of them keeps the group's end */
};

#define REGEX_CROWD_GROUPS 512u
#define REGEX_CROWD_THREADS 16384u
#define REGEX_CROWD_TABLE 2048u

/* The groups at one place, with the threads of all. */
struct regex_groups {
	struct regex_group groups[REGEX_CROWD_GROUPS];
	struct regex_thread *threads;
	size_t thread_capacity, count, used;
};

struct regex_crowd {
	struct regex_member members[REGEX_LENGTHS_AT_ONCE];
	struct regex_groups groups[2];
	uint32_t table[REGEX_CROWD_TABLE]; /* groups by what their lists hold */
	struct regex_marks table_marks; /* which entries are of this round */
};

struct regex_scratch {
	const _Atomic int *stop; /* non-zero: give up; may be NULL */
	size_t steps; /* since it was looked at */

	uint32_t *stack;
	size_t stack_capacity;

	struct regex_marks states; /* forward */
	uint32_t *lowest; /* forward: by counter, the fewest characters of a count that is done */
	struct regex_marks counters; /* forward: whether lowest[] is of this round */
	size_t lowest_capacity;
	struct regex_thread_list lists[2];
	size_t list_capacity[2];

	struct regex_marks instructions; /* backward */
	struct regex_live *live[2];
	size_t live_capacity[2];
	struct regex_window *windows;
	size_t window_capacity;
	struct regex_window_entry *entries;
	size_t entry_capacity;
	struct regex_live *counts; /* live windows and the nearest end each gives at this place */
	size_t count_capacity;

	struct regex_crowd *crowd; /* NULL until it is needed */
};

/* Room for what one direction of @program, or its lengths, take; allocates only for a program larger than all before. */
int regex_scratch_forward(struct regex_scratch *scratch, const struct regex_program *program,
			  struct error *err);
int regex_scratch_crowd(struct regex_scratch *scratch, const struct regex_program *program,
			struct error *err);
int regex_scratch_backward(struct regex_scratch *scratch, const struct regex_program *program,
			   struct error *err);

/* A step is what one way takes over one character. */
#define REGEX_STEPS_PER_LOOK 32768u

/* ERROR_INTERRUPTED where told to stop. */
int regex_scratch_look(struct regex_scratch *scratch, struct error *err);

/* Counts @steps, and looks where they have become many. */
static inline int regex_scratch_step(struct regex_scratch *scratch, size_t steps, struct error *err)
{
	scratch->steps += steps;
	return scratch->steps < REGEX_STEPS_PER_LOOK ? 0 : regex_scratch_look(scratch, err);
}

/* Starts a round: nothing is marked. */
void regex_marks_clear(struct regex_marks *marks);

/* Marks; false: it was marked already. */
static inline bool regex_marks_add(struct regex_marks *marks, size_t index)
{
	if (marks->stamps[index] == marks->round)
		return false;
	marks->stamps[index] = marks->round;
	return true;
}

#endif
