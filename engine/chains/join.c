#include "engine/chains/join.h"

#include <stdlib.h>

#include "engine/chains/gap_window.h"
#include "engine/chains/part_ends.h"

/* Matches between two questions whether to stop. */
#define STEPS_AT_ONCE (1u << 16)

/*
 * A part but the last, and the gap behind it. All parts are walked from the highest end down, each as far as the one
 * before it asks for; so what may follow a gap moves down with the ends before it.
 *
 *	part k       ...[s....e]  gap     e + min ......... e + max
 *	part k + 1                        [s'..e']  [s'...e']  [s'..e']		in the window
 */
struct link {
	struct part_ends ends;
	struct pair_heap
		done; /* by start: matches with the earliest end of the chain, not yet in a window */
	struct gap_window window; /* matches of the next part */
	size_t holes_left; /* those that begin above all ends to come are behind it */
	uint64_t wanted; /* ends at or above it are asked for */
	bool asked; /* the next part has been walked as far as the match at hand needs */
};

struct join {
	const struct chain_finds *finds;
	const struct chain_join_calls *calls;
	struct link *links;
	size_t link_count;
	/* The last part, by start. */
	struct part_match last[VARIANTS];
	struct start_cursor last_cursors[VARIANTS];
	bool has_last[VARIANTS];
	uint32_t steps;
	struct error *err;
};

static uint64_t plus(uint64_t position, uint64_t distance)
{
	return distance > UINT64_MAX - position ? UINT64_MAX : position + distance;
}

static void step_last(struct join *join, size_t variant)
{
	join->has_last[variant] =
		start_cursor_next(&join->last_cursors[variant], &join->last[variant]);
}

static int prepare(struct join *join)
{
	const struct chain_finds *finds = join->finds;

	join->link_count = finds->pattern->part_count - 1;
	join->links = calloc(join->link_count, sizeof(*join->links));
	if (!join->links)
		return error_no_memory(join->err, "the parts of a chain");
	for (size_t i = 0; i < join->link_count; i++) {
		part_ends_init(&join->links[i].ends, finds->sets[i]);
		join->links[i].holes_left = finds->hole_count;
	}
	for (size_t variant = 0; variant < VARIANTS; variant++) {
		start_cursor_init(&join->last_cursors[variant],
				  finds->sets[join->link_count][variant]);
		step_last(join, variant);
	}
	return 0;
}

static void release(struct join *join)
{
	for (size_t i = 0; join->links && i < join->link_count; i++) {
		part_ends_release(&join->links[i].ends);
		pair_heap_release(&join->links[i].done);
		gap_window_release(&join->links[i].window);
	}
	free(join->links);
}

/* Puts those matches of the last part into the window that start at @lowest or above. */
static int take_last(struct join *join, struct gap_window *window, uint64_t lowest)
{
	for (;;) {
		size_t highest = VARIANTS;

		for (size_t i = 0; i < VARIANTS; i++)
			if (join->has_last[i] && join->last[i].start >= lowest &&
			    (highest == VARIANTS ||
			     join->last[i].start > join->last[highest].start))
				highest = i;
		if (highest == VARIANTS)
			return 0;

		const struct part_match *match = &join->last[highest];
		const struct pair pair = { match->start, match->start + match->length };
		int ret = gap_window_add(window, pair, join->err);

		if (ret)
			return ret;
		step_last(join, highest);
	}
}

static int take_done(struct join *join, struct pair_heap *done, struct gap_window *window,
		     uint64_t lowest)
{
	while (done->count && done->items[0].position >= lowest) {
		int ret = gap_window_add(window, pair_heap_pop(done), join->err);

		if (ret)
			return ret;
	}
	return 0;
}

/* The first byte at or behind @end that nobody has. Ends go down. */
static uint64_t next_hole(const struct join *join, struct link *link, uint64_t end)
{
	const struct address_range *holes = join->finds->holes;

	while (link->holes_left && holes[link->holes_left - 1].start >= end)
		link->holes_left--;
	return link->holes_left < join->finds->hole_count ? holes[link->holes_left].start
							  : UINT64_MAX;
}

/* The earliest end of the chain from a match of part @part on that ends at @end. */
static int best_end(struct join *join, size_t part, uint64_t end, uint64_t *best, bool *found)
{
	const struct pattern_gap *gap = &join->finds->pattern->gaps[part];
	struct link *link = &join->links[part];
	uint64_t lowest = plus(end, gap->min), highest = plus(end, gap->max);
	uint64_t hole = next_hole(join, link, end);
	int ret;

	if (part + 1 == join->link_count)
		ret = take_last(join, &link->window, lowest);
	else
		ret = take_done(join, &link[1].done, &link->window, lowest);
	*found = ret == 0 && gap_window_best(&link->window, highest < hole ? highest : hole, best);
	return ret;
}

/* What is at hand of part @part has its answer: to the part before, or out. */
static int settle(struct join *join, size_t part, const struct pair *match)
{
	uint64_t best = 0;
	bool found;
	int ret = best_end(join, part, match->position, &best, &found);

	if (ret || !found)
		return ret;
	if (part == 0)
		return join->calls->found(join->calls->context, match->value, best, join->err);
	return pair_heap_push(&join->links[part].done, (struct pair){ match->value, best },
			      join->err);
}

static int check_stop(struct join *join)
{
	if (++join->steps % STEPS_AT_ONCE || !join->calls->stopped ||
	    !join->calls->stopped(join->calls->context))
		return 0;
	return error_set(join->err, ERROR_INTERRUPTED, 0, "joining chains was stopped");
}

/* One step at part @*part, or to the part before or after it. False in *@more: all is done. */
static int advance(struct join *join, size_t *part, bool *more)
{
	struct link *link = &join->links[*part];
	const struct pair *match;
	int ret = part_ends_peek(&link->ends, &match, join->err);

	*more = true;
	if (ret)
		return ret;
	if (!match || match->position < link->wanted) {
		*more = *part > 0;
		*part -= *part > 0;
		return 0;
	}
	if (!link->asked && *part + 1 < join->link_count) {
		link->asked = true;
		link[1].wanted = plus(match->position, join->finds->pattern->gaps[*part].min);
		++*part;
		return 0;
	}
	link->asked = false;
	ret = settle(join, *part, match);
	if (ret == 0)
		ret = check_stop(join);
	if (ret == 0)
		part_ends_drop(&link->ends);
	return ret;
}

int chain_join(const struct chain_finds *finds, const struct chain_join_calls *calls,
	       struct error *err)
{
	struct join join = { .finds = finds, .calls = calls, .err = err };
	bool more = true;
	size_t part = 0;
	int ret = prepare(&join);

	while (ret == 0 && more)
		ret = advance(&join, &part, &more);
	release(&join);
	return ret;
}
