#include "engine/regex/links.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void count_edge(struct regex_program *program, uint32_t to)
{
	program->before_start[to + 1]++;
}

/* before_start[to] moves along as the list is filled, and is put back at the end. */
static void fill_edge(struct regex_program *program, uint32_t from, uint32_t to)
{
	program->before[program->before_start[to]++] = from;
}

static int link_backward(struct regex_program *program, struct error *err)
{
	size_t count = program->instruction_count;

	program->before_start = calloc(count + 1, sizeof(*program->before_start));
	program->before = calloc(2 * count, sizeof(*program->before));
	if (!program->before_start || !program->before)
		return error_no_memory(err, "a regular expression");

	for (size_t i = 1; i < count; i++) {
		count_edge(program, program->instructions[i].next);
		if (program->instructions[i].op == OP_SPLIT)
			count_edge(program, program->instructions[i].other);
	}
	for (size_t i = 0; i < count; i++)
		program->before_start[i + 1] += program->before_start[i];
	for (size_t i = 1; i < count; i++) {
		fill_edge(program, (uint32_t)i, program->instructions[i].next);
		if (program->instructions[i].op == OP_SPLIT)
			fill_edge(program, (uint32_t)i, program->instructions[i].other);
	}
	memmove(program->before_start + 1, program->before_start,
		count * sizeof(*program->before_start));
	program->before_start[0] = 0;
	return 0;
}

/* A superset: every set of which the end can be reached without another character. */
static int find_last_bytes(struct regex_program *program, struct error *err)
{
	size_t count = program->instruction_count, waiting = 0;
	uint32_t *stack = calloc(count, sizeof(*stack));
	bool *seen = calloc(count, sizeof(*seen));

	if (!stack || !seen) {
		free(stack);
		free(seen);
		return error_no_memory(err, "a regular expression");
	}
	stack[waiting++] = REGEX_PROGRAM_MATCH;
	seen[REGEX_PROGRAM_MATCH] = true;
	while (waiting > 0) {
		uint32_t to = stack[--waiting];

		for (uint32_t i = program->before_start[to]; i < program->before_start[to + 1];
		     i++) {
			uint32_t from = program->before[i];
			const struct regex_instruction *instruction = &program->instructions[from];

			if (instruction->op == OP_CHARACTER || instruction->op == OP_COUNT) {
				for (size_t word = 0; word < REGEX_SET_WORDS; word++)
					program->last_bytes[word] |=
						program->sets[instruction->set * REGEX_SET_WORDS +
							      word];
			} else if (!seen[from]) {
				seen[from] = true;
				stack[waiting++] = from;
			}
		}
	}
	free(stack);
	free(seen);
	return 0;
}

int regex_program_link(struct regex_program *program, struct error *err)
{
	int ret = link_backward(program, err);

	return ret ? ret : find_last_bytes(program, err);
}
