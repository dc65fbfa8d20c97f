#include "engine/confirm/start_ranges.h"

#include <stdbool.h>
#include <stdlib.h>

/* Ranges that are kept apart, whatever the number of subjects: 1 MiB. */
#define RANGES_KEPT 65536
/* Joined as far as they go, they are at most one per subject: so a quarter of the room is free then. */
#define ROOM_PER_SUBJECT 4
#define FIRST_SLACK 64

int start_ranges_init(struct start_ranges *ranges, size_t subject_count, struct error *err)
{
	size_t capacity = RANGES_KEPT + ROOM_PER_SUBJECT * subject_count;

	*ranges = (struct start_ranges){ .subject_count = subject_count, .capacity = capacity };
	if (subject_count == 0)
		return 0;
	ranges->ranges = calloc(capacity, sizeof(*ranges->ranges));
	ranges->open = calloc(subject_count, sizeof(*ranges->open));
	ranges->touched = calloc(subject_count, sizeof(*ranges->touched));
	if (ranges->ranges && ranges->open && ranges->touched)
		return 0;
	start_ranges_release(ranges);
	return error_no_memory(err, "candidates");
}

void start_ranges_release(struct start_ranges *ranges)
{
	free(ranges->ranges);
	free(ranges->open);
	free(ranges->touched);
	*ranges = (struct start_ranges){ 0 };
}

void start_ranges_clear(struct start_ranges *ranges)
{
	for (size_t i = 0; i < ranges->touched_count; i++)
		ranges->open[ranges->touched[i]] = (struct start_range){ 0 };
	ranges->touched_count = 0;
	ranges->count = 0;
	ranges->slack = 0;
}

static bool is_before(const struct start_range *left, const struct start_range *right)
{
	return left->subject != right->subject ? left->subject < right->subject
					       : left->low < right->low;
}

static void sift_down(struct start_range *heap, size_t root, size_t count)
{
	struct start_range moved = heap[root];

	for (;;) {
		size_t child = 2 * root + 1;

		if (child >= count)
			break;
		if (child + 1 < count && is_before(&heap[child], &heap[child + 1]))
			child++;
		if (!is_before(&moved, &heap[child]))
			break;
		heap[root] = heap[child];
		root = child;
	}
	heap[root] = moved;
}

static bool is_sorted(const struct start_ranges *ranges)
{
	for (size_t i = 1; i < ranges->count; i++)
		if (is_before(&ranges->ranges[i], &ranges->ranges[i - 1]))
			return false;
	return true;
}

/* In place: qsort() may allocate, and this runs for every piece. */
static void sort(struct start_ranges *ranges)
{
	if (is_sorted(ranges))
		return;
	for (size_t i = ranges->count / 2; i-- > 0;)
		sift_down(ranges->ranges, i, ranges->count);
	for (size_t i = ranges->count; i-- > 1;) {
		struct start_range last = ranges->ranges[i];

		ranges->ranges[i] = ranges->ranges[0];
		ranges->ranges[0] = last;
		sift_down(ranges->ranges, 0, i);
	}
}

static bool is_near(const struct start_range *left, const struct start_range *right, uint32_t slack)
{
	return left->subject == right->subject &&
	       (right->low <= left->high || right->low - left->high <= slack);
}

static void join(struct start_range *into, const struct start_range *range)
{
	if (range->low < into->low)
		into->low = range->low;
	if (range->high > into->high)
		into->high = range->high;
	into->variants |= range->variants;
}

static void join_near(struct start_ranges *ranges)
{
	size_t kept = 0;

	for (size_t i = 0; i < ranges->count; i++) {
		struct start_range *last = &ranges->ranges[kept > 0 ? kept - 1 : 0];

		if (kept > 0 && is_near(last, &ranges->ranges[i], ranges->slack))
			join(last, &ranges->ranges[i]);
		else
			ranges->ranges[kept++] = ranges->ranges[i];
	}
	ranges->count = kept;
}

static void make_room(struct start_ranges *ranges)
{
	sort(ranges);
	join_near(ranges);
	while (ranges->count > ranges->capacity / 2) {
		if (ranges->slack == 0)
			ranges->slack = FIRST_SLACK;
		else
			ranges->slack =
				ranges->slack > UINT32_MAX / 2 ? UINT32_MAX : 2 * ranges->slack;
		join_near(ranges);
	}
}

static void keep(struct start_ranges *ranges, const struct start_range *range)
{
	if (ranges->count == ranges->capacity)
		make_room(ranges);
	ranges->ranges[ranges->count++] = *range;
}

void start_ranges_add(struct start_ranges *ranges, const struct start_range *range)
{
	struct start_range *open = &ranges->open[range->subject];
	bool touches = range->low <= open->high && open->low <= range->high;

	if (open->low == open->high) {
		ranges->touched[ranges->touched_count++] = range->subject;
		*open = *range;
	} else if (touches) {
		join(open, range);
	} else {
		keep(ranges, open);
		*open = *range;
	}
}

void start_ranges_finish(struct start_ranges *ranges)
{
	for (size_t i = 0; i < ranges->touched_count; i++) {
		struct start_range *open = &ranges->open[ranges->touched[i]];

		keep(ranges, open);
		*open = (struct start_range){ 0 };
	}
	ranges->touched_count = 0;
	sort(ranges);
	join_near(ranges);
}
