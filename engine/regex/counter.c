#include "engine/regex/counter.h"

/* Both parts are rings in the program's share of scratch->entries: first the pending, then the eligible. */
static struct regex_window_entry *pending_at(const struct regex_instruction *count,
					     const struct regex_window *window,
					     struct regex_window_entry *entries, uint32_t index)
{
	uint32_t at = window->pending_first + index, size = regex_window_pending(count);

	return &entries[count->window + (at < size ? at : at - size)];
}

static struct regex_window_entry *eligible_at(const struct regex_instruction *count,
					      const struct regex_window *window,
					      struct regex_window_entry *entries, uint32_t index)
{
	uint32_t at = window->eligible_first + index, size = regex_window_eligible(count);

	return &entries[count->window + regex_window_pending(count) + (at < size ? at : at - size)];
}

void regex_window_reset(struct regex_window *window)
{
	*window = (struct regex_window){ 0 };
}

void regex_window_push(const struct regex_instruction *count, struct regex_window *window,
		       struct regex_window_entry *entries, size_t position, size_t end)
{
	*pending_at(count, window, entries, window->pending_count++) =
		(struct regex_window_entry){ position, end };
	window->live = true;
}

static void drop_first_eligible(const struct regex_instruction *count, struct regex_window *window)
{
	window->eligible_count--;
	if (++window->eligible_first == regex_window_eligible(count))
		window->eligible_first = 0;
}

/* What is no nearer and leaves sooner is of no use any more. */
static void make_eligible(const struct regex_instruction *count, struct regex_window *window,
			  struct regex_window_entry *entries, struct regex_window_entry entry)
{
	while (window->eligible_count > 0 &&
	       eligible_at(count, window, entries, window->eligible_count - 1)->end >= entry.end)
		window->eligible_count--;
	if (count->max == REGEX_NO_LIMIT && window->eligible_count > 0)
		return;
	*eligible_at(count, window, entries, window->eligible_count++) = entry;
}

static void move_pending(const struct regex_instruction *count, struct regex_window *window,
			 struct regex_window_entry *entries, size_t until)
{
	while (window->pending_count > 0) {
		struct regex_window_entry entry = *pending_at(count, window, entries, 0);

		if (entry.position < until)
			return;
		window->pending_count--;
		if (++window->pending_first == regex_window_pending(count))
			window->pending_first = 0;
		make_eligible(count, window, entries, entry);
	}
}

static void drop_far(const struct regex_instruction *count, struct regex_window *window,
		     struct regex_window_entry *entries, size_t last_position, size_t farthest)
{
	while (window->eligible_count > 0) {
		const struct regex_window_entry *first = eligible_at(count, window, entries, 0);

		if (first->position <= last_position && first->end <= farthest)
			return;
		drop_first_eligible(count, window);
	}
}

bool regex_window_move(const struct regex_instruction *count, struct regex_window *window,
		       struct regex_window_entry *entries, uint32_t stride, size_t position,
		       size_t farthest, size_t *end)
{
	size_t last_position =
		count->max == REGEX_NO_LIMIT ? SIZE_MAX : position + (size_t)count->max * stride;

	/* First those that leave: the ring has no room for more than the window is wide. */
	drop_far(count, window, entries, last_position, farthest);
	move_pending(count, window, entries, position + (size_t)count->min * stride);
	drop_far(count, window, entries, last_position, farthest);
	window->live = window->pending_count + window->eligible_count > 0;
	if (window->eligible_count == 0)
		return false;
	*end = eligible_at(count, window, entries, 0)->end;
	return true;
}
