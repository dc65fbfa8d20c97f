#include <string.h>

#include "engine/base/bitmap.h"
#include "engine/regex/walk.h"

/*
 * The lengths of many matches in one sweep from the left. Each start begins a
 * walk; walks whose ways have become the same at the same place will find the
 * same ends from there on, so they go on as one group:
 *
 *	/a+b?/   starts 0, 1, 2 of "aaaa": from place 3 on all three are one group
 *
 * A group keeps the last end it came to. When groups join, the one that goes
 * into the other keeps the ends found so far for itself and takes over those
 * that are found later: a forest of members, flattened as it is looked at.
 * A start is done 8,192 bytes behind it: what its group finds later is not its.
 */
#define NO_MEMBER UINT32_MAX
#define NO_END 0u
#define ALONE UINT32_MAX /* no room for the group: its members are measured one by one */

struct sweep {
	struct regex_walk walk;
	struct regex_crowd *crowd;
	size_t low, count;
	const uint64_t *starts;
	uint32_t *lengths;
	struct error *err;
	size_t begin, done; /* the next start to begin and to end, as indexes */
	size_t begin_at; /* where the walk of the next start begins */
	size_t looked; /* how far its run was looked at */
	size_t list; /* which of the two lists is current */
};

/* Ends are kept relative to the lowest start; 0 is none. */
static uint32_t mark_of(const struct sweep *sweep, size_t position)
{
	return (uint32_t)(position - sweep->low) + 1;
}

/* The next start at @from or behind it, on the same side (wide: every other byte); count: none. */
static size_t next_start(const struct sweep *sweep, size_t from)
{
	size_t stride = sweep->walk.program->stride;

	while (from < sweep->count && !bitmap_test(sweep->starts, from)) {
		if (stride == 1 && sweep->starts[from / 64] >> from % 64 == 0)
			from = (from / 64 + 1) * 64;
		else
			from += stride;
	}
	return from < sweep->count ? from : sweep->count;
}

/* What the member will have is its own end, unless the group that it went into found one since. */
static void shorten_way(struct regex_member *members, struct regex_member *member)
{
	const struct regex_member *into = &members[member->into];

	if (into->end > member->joined)
		member->end = into->end;
	member->joined = into->joined;
	member->into = into->into;
}

static uint32_t end_of(struct regex_member *members, uint32_t index)
{
	struct regex_member *member = &members[index];

	if (member->into == NO_MEMBER)
		return member->end;
	for (struct regex_member *at = member; members[at->into].into != NO_MEMBER;) {
		shorten_way(members, at);
		at = &members[at->into];
		if (at->into == NO_MEMBER)
			break;
	}
	while (members[member->into].into != NO_MEMBER)
		shorten_way(members, member);
	return members[member->into].end > member->joined ? members[member->into].end : member->end;
}

static int finish_start(struct sweep *sweep, size_t index)
{
	uint32_t end = end_of(sweep->crowd->members, (uint32_t)index);
	size_t start = sweep->low + index, length = 0;
	bool matched = end != NO_END;
	int ret = 0;

	if (end == ALONE)
		ret = regex_match_at(sweep->walk.program, sweep->walk.scratch, sweep->walk.text,
				     start, &matched, &length, sweep->err);
	else if (matched)
		length = end - 1 - index;
	sweep->lengths[index] = matched ? (uint32_t)length : REGEX_NO_MATCH;
	return ret;
}

/* Those of which no end can be found at @position's right. */
static int finish_starts(struct sweep *sweep, size_t position)
{
	int ret = 0;

	while (!ret && sweep->done < sweep->begin &&
	       sweep->low + sweep->done + REGEX_SPAN_BYTES <= position) {
		ret = finish_start(sweep, sweep->done);
		sweep->done = next_start(sweep, sweep->done + sweep->walk.program->stride);
	}
	return ret;
}

static struct regex_groups *groups_now(const struct sweep *sweep)
{
	return &sweep->crowd->groups[sweep->list];
}

/* Of the run at @start, as far as it counts. @looked: up to there the characters behind the last start are known. */
static size_t run_end(const struct sweep *sweep, size_t start, size_t *looked)
{
	const struct regex_program *program = sweep->walk.program;
	const struct regex_text *text = sweep->walk.text;
	const size_t stride = program->stride;
	const size_t most = program->run_max < REGEX_SPAN_BYTES / stride ? program->run_max * stride
									 : REGEX_SPAN_BYTES;
	size_t end = *looked > start ? *looked : start;

	while (end - start < most &&
	       regex_set_has(program, program->run_set, regex_character_at(program, text, end)))
		end += stride;
	*looked = end;
	return end;
}

