#include "engine/chains/pair_heap.h"

#include <stdlib.h>

#include "engine/base/array.h"

int pair_heap_push(struct pair_heap *heap, struct pair pair, struct error *err)
{
	struct pair *items =
		array_grow(heap->items, &heap->capacity, heap->count + 1, sizeof(*items));
	size_t index = heap->count;

	if (!items)
		return error_no_memory(err, "matches of a chain's parts");
	heap->items = items;
	heap->count++;
	for (; index > 0 && items[(index - 1) / 2].position < pair.position;
	     index = (index - 1) / 2)
		items[index] = items[(index - 1) / 2];
	items[index] = pair;
	return 0;
}

struct pair pair_heap_pop(struct pair_heap *heap)
{
	struct pair *items = heap->items, top = items[0], moved = items[--heap->count];
	size_t index = 0;

	for (size_t child = 1; child < heap->count; child = 2 * index + 1) {
		if (child + 1 < heap->count && items[child + 1].position > items[child].position)
			child++;
		if (items[child].position <= moved.position)
			break;
		items[index] = items[child];
		index = child;
	}
	items[index] = moved;
	return top;
}

void pair_heap_release(struct pair_heap *heap)
{
	free(heap->items);
	*heap = (struct pair_heap){ 0 };
}
