#include "engine/chains/gap_window.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

/* Moving costs what was forgotten before. */
static int make_room(struct gap_window *window, struct error *err)
{
	struct pair *items;

	if (window->end < window->capacity)
		return 0;
	if (window->first > window->capacity / 2) {
		window->end -= window->first;
		memmove(window->items, window->items + window->first,
			window->end * sizeof(*window->items));
		window->first = 0;
		return 0;
	}
	items = array_grow(window->items, &window->capacity, window->end + 1, sizeof(*items));
	if (!items)
		return error_no_memory(err, "matches of a chain's parts");
	window->items = items;
	return 0;
}

int gap_window_add(struct gap_window *window, struct pair match, struct error *err)
{
	int ret;

	while (window->end > window->first && window->items[window->end - 1].value >= match.value)
		window->end--;
	if (window->end == window->first)
		window->first = window->end = 0;
	ret = make_room(window, err);
	if (ret == 0)
		window->items[window->end++] = match;
	return ret;
}

bool gap_window_best(struct gap_window *window, uint64_t highest, uint64_t *end)
{
	while (window->first < window->end && window->items[window->first].position > highest)
		window->first++;
	if (window->first == window->end)
		return false;
	*end = window->items[window->first].value;
	return true;
}

void gap_window_release(struct gap_window *window)
{
	free(window->items);
	*window = (struct gap_window){ 0 };
}
