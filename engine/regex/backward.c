#include "engine/base/bitmap.h"
#include "engine/regex/counter.h"

/*
 * All starts by one pass from the right: at each place, which instructions lead
 * from there to an end, and to which end at the nearest. A start counts where
 * the entry's nearest end is within the span, so nothing else needs to be known.
 *
 * What is live is kept in order of its end, nearest first. Walking back over a
 * character keeps that order, and whoever comes to an instruction first has
 * its nearest end: each is visited once for each byte, without comparing.
 */
struct pass {
	const struct regex_program *program;
	struct regex_scratch *scratch;
	const struct regex_text *text;
	size_t low, high;
	uint64_t *starts;
	size_t position;
	int character; /* before position */
	struct regex_live *next;
	size_t next_count, counts_count;
	struct error *err;
};

static void pass_count(struct pass *pass, uint32_t index, size_t end)
{
	struct regex_scratch *scratch = pass->scratch;
	const struct regex_instruction *count = &pass->program->instructions[index];
	struct regex_window *window = &scratch->windows[count->counter];

	if (!window->live)
		scratch->counts[pass->counts_count++] = (struct regex_live){ end, index };
	regex_window_push(count, window, scratch->entries, pass->position, end);
}

/* True: goes on at the same place. */
static bool pass_back(struct pass *pass, uint32_t index, size_t end)
{
	const struct regex_instruction *instruction = &pass->program->instructions[index];

	switch (instruction->op) {
	case OP_CHARACTER:
		if (regex_set_has(pass->program, instruction->set, pass->character))
			pass->next[pass->next_count++] = (struct regex_live){ end, index };
		return false;
	case OP_COUNT:
		if (regex_set_has(pass->program, instruction->set, pass->character))
			pass_count(pass, index, end);
		return false;
	case OP_SPLIT:
		return true;
	case OP_ASSERTION:
		return regex_assertion_holds(pass->program, pass->text, instruction->assertion,
					     pass->position);
	case OP_MATCH:
		break;
	}
	return false;
}

/* From @index at this place the nearest end is @end, unless a nearer one has been here. */
static void pass_visit(struct pass *pass, uint32_t index, size_t end)
{
	const struct regex_program *program = pass->program;
	struct regex_marks *marks = &pass->scratch->instructions;
	uint32_t *stack = pass->scratch->stack;
	size_t waiting = 0;

	if (!regex_marks_add(marks, index))
		return;
	stack[waiting++] = index;
	while (waiting > 0) {
		uint32_t at = stack[--waiting];

		if (at == program->entry && pass->position < pass->high)
			bitmap_set(pass->starts, pass->position - pass->low);
		for (uint32_t i = program->before_start[at]; i < program->before_start[at + 1];
		     i++) {
			uint32_t from = program->before[i];

			if (pass_back(pass, from, end) && regex_marks_add(marks, from))
				stack[waiting++] = from;
		}
	}
}

/* Shell's sort with Ciura's gaps: next to nothing for what is nearly in order, as it is from byte to byte. */
static void sort_by_end(struct regex_live *items, size_t count)
{
	static const size_t gaps[] = { 701, 301, 132, 57, 23, 10, 4, 1 };

	for (size_t g = 0; g < sizeof(gaps) / sizeof(*gaps); g++) {
		for (size_t i = gaps[g]; i < count; i++) {
			struct regex_live item = items[i];
			size_t at = i;

			for (; at >= gaps[g] && items[at - gaps[g]].end > item.end; at -= gaps[g])
				items[at] = items[at - gaps[g]];
			items[at] = item;
		}
	}
}

/* Moves every live window over @character to this place; those that then give an end come first. */
static size_t pass_move_windows(struct pass *pass, int character, size_t farthest)
{
	struct regex_scratch *scratch = pass->scratch;
	size_t kept = 0, giving = 0;

	for (size_t i = 0; i < pass->counts_count; i++) {
		uint32_t index = scratch->counts[i].instruction;
		const struct regex_instruction *count = &pass->program->instructions[index];
		struct regex_window *window = &scratch->windows[count->counter];
		struct regex_live live = { SIZE_MAX, index };

		if (!regex_set_has(pass->program, count->set, character)) {
			regex_window_reset(window);
			continue;
		}
		if (regex_window_move(count, window, scratch->entries, pass->program->stride,
				      pass->position, farthest, &live.end))
			giving++;
		if (window->live)
			scratch->counts[kept++] = live;
	}
	pass->counts_count = kept;
	sort_by_end(scratch->counts, kept);
	return giving;
}

static int character_before(const struct pass *pass, size_t position)
{
	uint32_t stride = pass->program->stride;

	return position < stride ? -1
				 : regex_character_at(pass->program, pass->text, position - stride);
}

