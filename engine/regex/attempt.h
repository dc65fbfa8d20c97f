#ifndef CKPT_ENGINE_REGEX_ATTEMPT_H
#define CKPT_ENGINE_REGEX_ATTEMPT_H

#include "engine/regex/program.h"

enum regex_attempt {
	REGEX_ATTEMPT_NO_MATCH,
	REGEX_ATTEMPT_MATCH,
	REGEX_ATTEMPT_OPEN, /* given up: too many steps, or too many ways to come back to */
};

/*
 * Whether any match starts at @start (<= length), by trying ways one after another. Where nearly every start is none,
 * as behind an atom, the first few characters say so, and nothing has to be set up for that. @steps: how many it may
 * take, about one a character; counted down.
 */
enum regex_attempt regex_attempt(const struct regex_program *program, const struct regex_text *text,
				 size_t start, uint64_t *steps);

/* Whether a match could begin with @byte; true also where the program does not say. */
static inline bool regex_may_begin_with(const struct regex_program *program, uint8_t byte)
{
	const struct regex_instruction *first = &program->instructions[program->entry];

	return (first->op != OP_CHARACTER && first->op != OP_COUNT) ||
	       regex_set_has(program, first->set, byte);
}

#endif