/*
 * A match that begins with a count need not be walked from its start: what must come is there. A greedy run before
 * what may be empty goes as far as it can, so that only what follows is open.
 */
static bool begins_with_count(const struct regex_program *program)
{
	return program->instructions[program->entry].op == OP_COUNT;
}

static void choose_begin(struct sweep *sweep, size_t from)
{
	const struct regex_program *program = sweep->walk.program;
	size_t start;

	sweep->begin = next_start(sweep, from);
	start = sweep->low + sweep->begin;
	if (sweep->begin == sweep->count || !begins_with_count(program))
		sweep->begin_at = start;
	else if (program->run_max)
		sweep->begin_at = run_end(sweep, start, &sweep->looked);
	else
		sweep->begin_at =
			start + (size_t)program->instructions[program->entry].min * program->stride;
}

static void begin_walk(struct sweep *sweep)
{
	const struct regex_program *program = sweep->walk.program;

	if (!begins_with_count(program))
		regex_walk_add(&sweep->walk, program->entry);
	else if (program->run_max)
		regex_walk_add(&sweep->walk, program->instructions[program->entry].next);
	else
		regex_walk_add_counted(&sweep->walk, program->entry);
}

static uint64_t hash_of(const struct regex_thread_list *list)
{
	uint64_t hash = list->count;

	for (size_t i = 0; i < list->count; i++) {
		hash ^= (uint64_t)list->threads[i].instruction << 32 | list->threads[i].count;
		hash *= 0x9e3779b97f4a7c15u; /* of the golden ratio: mixes well */
		hash ^= hash >> 29;
	}
	return hash;
}

/* The group of this round with the same ways, or the place for one. */
static uint32_t *find_same(struct regex_crowd *crowd, const struct regex_groups *groups,
			   const struct regex_thread_list *list)
{
	size_t at = hash_of(list) % REGEX_CROWD_TABLE;

	for (;; at = (at + 1) % REGEX_CROWD_TABLE) {
		const struct regex_group *group;

		if (!regex_marks_add(&crowd->table_marks, at)) {
			group = &groups->groups[crowd->table[at]];
			if (group->list.count != list->count ||
			    memcmp(group->list.threads, list->threads,
				   list->count * sizeof(*list->threads)) != 0)
				continue;
		} else {
			crowd->table[at] = NO_MEMBER;
		}
		return &crowd->table[at];
	}
}

/* The list that was just filled, as a group of @groups: of @member, and with all starts up to @newest. */
static void add_group(struct sweep *sweep, struct regex_groups *groups, uint32_t member,
		      size_t newest)
{
	struct regex_crowd *crowd = sweep->crowd;
	const struct regex_thread_list list = *sweep->walk.next;
	uint32_t *same;

	if (list.count == 0)
		return;
	same = find_same(crowd, groups, &list);
	if (*same == NO_MEMBER) {
		*same = (uint32_t)groups->count;
		groups->groups[groups->count++] = (struct regex_group){ list, newest, member };
		groups->used += list.count;
		return;
	}

	struct regex_group *into = &groups->groups[*same];

	crowd->members[member].into = into->member;
	crowd->members[member].joined = mark_of(sweep, sweep->walk.position);
	if (newest > into->newest)
		into->newest = newest;
}

static bool has_room(const struct regex_groups *groups)
{
	return groups->count < REGEX_CROWD_GROUPS && groups->used < REGEX_CROWD_THREADS;
}

static void begin_list(struct sweep *sweep, const struct regex_groups *groups,
		       struct regex_thread_list *list)
{
	*list = (struct regex_thread_list){ .threads = groups->threads + groups->used };
	sweep->walk.matched = false;
	regex_walk_begin(&sweep->walk, list);
}

static void keep_end(struct sweep *sweep, uint32_t member)
{
	if (sweep->walk.matched)
		sweep->crowd->members[member].end = mark_of(sweep, sweep->walk.position);
}