/* Visits this place with what came over the character to its right, nearest ends first. */
static int pass_step(struct pass *pass, struct regex_live *from, struct regex_live *to)
{
	const struct regex_live *counts = pass->scratch->counts;
	size_t from_count = pass->next_count, giving, at = 0, counted = 0;
	size_t farthest = pass->position + REGEX_SPAN_BYTES;

	regex_marks_clear(&pass->scratch->instructions);
	giving = pass_move_windows(pass, pass->character, farthest);
	pass->character = character_before(pass, pass->position);
	pass->next = to;
	pass->next_count = 0;
	pass_visit(pass, REGEX_PROGRAM_MATCH, pass->position);
	while (counted < giving || (at < from_count && from[at].end <= farthest)) {
		const struct regex_live *nearest;

		if (counted < giving && (at == from_count || counts[counted].end < from[at].end))
			nearest = &counts[counted++];
		else
			nearest = &from[at++];
		pass_visit(pass, nearest->instruction, nearest->end);
	}
	return regex_scratch_step(pass->scratch, from_count + pass->next_count + counted + 1,
				  pass->err);
}

/*
 * Where nothing is live and an empty match is impossible, only places after a character that can be a match's last
 * matter. False: there is none.
 */
static bool pass_skip(struct pass *pass)
{
	const uint32_t stride = pass->program->stride;

	while (pass->position - pass->low >= stride) {
		int character = character_before(pass, pass->position);

		if (character >= 0 && bitmap_test(pass->program->last_bytes, (size_t)character))
			return true;
		pass->position -= stride;
	}
	return false;
}

static void pass_begin(struct pass *pass, size_t top)
{
	struct regex_scratch *scratch = pass->scratch;

	for (size_t i = 0; i < pass->program->counter_count; i++)
		regex_window_reset(&scratch->windows[i]);
	pass->next_count = pass->counts_count = 0;
	pass->position = top;
	pass->character = -1;
}

/* All places from @top down, one character at a time. */
static int pass_all(struct pass *pass, size_t top)
{
	const uint32_t stride = pass->program->stride;
	bool empty_possible = pass->program->shortest == 0;
	size_t list = 0;

	pass_begin(pass, top);
	for (;;) {
		int ret;

		if (!empty_possible && pass->next_count == 0 && pass->counts_count == 0 &&
		    !pass_skip(pass))
			return 0;
		ret = pass_step(pass, pass->scratch->live[list], pass->scratch->live[1 - list]);
		list = 1 - list;
		if (ret || pass->position - pass->low < stride)
			return ret;
		pass->position -= stride;
	}
}

static bool run_has(const struct pass *pass, size_t position)
{
	return regex_set_has(pass->program, pass->program->run_set,
			     regex_character_at(pass->program, pass->text, position));
}

/*
 * The whole pass for a program with a run_min: a match starts where that many characters of the set stand. Looked at
 * from its left, a window of that width shows the lowest character that is not in the set, and no start lies
 * between that one and a window further left: where the set is rare, one look moves on by nearly the width.
 */
static void pass_runs(struct pass *pass, size_t top)
{
	const size_t stride = pass->program->stride;
	const size_t width = (size_t)pass->program->run_min * stride;
	size_t end = top; /* of the window */
	size_t known = top; /* from there to the end all are in the set */

	while (end - pass->low >= width) {
		size_t first = end - width, at = first;

		while (at < known && run_has(pass, at))
			at += stride;
		if (at < known) {
			end = at;
		} else {
			if (first < pass->high)
				bitmap_set(pass->starts, first - pass->low);
			end -= stride;
		}
		known = first;
	}
}

int regex_all_starts(const struct regex_program *program, struct regex_scratch *scratch,
		     const struct regex_text *text, size_t low, size_t high, uint64_t *starts,
		     struct error *err)
{
	struct pass pass = {
		.program = program,
		.scratch = scratch,
		.text = text,
		.low = low,
		.high = high,
		.starts = starts,
		.err = err,
	};
	int ret = regex_scratch_backward(scratch, program, err);

	if (ret || low >= high)
		return ret;

	/* Of a run, what comes behind its minimum does not matter. */
	size_t reach =
		program->run_min ? (size_t)program->run_min * program->stride : program->longest;
	size_t rest = text->length - (high - 1);
	size_t top = high - 1 + (rest < reach ? rest : reach);

	/* Wide characters may stand at even or at odd places; the two never meet. */
	for (size_t side = 0; !ret && side < program->stride && top - low >= side; side++) {
		if (program->run_min)
			pass_runs(&pass, top - side);
		else
			ret = pass_all(&pass, top - side);
	}
	return ret;
}
