#include "engine/base/array.h"

#include <stdint.h>
#include <stdlib.h>

void *array_grow(void *items, size_t *capacity, size_t needed, size_t item_bytes)
{
	if (items && needed <= *capacity)
		return items;

	size_t wanted = *capacity + *capacity / 2;

	if (wanted < needed)
		wanted = needed;
	if (wanted < 8)
		wanted = 8;
	if (wanted > SIZE_MAX / item_bytes)
		return NULL;

	void *grown = realloc(items, wanted * item_bytes);

	if (grown)
		*capacity = wanted;
	return grown;
}
