#include <stdlib.h>

#include "engine/regex/links.h"

/*
 * A program as bytes, little-endian:
 *
 *	u32 instructions   u32 sets   u32 entry   u8 stride   u8 flags
 *	u32 shortest   u32 longest   u32 run_min   u32 run_set   u32 run_max
 *	instructions but the first, each: u8 op, then
 *		CHARACTER: u32 next, u32 set
 *		COUNT: u32 next, u32 set, u32 min, u32 max, u8 greedy
 *		SPLIT: u32 next, u32 other
 *		ASSERTION: u32 next, u8 which
 *	sets, each: u8 how many bytes are in it, then these in order; or u8 255, four u64
 *
 * Numbers of states, counters and windows follow from the order of the instructions, and are not in it.
 */
enum saved_flag { SAVED_FIXED_LENGTH = 1 << 0, SAVED_RUN_ALONE = 1 << 1, SAVED_FLAGS = 3 };

#define SMALLEST_INSTRUCTION 6u
/* A set of few bytes is saved as a list of them, any other as all its words. */
#define LISTED_BYTES 31u
#define NOT_LISTED UINT8_MAX

static void save_instruction(const struct regex_instruction *instruction, struct byte_writer *out)
{
	byte_writer_add_u8(out, (uint8_t)instruction->op);
	byte_writer_add_u32(out, instruction->next);
	switch (instruction->op) {
	case OP_CHARACTER:
		byte_writer_add_u32(out, instruction->set);
		break;
	case OP_COUNT:
		byte_writer_add_u32(out, instruction->set);
		byte_writer_add_u32(out, instruction->min);
		byte_writer_add_u32(out, instruction->max);
		byte_writer_add_u8(out, instruction->greedy);
		break;
	case OP_SPLIT:
		byte_writer_add_u32(out, instruction->other);
		break;
	case OP_ASSERTION:
		byte_writer_add_u8(out, (uint8_t)instruction->assertion);
		break;
	case OP_MATCH:
		break;
	}
}

static void save_set(const uint64_t *set, struct byte_writer *out)
{
	unsigned int count = 0;

	for (size_t i = 0; i < REGEX_SET_WORDS; i++)
		count += (unsigned int)__builtin_popcountll(set[i]);
	byte_writer_add_u8(out, count <= LISTED_BYTES ? (uint8_t)count : NOT_LISTED);
	for (size_t i = 0; i < REGEX_SET_WORDS && count > LISTED_BYTES; i++)
		byte_writer_add_u64(out, set[i]);
	for (unsigned int byte = 0; byte < 256 && count <= LISTED_BYTES; byte++)
		if (set[byte / 64] >> (byte % 64) & 1)
			byte_writer_add_u8(out, (uint8_t)byte);
}

int regex_program_save(const struct regex_program *program, struct byte_writer *out,
		       struct error *err)
{
	unsigned int flags = (program->fixed_length ? SAVED_FIXED_LENGTH : 0u) |
			     (program->run_alone ? SAVED_RUN_ALONE : 0u);

	byte_writer_add_u32(out, (uint32_t)program->instruction_count);
	byte_writer_add_u32(out, (uint32_t)program->set_count);
	byte_writer_add_u32(out, program->entry);
	byte_writer_add_u8(out, (uint8_t)program->stride);
	byte_writer_add_u8(out, (uint8_t)flags);
	byte_writer_add_u32(out, (uint32_t)program->shortest);
	byte_writer_add_u32(out, (uint32_t)program->longest);
	byte_writer_add_u32(out, program->run_min);
	byte_writer_add_u32(out, program->run_set);
	byte_writer_add_u32(out, program->run_max);
	for (size_t i = 1; i < program->instruction_count; i++)
		save_instruction(&program->instructions[i], out);
	for (size_t i = 0; i < program->set_count; i++)
		save_set(&program->sets[i * REGEX_SET_WORDS], out);
	return out->failed ? error_no_memory(err, "a regular expression as bytes") : 0;
}

static int damaged(struct error *err, const char *what)
{
	return error_set(err, ERROR_FORMAT, 0, "a regular expression %s", what);
}

