#include "scanners/stored_ranges.h"

#include <stdlib.h>

#include "engine/base/array.h"

int stored_ranges_add(struct stored_ranges *ranges, struct stored_bytes range, struct error *err)
{
	struct stored_bytes *grown =
		array_grow(ranges->items, &ranges->capacity, ranges->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "ranges of files");
	ranges->items = grown;
	ranges->items[ranges->count++] = range;
	return 0;
}

static int compare_ranges(const void *left_item, const void *right_item)
{
	const struct stored_bytes *left = left_item, *right = right_item;

	if (left->file != right->file)
		return left->file < right->file ? -1 : 1;
	return (left->offset > right->offset) - (left->offset < right->offset);
}

/* Ranges of passing files may end nowhere. */
static uint64_t end_of(const struct stored_bytes *range)
{
	uint64_t end;

	return __builtin_add_overflow(range->offset, range->length, &end) ? UINT64_MAX : end;
}

uint64_t stored_ranges_bytes(struct stored_ranges *ranges)
{
	uint64_t bytes = 0, reached = 0;

	if (ranges->count)
		qsort(ranges->items, ranges->count, sizeof(*ranges->items), compare_ranges);
	for (size_t i = 0; i < ranges->count; i++) {
		const struct stored_bytes *range = &ranges->items[i];
		uint64_t start = range->offset, end = end_of(range);

		if (i && range->file == range[-1].file && reached > start)
			start = reached;
		if (i && range->file == range[-1].file && reached >= end)
			continue;
		reached = end;
		if (__builtin_add_overflow(bytes, end - start, &bytes))
			return UINT64_MAX;
	}
	return bytes;
}

void stored_ranges_release(struct stored_ranges *ranges)
{
	free(ranges->items);
	*ranges = (struct stored_ranges){ 0 };
}
