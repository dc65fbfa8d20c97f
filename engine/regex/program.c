#include "engine/regex/program.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/array.h"
#include "engine/base/bitmap.h"
#include "engine/regex/links.h"
#include "engine/regex/shape.h"

#define NO_INSTRUCTION UINT32_MAX

/* The tree made plain; one node takes about a hundred bytes. */
#define MOST_SHAPE_BYTES ((size_t)64 << 20)
/* Below that many, copies of the character are faster than a count. */
#define FEWEST_COUNTED 5u

struct emitter {
	struct regex_program *program;
	struct error *err;
};

static int emit(struct emitter *emitter, const struct regex_shape *shape, uint32_t next,
		uint32_t *entry);

static int too_large(struct emitter *emitter)
{
	return error_set(emitter->err, ERROR_LIMIT, 0, "the regular expression is too large");
}

static int new_instruction(struct emitter *emitter, enum regex_op op, uint32_t states,
			   uint32_t *index)
{
	struct regex_program *program = emitter->program;

	if (program->instruction_count >= REGEX_INSTRUCTIONS_LIMIT ||
	    states > REGEX_STATES_LIMIT - program->state_count)
		return too_large(emitter);

	struct regex_instruction *grown =
		array_grow(program->instructions, &program->instruction_capacity,
			   program->instruction_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(emitter->err, "a regular expression");
	program->instructions = grown;
	*index = (uint32_t)program->instruction_count++;
	program->instructions[*index] = (struct regex_instruction){
		.op = op,
		.next = NO_INSTRUCTION,
		.other = NO_INSTRUCTION,
		.state = program->state_count,
	};
	program->state_count += states;
	return 0;
}

/* Repeats bring the same set again and again: looking at the last few finds most. */
static int add_set(struct emitter *emitter, const uint64_t *set, uint32_t *index)
{
	enum { LOOK_BACK = 16, BYTES = REGEX_SET_WORDS * sizeof(*set) };
	struct regex_program *program = emitter->program;

	for (size_t back = 1; back <= LOOK_BACK && back <= program->set_count; back++) {
		size_t at = program->set_count - back;

		if (memcmp(&program->sets[at * REGEX_SET_WORDS], set, BYTES) == 0) {
			*index = (uint32_t)at;
			return 0;
		}
	}

	uint64_t *grown =
		array_grow(program->sets, &program->set_capacity, program->set_count + 1, BYTES);

	if (!grown)
		return error_no_memory(emitter->err, "a regular expression");
	program->sets = grown;
	memcpy(&program->sets[program->set_count * REGEX_SET_WORDS], set, BYTES);
	*index = (uint32_t)program->set_count++;
	return 0;
}

static int emit_character(struct emitter *emitter, const uint64_t *set, uint32_t next,
			  uint32_t *entry)
{
	uint32_t set_index;
	int ret = add_set(emitter, set, &set_index);

	if (!ret)
		ret = new_instruction(emitter, OP_CHARACTER, 1, entry);
	if (ret)
		return ret;
	emitter->program->instructions[*entry].set = set_index;
	emitter->program->instructions[*entry].next = next;
	return 0;
}

static int emit_split(struct emitter *emitter, uint32_t preferred, uint32_t other, bool greedy,
		      uint32_t *entry)
{
	int ret = new_instruction(emitter, OP_SPLIT, 1, entry);

	if (ret)
		return ret;
	emitter->program->instructions[*entry].next = greedy ? preferred : other;
	emitter->program->instructions[*entry].other = greedy ? other : preferred;
	return 0;
}

static int emit_assertion(struct emitter *emitter, const struct regex_shape *shape, uint32_t next,
			  uint32_t *entry)
{
	int ret = new_instruction(emitter, OP_ASSERTION, 1, entry);

	if (ret)
		return ret;
	emitter->program->instructions[*entry].assertion = shape->assertion;
	emitter->program->instructions[*entry].next = next;
	return 0;
}

static int emit_sequence(struct emitter *emitter, const struct regex_shape *shape, uint32_t next,
			 uint32_t *entry)
{
	int ret = 0;

	for (size_t i = shape->child_count; i > 0 && !ret; i--)
		ret = emit(emitter, shape->children[i - 1], next, &next);
	*entry = next;
	return ret;
}

static int emit_alternation(struct emitter *emitter, const struct regex_shape *shape, uint32_t next,
			    uint32_t *entry)
{
	size_t last = shape->child_count - 1;
	uint32_t rest, child;
	int ret = emit(emitter, shape->children[last], next, &rest);

	for (size_t i = last; i > 0 && !ret; i--) {
		ret = emit(emitter, shape->children[i - 1], next, &child);
		if (!ret)
			ret = emit_split(emitter, child, rest, true, &rest);
	}
	*entry = rest;
	return ret;
}

static int emit_copies(struct emitter *emitter, const struct regex_shape *child, uint32_t copies,
		       uint32_t next, uint32_t *entry)
{
	int ret = 0;

	for (uint32_t i = 0; i < copies && !ret; i++)
		ret = emit(emitter, child, next, &next);
	*entry = next;
	return ret;
}

/* Any number of times, but at least @min: the loop, entered at its body where there is a minimum. */
static int emit_loop(struct emitter *emitter, const struct regex_shape *shape, uint32_t next,
		     uint32_t *entry)
{
	const struct regex_shape *child = shape->children[0];
	uint32_t split, body;
	int ret = emit_split(emitter, NO_INSTRUCTION, next, shape->greedy, &split);

	if (!ret)
		ret = emit(emitter, child, split, &body);
	if (ret)
		return ret;

	struct regex_instruction *again = &emitter->program->instructions[split];

	*(shape->greedy ? &again->next : &again->other) = body;
	if (shape->min == 0) {
		*entry = split;
		return 0;
	}
	return emit_copies(emitter, child, shape->min - 1, body, entry);
}

/* E{2,4} is EE(E(E)?)? */
static int emit_bounded(struct emitter *emitter, const struct regex_shape *shape, uint32_t next,
			uint32_t *entry)
{
	const struct regex_shape *child = shape->children[0];
	uint32_t rest = next, body;
	int ret = 0;

	for (uint32_t i = shape->min; i < shape->max && !ret; i++) {
		ret = emit(emitter, child, rest, &body);
		if (!ret)
			ret = emit_split(emitter, body, next, shape->greedy, &rest);
	}
	return ret ? ret : emit_copies(emitter, child, shape->min, rest, entry);
}

/* A count starts at one: a minimum of none is a way around it. */
static int emit_counted(struct emitter *emitter, const struct regex_shape *shape, uint32_t next,
			uint32_t *entry)
{
	struct regex_program *program = emitter->program;
	uint32_t min = shape->min ? shape->min : 1;
	uint32_t set_index, count;
	int ret = add_set(emitter, shape->children[0]->set, &set_index);

	if (!ret)
		ret = new_instruction(emitter, OP_COUNT,
				      shape->max == REGEX_NO_LIMIT ? min + 1 : shape->max, &count);
	if (ret)
		return ret;

	struct regex_instruction *instruction = &program->instructions[count];

	instruction->set = set_index;
	instruction->next = next;
	instruction->min = min;
	instruction->max = shape->max;
	instruction->greedy = shape->greedy;
	instruction->counter = program->counter_count++;
	instruction->window = program->window_entries;
	program->window_entries +=
		regex_window_pending(instruction) + regex_window_eligible(instruction);
	if (shape->min > 0) {
		*entry = count;
		return 0;
	}
	return emit_split(emitter, count, next, shape->greedy, entry);
}

static int emit_repeat(struct emitter *emitter, const struct regex_shape *shape, uint32_t next,
		       uint32_t *entry)
{
	uint32_t counted = shape->max == REGEX_NO_LIMIT ? shape->min : shape->max;

	if (shape->children[0]->kind == SHAPE_CHARACTER && counted >= FEWEST_COUNTED)
		return emit_counted(emitter, shape, next, entry);
	return shape->max == REGEX_NO_LIMIT ? emit_loop(emitter, shape, next, entry)
					    : emit_bounded(emitter, shape, next, entry);
}

/* Emits @shape so that it goes on to @next; @entry is where it begins. */
static int emit(struct emitter *emitter, const struct regex_shape *shape, uint32_t next,
		uint32_t *entry)
{
	static const uint64_t nothing[REGEX_SET_WORDS];

	switch (shape->kind) {
	case SHAPE_EMPTY:
		*entry = next;
		return 0;
	case SHAPE_NEVER:
		return emit_character(emitter, nothing, next, entry);
	case SHAPE_CHARACTER:
		return emit_character(emitter, shape->set, next, entry);
	case SHAPE_SEQUENCE:
		return emit_sequence(emitter, shape, next, entry);
	case SHAPE_ALTERNATION:
		return emit_alternation(emitter, shape, next, entry);
	case SHAPE_REPEAT:
		return emit_repeat(emitter, shape, next, entry);
	case SHAPE_ASSERTION:
		return emit_assertion(emitter, shape, next, entry);
	}
	return error_set(emitter->err, ERROR_USAGE, 0, "a shape has no kind %d", (int)shape->kind);
}

/* What may always be empty at the end says nothing about where a match starts. */
static const struct regex_shape *without_tail(const struct regex_shape *shape)
{
	size_t count = shape->child_count;

	if (shape->kind != SHAPE_SEQUENCE)
		return shape;
	while (count > 1 && shape->children[count - 1]->always_empty)
		count--;
	return count == 1 ? shape->children[0] : shape;
}

static int find_run(struct emitter *emitter, const struct regex_shape *shape)
{
	const struct regex_shape *head = without_tail(shape);
	const struct regex_shape *character = head->kind == SHAPE_REPEAT ? head->children[0] : head;

	if (character->kind != SHAPE_CHARACTER)
		return 0;
	emitter->program->run_min = head->kind == SHAPE_REPEAT ? head->min : 1;
	if (head->kind == SHAPE_REPEAT && head->min > 0 && head->greedy)
		emitter->program->run_max = head->max;
	emitter->program->run_alone = head == shape;
	return add_set(emitter, character->set, &emitter->program->run_set);
}

static size_t span_of(const struct regex_program *program, uint64_t characters)
{
	uint64_t bytes = characters * program->stride;

	return bytes < REGEX_SPAN_BYTES ? (size_t)bytes : REGEX_SPAN_BYTES;
}

static int build(struct regex_program *program, const struct regex_shape *shape, struct error *err)
{
	struct emitter emitter = { program, err };
	uint32_t match;
	int ret = new_instruction(&emitter, OP_MATCH, 1, &match);

	if (!ret)
		ret = emit(&emitter, shape, match, &program->entry);
	if (!ret)
		ret = find_run(&emitter, shape);
	if (!ret)
		ret = regex_program_link(program, err);
	program->shortest = span_of(program, shape->shortest);
	program->longest = span_of(program, shape->longest);
	program->fixed_length = shape->shortest == shape->longest;
	return ret;
}

int regex_program_new(struct regex_program **out, const struct regex_node *tree, uint32_t flags,
		      struct error *err)
{
	struct regex_program *program = calloc(1, sizeof(*program));
	struct arena *arena = arena_new(MOST_SHAPE_BYTES);
	const struct regex_shape *shape;
	int ret;

	if (!program || !arena) {
		ret = error_no_memory(err, "a regular expression");
		goto out;
	}
	program->stride = flags & REGEX_WIDE ? 2 : 1;
	ret = regex_shape_make(&shape, arena, tree, flags, err);
	if (!ret)
		ret = build(program, shape, err);
	if (!ret) {
		*out = program;
		program = NULL;
	}
out:
	regex_program_free(program);
	arena_free(arena);
	return ret;
}

void regex_program_free(struct regex_program *program)
{
	if (!program)
		return;
	free(program->instructions);
	free(program->sets);
	free(program->before);
	free(program->before_start);
	free(program);
}

bool regex_program_is_wide(const struct regex_program *program)
{
	return program->stride == 2;
}

size_t regex_program_shortest(const struct regex_program *program)
{
	return program->shortest;
}

size_t regex_program_longest(const struct regex_program *program)
{
	return program->longest;
}

bool regex_program_fixed_length(const struct regex_program *program)
{
	return program->fixed_length;
}

size_t regex_program_run(const struct regex_program *program)
{
	return program->run_min;
}
