#include "rules/parse/arena_array.h"

#include <string.h>

void *arena_array_grow(struct arena *arena, void *items, size_t count, size_t item_bytes)
{
	if (count & (count - 1))
		return items;

	void *grown = arena_alloc_array(arena, count ? 2 * count : 1, item_bytes);

	if (grown && count)
		memcpy(grown, items, count * item_bytes);
	return grown;
}
