#include "engine/same_bytes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/scan.h"

#define CELL ((uint64_t)SHARERS_CELL_BYTES)

/* What a strip has of a cell. */
static struct address_range in_cell(const struct same_strip *strip, uint64_t cell)
{
	uint64_t start = strip->start > cell ? strip->start : cell;
	uint64_t end = strip->end < cell + CELL ? strip->end : cell + CELL;

	return (struct address_range){ start, end > start ? end : start };
}

/* The first dumped range that ends behind @address. */
static size_t first_dumped(const struct same_strip *strip, uint64_t address)
{
	size_t low = 0, high = strip->dumped ? strip->dumped_count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strip->start + strip->dumped[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The next of the dumped addresses of a strip within @range, which then begins behind it; false: none is left. */
static bool next_dumped(const struct same_strip *strip, size_t *index, struct address_range *range,
			struct address_range *out)
{
	if (range->start >= range->end || (strip->dumped && *index == strip->dumped_count))
		return false;
	*out = *range;
	if (strip->dumped) {
		uint64_t start = strip->start + strip->dumped[*index].start;
		uint64_t end = strip->start + strip->dumped[*index].end;

		if (start >= range->end)
			return false;
		out->start = start > range->start ? start : range->start;
		out->end = end < range->end ? end : range->end;
		++*index;
	}
	range->start = out->end;
	return true;
}

/* Never-written zeros and zeros that were dumped are not the same: a match needs a byte of the dump. */
static bool same_dumped(const struct same_strip *left, const struct same_strip *right,
			const struct address_range *range)
{
	struct address_range left_rest = *range, right_rest = *range;
	size_t left_index = first_dumped(left, range->start);
	size_t right_index = first_dumped(right, range->start);

	if (!left->dumped && !right->dumped)
		return true;
	for (;;) {
		struct address_range in_left, in_right;
		bool more = next_dumped(left, &left_index, &left_rest, &in_left);

		if (more != next_dumped(right, &right_index, &right_rest, &in_right))
			return false;
		if (!more)
			return true;
		if (in_left.start != in_right.start || in_left.end != in_right.end)
			return false;
	}
}

static enum edge edge_beside(const struct same_strip *strip, uint64_t cell)
{
	return strip->end <= cell ? strip->last : strip->first;
}

static bool same_in_cell(const struct same_strip *left, const struct same_strip *right,
			 uint64_t cell)
{
	struct address_range range = in_cell(left, cell), other = in_cell(right, cell);

	if (range.start == range.end || other.start == other.end)
		return range.start == range.end && other.start == other.end &&
		       (left->end <= cell) == (right->end <= cell) &&
		       edge_beside(left, cell) == edge_beside(right, cell);
	if (range.start != other.start || range.end != other.end)
		return false;
	/* Where a block begins or ends at the cell's border, the cell beside it tells. */
	if (range.start > cell && left->first != right->first)
		return false;
	if (range.end < cell + CELL && left->last != right->last)
		return false;
	return memcmp(left->data + (range.start - left->start),
		      right->data + (range.start - right->start),
		      (size_t)(range.end - range.start)) == 0 &&
	       same_dumped(left, right, &range);
}

static uint8_t *kinds_of(const struct same_bytes *same, size_t member)
{
	return same->kinds + member * same->cell_count;
}

static void compare_cell(struct same_bytes *same, const struct same_strip *strips, size_t index)
{
	uint64_t cell = same->origin + index * CELL;
	size_t first_of[SAME_MOST_KINDS], kinds = 0;

	for (size_t i = 0; i < same->member_count; i++) {
		size_t kind = 0;

		kinds_of(same, i)[index] = (uint8_t)i;
		if (strips[i].start == strips[i].end)
			continue;
		while (kind < kinds && !same_in_cell(&strips[first_of[kind]], &strips[i], cell))
			kind++;
		if (kind < kinds)
			kinds_of(same, i)[index] = (uint8_t)first_of[kind];
		else if (kinds < SAME_MOST_KINDS)
			first_of[kinds++] = i;
	}
}

/* The starts in the middle of a cell touch no other one; where there are none all of it is one zone. */
static void divide_cells(struct same_bytes *same, const struct same_range *range)
{
	bool divided =
		range->left < CELL && range->right < CELL && range->left + range->right < CELL;

	same->head = divided ? (uint32_t)range->left : SHARERS_CELL_BYTES;
	same->tail = divided ? (uint32_t)(CELL - range->right) : SHARERS_CELL_BYTES;
}

void same_bytes_zone(const struct same_bytes *same, size_t zone, uint64_t *start, uint64_t *end)
{
	const uint32_t borders[] = { 0, same->head, same->tail, SHARERS_CELL_BYTES };
	uint64_t cell = same->origin + zone / SHARERS_ZONES * CELL;

	*start = cell + borders[zone % SHARERS_ZONES];
	*end = cell + borders[zone % SHARERS_ZONES + 1];
}

/* Whether two members have the same bytes in cells @first to @last. */
static bool same_in_cells(const struct same_bytes *same, size_t left, size_t right, size_t first,
			  size_t last)
{
	const uint8_t *left_kinds = kinds_of(same, left), *right_kinds = kinds_of(same, right);

	for (size_t i = first; i <= last; i++)
		if (left_kinds[i] != right_kinds[i])
			return false;
	return true;
}

/* Cells that matches of starts in the zone can touch. */
static void cells_around(const struct same_bytes *same, const struct same_range *range,
			 uint64_t start, uint64_t end, size_t *first, size_t *last)
{
	uint64_t low = start - same->origin, high = end - 1 - same->origin + range->right;

	*first = low > range->left ? (size_t)((low - range->left) / CELL) : 0;
	*last = (size_t)(high / CELL);
	if (*last >= same->cell_count)
		*last = same->cell_count - 1;
}

static void divide_zone(struct same_bytes *same, const struct same_strip *strips,
			const struct same_range *range, size_t zone)
{
	size_t zone_count = same->cell_count * SHARERS_ZONES;
	size_t searching[SAME_MOST_KINDS], searching_count = 0, first, last;
	bool told = zone % SHARERS_ZONES == (same->head == SHARERS_CELL_BYTES ? 0 : 1);
	uint64_t start, end;

	same_bytes_zone(same, zone, &start, &end);
	start = start > range->start ? start : range->start;
	end = end < range->end ? end : range->end;
	if (start >= end)
		return;
	cells_around(same, range, start, end, &first, &last);
	for (size_t i = 0; i < same->member_count; i++) {
		uint32_t *own = &same->zones[i * zone_count + zone];
		size_t by = 0;

		if (strips[i].own_start >= end || strips[i].own_end <= start)
			continue;
		while (by < searching_count && !same_in_cells(same, searching[by], i, first, last))
			by++;
		if (told && searching_count) {
			same->compared++;
			same->equal += by < searching_count;
		}
		if (by < searching_count) {
			same->zones[searching[by] * zone_count + zone] |= UINT32_C(1) << i;
			continue;
		}
		*own |= UINT32_C(1) << i;
		if (searching_count < SAME_MOST_KINDS)
			searching[searching_count++] = i;
	}
}

static int reserve(struct same_bytes *same, struct error *err)
{
	size_t cells = same->member_count * same->cell_count;
	uint8_t *kinds = array_grow(same->kinds, &same->kind_capacity, cells, sizeof(*kinds));
	uint32_t *zones;

	if (!kinds)
		return error_no_memory(err, "what siblings share");
	same->kinds = kinds;
	zones = array_grow(same->zones, &same->zone_capacity, cells * SHARERS_ZONES,
			   sizeof(*zones));
	if (!zones)
		return error_no_memory(err, "what siblings share");
	same->zones = zones;
	memset(zones, 0, cells * SHARERS_ZONES * sizeof(*zones));
	return 0;
}

/* Also the byte beside the first one and the last one counts: there a block may begin or end. */
int same_bytes_find(struct same_bytes *same, const struct same_strip *strips, size_t count,
		    const struct same_range *range, struct error *err)
{
	const struct same_range wide = { range->start, range->end, range->left + 1,
					 range->right + 1 };
	uint64_t low = wide.start - (wide.start < wide.left ? wide.start : wide.left);
	int ret;

	same->member_count = count;
	same->origin = low / CELL * CELL;
	same->cell_count = (size_t)((wide.end + wide.right - same->origin) / CELL + 1);
	divide_cells(same, &wide);
	ret = reserve(same, err);
	if (ret)
		return ret;
	for (size_t cell = 0; cell < same->cell_count; cell++)
		compare_cell(same, strips, cell);
	for (size_t zone = 0; zone < same->cell_count * SHARERS_ZONES; zone++)
		divide_zone(same, strips, &wide, zone);
	return 0;
}

void same_bytes_release(struct same_bytes *same)
{
	free(same->zones);
	free(same->kinds);
	*same = (struct same_bytes){ 0 };
}