static bool take_sizes(struct regex_program *program, struct bytes_reader *in)
{
	uint32_t instructions, sets, shortest, longest;
	uint8_t stride, flags;

	if (!bytes_take_u32(in, &instructions) || !bytes_take_u32(in, &sets) ||
	    !bytes_take_u32(in, &program->entry) || !bytes_take_u8(in, &stride) ||
	    !bytes_take_u8(in, &flags) || !bytes_take_u32(in, &shortest) ||
	    !bytes_take_u32(in, &longest) || !bytes_take_u32(in, &program->run_min) ||
	    !bytes_take_u32(in, &program->run_set) || !bytes_take_u32(in, &program->run_max))
		return false;
	program->instruction_count = instructions;
	program->set_count = sets;
	program->stride = stride;
	program->fixed_length = flags & SAVED_FIXED_LENGTH;
	program->run_alone = flags & SAVED_RUN_ALONE;
	program->shortest = shortest;
	program->longest = longest;
	return flags <= SAVED_FLAGS;
}

static bool sizes_fit(const struct regex_program *program, const struct bytes_reader *in)
{
	const size_t left = in->rest.length;

	return program->instruction_count > 0 &&
	       program->instruction_count <= REGEX_INSTRUCTIONS_LIMIT &&
	       program->instruction_count - 1 <= left / SMALLEST_INSTRUCTION &&
	       program->set_count <= program->instruction_count &&
	       program->entry < program->instruction_count &&
	       (program->stride == 1 || program->stride == 2) &&
	       program->shortest <= program->longest && program->longest <= REGEX_SPAN_BYTES;
}

static bool take_bool(struct bytes_reader *in, bool *out)
{
	uint8_t byte;

	if (!bytes_take_u8(in, &byte) || byte > 1)
		return false;
	*out = byte;
	return true;
}

static bool take_assertion(struct bytes_reader *in, enum regex_kind *out)
{
	uint8_t byte;

	if (!bytes_take_u8(in, &byte) || byte < REGEX_START || byte > REGEX_NOT_WORD_EDGE)
		return false;
	*out = (enum regex_kind)byte;
	return true;
}

static bool take_operands(struct regex_instruction *out, struct bytes_reader *in)
{
	switch (out->op) {
	case OP_CHARACTER:
		return bytes_take_u32(in, &out->set);
	case OP_COUNT:
		return bytes_take_u32(in, &out->set) && bytes_take_u32(in, &out->min) &&
		       bytes_take_u32(in, &out->max) && take_bool(in, &out->greedy) &&
		       out->min >= 1 && out->min <= out->max;
	case OP_SPLIT:
		return bytes_take_u32(in, &out->other);
	case OP_ASSERTION:
		return take_assertion(in, &out->assertion);
	case OP_MATCH:
		break;
	}
	return false;
}

static bool take_instruction(struct regex_instruction *out, const struct regex_program *program,
			     struct bytes_reader *in)
{
	uint8_t op;

	if (!bytes_take_u8(in, &op) || op > OP_ASSERTION || !bytes_take_u32(in, &out->next))
		return false;
	out->op = (enum regex_op)op;
	return take_operands(out, in) && out->next < program->instruction_count &&
	       out->other < program->instruction_count &&
	       (program->set_count ? out->set < program->set_count
				   : op == OP_SPLIT || op == OP_ASSERTION);
}

/* As it was numbered when the program was made. False: too many states for a thread's work space. */
static bool number_states(struct regex_program *program)
{
	for (size_t i = 0; i < program->instruction_count; i++) {
		struct regex_instruction *at = &program->instructions[i];
		uint64_t states = at->op == OP_COUNT ? regex_count_states(at) : 1;

		if (states > REGEX_STATES_LIMIT - program->state_count)
			return false;
		at->state = program->state_count;
		program->state_count += (uint32_t)states;
		if (at->op != OP_COUNT)
			continue;
		at->counter = program->counter_count++;
		at->window = program->window_entries;
		program->window_entries += regex_window_pending(at) + regex_window_eligible(at);
	}
	return true;
}

static int take_instructions(struct regex_program *program, struct bytes_reader *in,
			     struct error *err)
{
	program->instructions = calloc(program->instruction_count, sizeof(*program->instructions));
	if (!program->instructions)
		return error_no_memory(err, "a regular expression");
	program->instruction_capacity = program->instruction_count;
	for (size_t i = 1; i < program->instruction_count; i++)
		if (!take_instruction(&program->instructions[i], program, in))
			return damaged(err, "has a step that is none");
	return number_states(program) ? 0 : damaged(err, "has too many states");
}

static bool take_listed(uint64_t *set, size_t count, struct bytes_reader *in)
{
	uint8_t byte;
	int last = -1;

	for (size_t i = 0; i < count; i++) {
		if (!bytes_take_u8(in, &byte) || byte <= last)
			return false;
		set[byte / 64] |= UINT64_C(1) << (byte % 64);
		last = byte;
	}
	return true;
}

