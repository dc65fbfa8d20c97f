#include "scanners/overlap.h"

#include <stdlib.h>

#include "engine/base/array.h"

int overlap_add(struct overlap *overlap, uint64_t start, uint64_t end, struct error *err)
{
	uint64_t *starts = array_grow(overlap->starts, &overlap->start_capacity, overlap->count + 1,
				      sizeof(*starts));
	uint64_t *ends;

	if (!starts)
		return error_no_memory(err, "ranges");
	overlap->starts = starts;
	ends = array_grow(overlap->ends, &overlap->end_capacity, overlap->count + 1, sizeof(*ends));
	if (!ends)
		return error_no_memory(err, "ranges");
	overlap->ends = ends;
	starts[overlap->count] = start;
	ends[overlap->count++] = end;
	return 0;
}

static int compare(const void *left_item, const void *right_item)
{
	const uint64_t *left = left_item, *right = right_item;

	return (*left > *right) - (*left < *right);
}

/* Which start belongs to which end does not matter: at each start as many are open as have begun and not ended. */
size_t overlap_deepest(struct overlap *overlap)
{
	size_t deepest = 0, ended = 0;

	if (!overlap->count)
		return 0;
	qsort(overlap->starts, overlap->count, sizeof(*overlap->starts), compare);
	qsort(overlap->ends, overlap->count, sizeof(*overlap->ends), compare);
	for (size_t i = 0; i < overlap->count; i++) {
		while (overlap->ends[ended] <= overlap->starts[i])
			ended++;
		if (i + 1 - ended > deepest)
			deepest = i + 1 - ended;
	}
	return deepest;
}

void overlap_release(struct overlap *overlap)
{
	free(overlap->starts);
	free(overlap->ends);
	*overlap = (struct overlap){ 0 };
}
