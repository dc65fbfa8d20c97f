#include "engine/chains/narrow.h"

#include <stdlib.h>

#include "engine/base/array.h"

static uint64_t plus(uint64_t position, uint64_t distance)
{
	return distance > UINT64_MAX - position ? UINT64_MAX : position + distance;
}

/* Whether a match that starts at @start, right of the piece's first, would be in its lists. */
static bool is_known_right(const struct piece *piece, uint64_t start)
{
	return start < piece->own_end ||
	       (piece->last != EDGE_CUT && piece->own_end >= piece->length);
}

/* Whether all that ends at @end, or between there and the piece's end, would be; none is longer than @longest. */
static bool is_known_left(const struct piece *piece, uint64_t end, uint64_t longest)
{
	if (piece->first != EDGE_CUT && piece->own_start == 0)
		return true;
	return end > longest && end - longest >= piece->own_start;
}

/* Index of the first entry that starts at @start or behind it. */
static size_t first_from(const struct part_list *list, uint64_t start)
{
	size_t low = 0, high = list ? list->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].start < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool may_be_followed(const struct narrowing *narrowing, size_t part, uint64_t end)
{
	const struct pattern_gap *gap = &narrowing->pattern->gaps[part];
	const struct part_list *next = narrowing->parts[part + 1];
	uint64_t lowest = plus(end, gap->min), highest = plus(end, gap->max);
	size_t index;

	if (!is_known_right(narrowing->piece, highest))
		return true;
	index = first_from(next, lowest);
	return next && index < next->count && next->items[index].start <= highest;
}

static void drop_without_next(const struct narrowing *narrowing, size_t part)
{
	struct part_list *list = narrowing->parts[part];
	size_t kept = 0;

	for (size_t i = 0; list && i < list->count; i++) {
		struct part_entry entry = list->items[i];

		if (may_be_followed(narrowing, part, entry.start + part_entry_length(list, &entry)))
			list->items[kept++] = entry;
	}
	if (list)
		list->count = kept;
}

static int compare_ends(const void *left_item, const void *right_item)
{
	uint32_t left = *(const uint32_t *)left_item, right = *(const uint32_t *)right_item;

	return (left > right) - (left < right);
}

/* Where the matches of a part end, in order. */
static int list_ends(struct narrowing *narrowing, const struct part_list *list, struct error *err)
{
	size_t count = list ? list->count : 0;
	uint32_t *ends =
		array_grow(narrowing->ends, &narrowing->end_capacity, count + 1, sizeof(*ends));
	bool sorted = true;

	if (!ends)
		return error_no_memory(err, "the parts of a chain");
	narrowing->ends = ends;
	narrowing->end_count = count;
	for (size_t i = 0; i < count; i++) {
		/* A match ends within its piece. */
		ends[i] =
			(uint32_t)(list->items[i].start + part_entry_length(list, &list->items[i]));
		sorted = sorted && (i == 0 || ends[i - 1] <= ends[i]);
	}
	if (!sorted)
		qsort(ends, count, sizeof(*ends), compare_ends);
	return 0;
}

/* How many ends lie at @limit or before it. */
static size_t ends_up_to(const struct narrowing *narrowing, uint64_t limit)
{
	size_t low = 0, high = narrowing->end_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (narrowing->ends[middle] <= limit)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The ends of the part before that are far enough in front of a match that starts at @start. */
static size_t ends_before(const struct narrowing *narrowing, const struct pattern_gap *gap,
			  uint64_t start)
{
	return start < gap->min ? 0 : ends_up_to(narrowing, start - gap->min);
}

/* Bytes that no match of the part is longer than, whether one was found here or not. */
static uint64_t longest_of(const struct pattern *pattern, size_t part)
{
	const struct bytes literal = pattern->parts[part].literal;

	/* Not by its tree: patterns that were loaded have none. */
	if (!literal.length)
		return REGEX_SPAN_BYTES;
	return (uint64_t)literal.length * (pattern->flags & PATTERN_WIDE ? 2 : 1);
}

struct before { /* the part before the one that is looked at, and the gap between */
	const struct pattern_gap *gap;
	uint64_t longest; /* match of it, at most */
};

static bool may_follow(const struct narrowing *narrowing, const struct before *before,
		       uint64_t start)
{
	const struct pattern_gap *gap = before->gap;
	uint64_t lowest = start > gap->max ? start - gap->max : 0;
	size_t too_far;

	if (!is_known_left(narrowing->piece, lowest, before->longest))
		return true;
	too_far = lowest ? ends_up_to(narrowing, lowest - 1) : 0;
	return ends_before(narrowing, gap, start) > too_far;
}

/* Whether every match of the part before that may be followed by the one that starts at @start may be by @kept too. */
static bool is_served(const struct narrowing *narrowing, const struct before *before, uint64_t kept,
		      uint64_t start)
{
	uint64_t lowest = kept > before->gap->min ? kept - before->gap->min : 0;

	return is_known_left(narrowing->piece, lowest, before->longest) &&
	       ends_before(narrowing, before->gap, start) ==
		       ends_before(narrowing, before->gap, kept);
}

static void drop_without_previous(const struct narrowing *narrowing, size_t part,
				  const struct before *before)
{
	struct part_list *list = narrowing->parts[part];
	bool is_last = part + 1 == narrowing->pattern->part_count;
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct part_entry entry = list->items[i];
		const struct part_entry *last = kept ? &list->items[kept - 1] : NULL;

		if (!may_follow(narrowing, before, entry.start))
			continue;
		if (is_last && last &&
		    last->start + part_entry_length(list, last) <=
			    entry.start + part_entry_length(list, &entry) &&
		    is_served(narrowing, before, last->start, entry.start))
			continue;
		list->items[kept++] = entry;
	}
	list->count = kept;
}

int narrow_chain(struct narrowing *narrowing, struct error *err)
{
	size_t parts = narrowing->pattern->part_count;

	for (size_t part = parts - 1; part-- > 0;)
		drop_without_next(narrowing, part);
	for (size_t part = 1; part < parts; part++) {
		const struct before before = {
			.gap = &narrowing->pattern->gaps[part - 1],
			.longest = longest_of(narrowing->pattern, part - 1),
		};
		int ret;

		if (!narrowing->parts[part])
			continue;
		ret = list_ends(narrowing, narrowing->parts[part - 1], err);
		if (ret)
			return ret;
		drop_without_previous(narrowing, part, &before);
	}
	return 0;
}