static void begin_start(struct sweep *sweep)
{
	struct regex_groups *groups = groups_now(sweep);
	uint32_t member = (uint32_t)sweep->begin;
	struct regex_thread_list list;

	sweep->crowd->members[member] = (struct regex_member){ NO_MEMBER, 0, NO_END };
	choose_begin(sweep, sweep->begin + sweep->walk.program->stride);
	if (!has_room(groups)) {
		sweep->crowd->members[member].end = ALONE;
		return;
	}
	begin_list(sweep, groups, &list);
	begin_walk(sweep);
	keep_end(sweep, member);
	add_group(sweep, groups, member, sweep->low + member);
}

/* Takes all groups over @character to the walk's position. */
static int step_groups(struct sweep *sweep, int character)
{
	const struct regex_groups *from = groups_now(sweep);
	struct regex_groups *to;
	size_t passed = sweep->walk.position - sweep->walk.program->stride;

	sweep->list = 1 - sweep->list;
	to = groups_now(sweep);
	to->count = to->used = 0;
	regex_marks_clear(&sweep->crowd->table_marks);
	for (size_t i = 0; i < from->count; i++) {
		const struct regex_group *group = &from->groups[i];
		struct regex_thread_list list;

		if (group->newest + REGEX_SPAN_BYTES <= passed)
			continue;
		if (!has_room(to)) {
			sweep->crowd->members[group->member].end = ALONE;
			continue;
		}
		begin_list(sweep, to, &list);
		regex_walk_step(&sweep->walk, &group->list, character);
		keep_end(sweep, group->member);
		add_group(sweep, to, group->member, group->newest);
	}
	return regex_scratch_step(sweep->walk.scratch, from->used + to->used + 1, sweep->err);
}

/* Begins at the place where the next start's walk does; all groups have come to their end. */
static void begin_round(struct sweep *sweep)
{
	struct regex_groups *groups = groups_now(sweep);

	groups->count = groups->used = 0;
	regex_marks_clear(&sweep->crowd->table_marks);
	sweep->walk.position = sweep->begin_at;
}

static int sweep_place(struct sweep *sweep)
{
	struct regex_walk *walk = &sweep->walk;
	uint32_t stride = walk->program->stride;
	int ret, character;

	while (sweep->begin < sweep->count && sweep->begin_at == walk->position)
		begin_start(sweep);
	ret = finish_starts(sweep, walk->position);
	if (ret)
		return ret;
	character = regex_character_at(walk->program, walk->text, walk->position);
	if (character < 0) {
		groups_now(sweep)->count = 0;
		return 0;
	}
	walk->position += stride;
	return step_groups(sweep, character);
}

static int sweep_side(struct sweep *sweep, size_t side)
{
	int ret = 0;

	sweep->looked = 0;
	choose_begin(sweep, side);
	sweep->done = sweep->begin;
	groups_now(sweep)->count = 0;
	while (!ret) {
		if (groups_now(sweep)->count == 0) {
			if (sweep->begin == sweep->count)
				break;
			begin_round(sweep);
		}
		ret = sweep_place(sweep);
	}
	if (!ret)
		ret = finish_starts(sweep, SIZE_MAX);
	return ret;
}

static void measure_runs(const struct sweep *sweep)
{
	const size_t stride = sweep->walk.program->stride;
	size_t looked[2] = { 0, 0 }; /* by side */

	for (size_t i = 0; i < sweep->count; i++) {
		size_t start = sweep->low + i;

		if (bitmap_test(sweep->starts, i))
			sweep->lengths[i] =
				(uint32_t)(run_end(sweep, start, &looked[i % stride]) - start);
	}
}

int regex_match_lengths(const struct regex_program *program, struct regex_scratch *scratch,
			const struct regex_text *text, size_t low, size_t count,
			const uint64_t *starts, uint32_t *lengths, struct error *err)
{
	struct sweep sweep = {
		.walk = { .program = program, .scratch = scratch, .text = text },
		.low = low,
		.count = count,
		.starts = starts,
		.lengths = lengths,
		.err = err,
	};
	int ret = 0;

	if (program->run_max && program->run_alone) {
		measure_runs(&sweep);
		return 0;
	}
	ret = regex_scratch_forward(scratch, program, err);
	if (!ret)
		ret = regex_scratch_crowd(scratch, program, err);
	if (ret)
		return ret;
	sweep.crowd = scratch->crowd;
	for (size_t side = 0; side < program->stride && !ret; side++)
		ret = sweep_side(&sweep, side);
	return ret;
}
