#ifndef CKPT_ENGINE_REGEX_PROGRAM_H
#define CKPT_ENGINE_REGEX_PROGRAM_H

#include "engine/regex.h"

/*
 * The program of a regex: a graph of instructions that both directions walk.
 *
 *	CHARACTER --next-->	consumes one character of a set
 *	COUNT     --next-->	consumes min to max characters of one set: [a-z]{5,2000} is one instruction
 *	SPLIT     --next, other-->	next is preferred
 *	ASSERTION --next-->	goes on where it holds
 *	MATCH
 *
 * A character is @stride bytes: one, or (wide) a byte and a zero byte. So a wide program is the same
 * graph, walked over every other byte.
 */
enum regex_op { OP_MATCH, OP_CHARACTER, OP_COUNT, OP_SPLIT, OP_ASSERTION };

struct regex_instruction {
	enum regex_op op;
	enum regex_kind assertion; /* OP_ASSERTION */
	uint32_t next, other;
	uint32_t set; /* OP_CHARACTER, OP_COUNT: index of four words */
	/* OP_COUNT: characters; 1 <= min <= max, REGEX_NO_LIMIT: any number */
	uint32_t min, max;
	uint32_t counter; /* OP_COUNT: its number among these */
	uint32_t
		state; /* forward: the first of its states, one for each count of characters consumed */
	uint32_t window; /* backward, OP_COUNT: the first of its window's entries */
	bool greedy; /* OP_COUNT */
};

#define REGEX_SET_WORDS 4
/* Three megabytes; a repeat of one character, however often, is one instruction. */
#define REGEX_INSTRUCTIONS_LIMIT 65536u
/* What a thread's work space must hold: a few megabytes, and 32 repeats of {1,8191}. */
#define REGEX_STATES_LIMIT 262144u

/* Instruction 0 is the only OP_MATCH. */
#define REGEX_PROGRAM_MATCH 0u

struct regex_program {
	struct regex_instruction *instructions;
	uint64_t *sets;
	uint32_t *
		before; /* instructions that lead to instruction i: [before_start[i], before_start[i + 1]) */
	uint32_t *before_start;
	size_t instruction_count, instruction_capacity;
	size_t set_count, set_capacity; /* of four words each */
	uint32_t entry;
	uint32_t stride; /* bytes of a character: 1 or 2 */
	uint32_t counter_count, state_count, window_entries;
	size_t shortest, longest; /* bytes, at most REGEX_SPAN_BYTES */
	bool fixed_length;
	/*
	 * Not 0: a match starts where that many characters of the set follow, and nowhere else, as in
	 * /[A-Za-z0-9+\/]{200,}={0,2}/.
	 */
	uint32_t run_min;
	uint32_t run_set;
	/* Not 0: the run is greedy and has at most that many, and what follows it may be empty anywhere. */
	uint32_t run_max;
	bool run_alone; /* nothing follows it */
	uint64_t last_bytes[4]; /* what the last character consumed may be */
};

/* What the character at @position is; below 0 where there is none (or, wide, no zero byte after it). */
static inline int regex_character_at(const struct regex_program *program,
				     const struct regex_text *text, size_t position)
{
	if (text->length - position < program->stride)
		return -1;
	if (program->stride == 2 && text->data[position + 1] != 0)
		return -1;
	return text->data[position];
}

static inline bool regex_set_has(const struct regex_program *program, uint32_t set, int character)
{
	unsigned byte = (unsigned)character;

	return character >= 0 && program->sets[(size_t)set * 4 + byte / 64] >> (byte % 64) & 1;
}

/* Whether @assertion holds between the characters before and after @position. */
bool regex_assertion_holds(const struct regex_program *program, const struct regex_text *text,
			   enum regex_kind assertion, size_t position);

/* How many entries the pending and the eligible part of a COUNT's window have (see counter.h). */
static inline uint32_t regex_window_pending(const struct regex_instruction *count)
{
	return count->min;
}

static inline uint32_t regex_window_eligible(const struct regex_instruction *count)
{
	return count->max == REGEX_NO_LIMIT ? 1 : count->max - count->min + 1;
}

/* How many forward states a COUNT has; more than 32 bits hold where it was not checked. */
static inline uint64_t regex_count_states(const struct regex_instruction *count)
{
	return count->max == REGEX_NO_LIMIT ? (uint64_t)count->min + 1 : count->max;
}

#endif
