#include "engine/regex/attempt.h"

/* Ways to come back to; more are for the walk, which takes all at once. */
#define WAYS_KEPT 24u

/* Where a way has come to; in a COUNT, with so many characters behind it. */
struct way {
	uint32_t instruction, count;
	size_t position;
};

struct attempt {
	const struct regex_program *program;
	const struct regex_text *text;
	size_t limit; /* no match ends behind it */
	uint64_t steps;
	size_t kept_count;
	struct way kept[WAYS_KEPT];
};

static inline bool fits(const struct attempt *attempt, uint32_t set, size_t position)
{
	return attempt->limit - position >= attempt->program->stride &&
	       regex_set_has(attempt->program, set,
			     regex_character_at(attempt->program, attempt->text, position));
}

/* False: the character does not fit, or no step is left. */
static inline bool take(struct attempt *attempt, uint32_t set, struct way *way)
{
	if (attempt->steps == 0 || !fits(attempt, set, way->position))
		return false;
	attempt->steps--;
	way->position += attempt->program->stride;
	return true;
}

static inline bool keep(struct attempt *attempt, struct way way)
{
	if (attempt->kept_count == WAYS_KEPT)
		return false;
	attempt->kept[attempt->kept_count++] = way;
	return true;
}

/* To the next place where the repeat may end and what follows it fits; false: there is none. */
static inline bool find_end(struct attempt *attempt, const struct regex_instruction *count,
			    struct way *way)
{
	const struct regex_instruction *next = &attempt->program->instructions[count->next];

	for (; way->count < count->min; way->count++)
		if (!take(attempt, count->set, way))
			return false;
	if (next->op != OP_CHARACTER)
		return true;
	for (; !fits(attempt, next->set, way->position); way->count++)
		if (way->count >= count->max || !take(attempt, count->set, way))
			return false;
	return true;
}

static enum regex_attempt leave_repeat(struct attempt *attempt, struct way *way)
{
	const struct regex_instruction *count = &attempt->program->instructions[way->instruction];
	struct way longer;

	if (!find_end(attempt, count, way))
		return REGEX_ATTEMPT_NO_MATCH;
	longer = *way;
	longer.count++;
	if (way->count < count->max && take(attempt, count->set, &longer) && !keep(attempt, longer))
		return REGEX_ATTEMPT_OPEN;
	*way = (struct way){ .instruction = count->next, .position = way->position };
	return REGEX_ATTEMPT_MATCH;
}

/* Goes on until the way ends, or it is not worth it. */
static enum regex_attempt follow(struct attempt *attempt, struct way way)
{
	while (attempt->steps > 0) {
		const struct regex_instruction *instruction =
			&attempt->program->instructions[way.instruction];
		enum regex_attempt left = REGEX_ATTEMPT_MATCH;

		switch (instruction->op) {
		case OP_MATCH:
			return REGEX_ATTEMPT_MATCH;
		case OP_CHARACTER:
			if (!take(attempt, instruction->set, &way))
				return REGEX_ATTEMPT_NO_MATCH;
			way.instruction = instruction->next;
			break;
		case OP_COUNT:
			left = leave_repeat(attempt, &way);
			break;
		case OP_SPLIT:
			attempt->steps--;
			if (!keep(attempt, (struct way){ instruction->other, 0, way.position }))
				return REGEX_ATTEMPT_OPEN;
			way.instruction = instruction->next;
			break;
		case OP_ASSERTION:
			attempt->steps--;
			if (!regex_assertion_holds(attempt->program, attempt->text,
						   instruction->assertion, way.position))
				return REGEX_ATTEMPT_NO_MATCH;
			way.instruction = instruction->next;
			break;
		}
		if (left != REGEX_ATTEMPT_MATCH)
			return left;
	}
	return REGEX_ATTEMPT_OPEN;
}

enum regex_attempt regex_attempt(const struct regex_program *program, const struct regex_text *text,
				 size_t start, uint64_t *steps)
{
	size_t rest = text->length - start;
	struct attempt attempt;
	enum regex_attempt result;

	/* Not all of it is set to zero: this is done for every candidate. */
	attempt.program = program;
	attempt.text = text;
	attempt.limit = start + (rest < REGEX_SPAN_BYTES ? rest : REGEX_SPAN_BYTES);
	attempt.steps = *steps;
	attempt.kept_count = 0;
	result = follow(&attempt, (struct way){ program->entry, 0, start });
	while (result == REGEX_ATTEMPT_NO_MATCH && attempt.steps > 0 && attempt.kept_count > 0)
		result = follow(&attempt, attempt.kept[--attempt.kept_count]);
	*steps = attempt.steps;
	/* The last step may have been one too few. */
	return result == REGEX_ATTEMPT_NO_MATCH && attempt.steps == 0 ? REGEX_ATTEMPT_OPEN : result;
}
