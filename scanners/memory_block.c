#include "scanners/memory_block.h"

#include <stdlib.h>

#include "engine/base/array.h"

/* The end that bytes have beside this span in their region: only what cannot be read is a real end. */
static enum edge edge_beside(const struct span *span)
{
	return span->kind == SPAN_NOTHING ? EDGE_REAL : EDGE_UNSEEN;
}

/* The edge of what starts at @address, where the walk did not see what is before it. */
static enum edge edge_before(const struct process *process, uint64_t address)
{
	struct span_cursor cursor;
	struct span span;

	if (!address)
		return EDGE_REAL;
	cursor = span_cursor_at(process, address - 1);
	return span_cursor_next(&cursor, &span) ? edge_beside(&span) : EDGE_REAL;
}

struct memory_blocks memory_blocks_of(const struct checkpoint *checkpoint,
				      const struct process *process,
				      const struct memory_filter *filter)
{
	uint64_t first = filter->has_range ? filter->first : 0;

	return (struct memory_blocks){
		.checkpoint = checkpoint,
		.filter = filter,
		.limit = filter->has_range ? filter->last : UINT64_MAX,
		.cursor = span_cursor_at(process, first),
		.edge = edge_before(process, first),
	};
}

void memory_blocks_release(struct memory_blocks *blocks)
{
	free(blocks->extents);
	*blocks = (struct memory_blocks){ 0 };
}

static struct extent extent_of(const struct memory_blocks *blocks, const struct span *span)
{
	struct extent extent = { .length = span_length(span), .kind = EXTENT_ZERO };

	if (span->kind == SPAN_DUMPED) {
		const struct page_image *image = &blocks->checkpoint->images[span->image];

		extent.kind = EXTENT_RAW;
		extent.file = image->file;
		extent.offset = image->offset + span->offset;
	} else if (span->kind == SPAN_FILE) {
		extent.kind = EXTENT_RAW;
		extent.file = span->file;
		extent.offset = span->offset;
	}
	return extent;
}

/* Equal memory must give equal extents, so what follows each other is one. */
static bool follows(const struct extent *before, const struct extent *extent)
{
	if (before->kind != extent->kind)
		return false;
	return extent->kind == EXTENT_ZERO ||
	       (before->file == extent->file && before->offset + before->length == extent->offset);
}

static int append(struct memory_blocks *blocks, const struct span *span, struct error *err)
{
	struct extent extent = extent_of(blocks, span);
	struct extent *grown;

	if (blocks->places_only)
		return 0;
	if (blocks->extent_count && follows(&blocks->extents[blocks->extent_count - 1], &extent)) {
		blocks->extents[blocks->extent_count - 1].length += extent.length;
		return 0;
	}
	grown = array_grow(blocks->extents, &blocks->extent_capacity, blocks->extent_count + 1,
			   sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "a block of memory");
	blocks->extents = grown;
	blocks->extents[blocks->extent_count++] = extent;
	return 0;
}

static bool starts_region(const struct span *span)
{
	return span->first == span->region.first;
}

static bool is_wanted(const struct memory_blocks *blocks, const struct span *span)
{
	return span_has_bytes(span) && memory_filter_takes(blocks->filter, span->region.vma);
}

/* Reads ahead. What the filter's end cuts off is left to the cursor, as a span that starts behind it. */
static void advance(struct memory_blocks *blocks)
{
	if (blocks->has_next)
		blocks->edge = edge_beside(&blocks->next);
	blocks->has_next = span_cursor_next(&blocks->cursor, &blocks->next);
	if (!blocks->has_next || blocks->next.last <= blocks->limit ||
	    blocks->next.first > blocks->limit)
		return;
	blocks->next.last = blocks->limit;
	blocks->cursor = span_cursor_at(blocks->cursor.process, blocks->limit + 1);
}

/* Moves to the next span with bytes, which starts a block. */
static bool find_start(struct memory_blocks *blocks)
{
	while (!blocks->has_next || !is_wanted(blocks, &blocks->next)) {
		advance(blocks);
		if (!blocks->has_next || blocks->next.first > blocks->limit)
			return false;
	}
	if (blocks->next.first > blocks->limit)
		return false;
	blocks->first_edge = starts_region(&blocks->next) ? EDGE_REAL : blocks->edge;
	return true;
}

static int take_block(struct memory_blocks *blocks, struct error *err)
{
	int ret = 0;

	blocks->first = blocks->next.first;
	blocks->extent_count = 0;
	blocks->any_stored = false;
	do {
		blocks->last = blocks->next.last;
		blocks->any_stored |= blocks->next.kind != SPAN_ZERO;
		ret = append(blocks, &blocks->next, err);
		advance(blocks);
	} while (ret == 0 && blocks->has_next && span_has_bytes(&blocks->next) &&
		 !starts_region(&blocks->next) && blocks->next.first <= blocks->limit);
	blocks->last_edge = blocks->has_next && !starts_region(&blocks->next)
				    ? edge_beside(&blocks->next)
				    : EDGE_REAL;
	return ret;
}

int memory_blocks_next(struct memory_blocks *blocks, bool *more, struct error *err)
{
	while (find_start(blocks)) {
		int ret = take_block(blocks, err);

		if (ret < 0)
			return ret;
		if (blocks->any_stored || blocks->places_only) {
			*more = true;
			return 0;
		}
	}
	*more = false;
	return 0;
}
