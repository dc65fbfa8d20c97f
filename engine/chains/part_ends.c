#include "engine/chains/part_ends.h"

static void step(struct part_ends *ends, size_t variant)
{
	ends->has_next[variant] = start_cursor_next(&ends->cursors[variant], &ends->next[variant]);
}

void part_ends_init(struct part_ends *ends, const struct start_set *const sets[VARIANTS])
{
	*ends = (struct part_ends){ 0 };
	for (size_t variant = 0; variant < VARIANTS; variant++) {
		start_cursor_init(&ends->cursors[variant], sets[variant]);
		step(ends, variant);
	}
}

/* Whether one that starts at or below the cursor's next start may end at or above all that is ahead. */
static bool may_be_next(const struct part_ends *ends, size_t variant)
{
	return ends->has_next[variant] &&
	       (ends->ahead.count == 0 ||
		ends->next[variant].start + ends->cursors[variant].set->longest >=
			ends->ahead.items[0].position);
}

int part_ends_peek(struct part_ends *ends, const struct pair **out, struct error *err)
{
	for (size_t variant = 0; variant < VARIANTS; variant++) {
		while (may_be_next(ends, variant)) {
			const struct part_match *match = &ends->next[variant];
			const struct pair pair = { match->start + match->length, match->start };
			int ret = pair_heap_push(&ends->ahead, pair, err);

			if (ret)
				return ret;
			step(ends, variant);
		}
	}
	*out = ends->ahead.count ? &ends->ahead.items[0] : NULL;
	return 0;
}

void part_ends_drop(struct part_ends *ends)
{
	pair_heap_pop(&ends->ahead);
}

void part_ends_release(struct part_ends *ends)
{
	pair_heap_release(&ends->ahead);
	*ends = (struct part_ends){ 0 };
}