/* @set: zeros. */
static bool take_set(uint64_t *set, struct bytes_reader *in)
{
	uint8_t count;

	if (!bytes_take_u8(in, &count))
		return false;
	if (count <= LISTED_BYTES)
		return take_listed(set, count, in);
	for (size_t i = 0; i < REGEX_SET_WORDS && count == NOT_LISTED; i++)
		if (!bytes_take_u64(in, &set[i]))
			return false;
	return count == NOT_LISTED;
}

static int take_sets(struct regex_program *program, struct bytes_reader *in, struct error *err)
{
	const size_t words = program->set_count * REGEX_SET_WORDS;

	program->sets = calloc(words + 1, sizeof(*program->sets));
	if (!program->sets)
		return error_no_memory(err, "a regular expression");
	program->set_capacity = program->set_count;
	for (size_t i = 0; i < program->set_count; i++)
		if (!take_set(&program->sets[i * REGEX_SET_WORDS], in))
			return damaged(err, "has a set that is none");
	return 0;
}

static uint32_t least_consumed(const struct regex_instruction *instruction)
{
	switch (instruction->op) {
	case OP_CHARACTER:
		return 1;
	case OP_COUNT:
		return instruction->min;
	default:
		return 0;
	}
}

/*
 * For each instruction how many characters lie at least between it and the match. Programs lead to lower numbers,
 * but for the round of a loop, which is never the shortest way: one pass finds the numbers, and a second one sees
 * that no way at all is shorter.
 */
static bool measure(const struct regex_program *program, uint64_t *least)
{
	least[REGEX_PROGRAM_MATCH] = 0;
	for (size_t i = 1; i < program->instruction_count; i++) {
		const struct regex_instruction *at = &program->instructions[i];

		least[i] = UINT64_MAX / 4; /* no way */
		if (at->next < i)
			least[i] = least[at->next] + least_consumed(at);
		if (at->op == OP_SPLIT && at->other < i && least[at->other] < least[i])
			least[i] = least[at->other];
	}
	for (size_t i = 1; i < program->instruction_count; i++) {
		const struct regex_instruction *at = &program->instructions[i];

		if (least[i] > least[at->next] + least_consumed(at) ||
		    (at->op == OP_SPLIT && least[i] > least[at->other]))
			return false;
	}
	return true;
}

static bool same_set(const struct regex_program *program, uint32_t left, uint32_t right)
{
	for (size_t i = 0; i < REGEX_SET_WORDS; i++)
		if (program->sets[left * REGEX_SET_WORDS + i] !=
		    program->sets[right * REGEX_SET_WORDS + i])
			return false;
	return true;
}

/* Whoever finds starts by the run goes on behind it without another look. */
static bool run_fits(const struct regex_program *program)
{
	const struct regex_instruction *entry = &program->instructions[program->entry];

	if (program->run_min == 0)
		return program->run_max == 0;
	if (program->run_set >= program->set_count || program->run_min > REGEX_STATES_LIMIT ||
	    (program->run_max && program->run_max < program->run_min))
		return false;
	if (program->fixed_length && program->longest > (size_t)program->run_min * program->stride)
		return false;
	return entry->op != OP_COUNT ||
	       (entry->min == program->run_min && same_set(program, entry->set, program->run_set));
}

static int check_lengths(const struct regex_program *program, struct error *err)
{
	uint64_t *least = calloc(program->instruction_count, sizeof(*least));
	bool fits;

	if (!least)
		return error_no_memory(err, "a regular expression");
	fits = measure(program, least) &&
	       program->shortest <= least[program->entry] * program->stride &&
	       (!program->fixed_length || program->longest == program->shortest) &&
	       run_fits(program);
	free(least);
	return fits ? 0 : damaged(err, "has lengths that are not its own");
}

static int load(struct regex_program *program, struct bytes_reader *in, struct error *err)
{
	int ret;

	if (!take_sizes(program, in))
		return damaged(err, "ends too early");
	if (!sizes_fit(program, in))
		return damaged(err, "has sizes that do not fit");
	ret = take_instructions(program, in, err);
	if (!ret)
		ret = take_sets(program, in, err);
	if (!ret)
		ret = check_lengths(program, err);
	if (!ret)
		ret = regex_program_link(program, err);
	return ret;
}

int regex_program_load(struct regex_program **out, struct bytes_reader *in, struct error *err)
{
	struct regex_program *program = calloc(1, sizeof(*program));
	int ret = program ? load(program, in, err) : error_no_memory(err, "a regular expression");

	if (ret) {
		regex_program_free(program);
		return ret;
	}
	*out = program;
	return 0;
}
