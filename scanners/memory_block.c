#include "scanners/memory_block.h"

#include <stdlib.h>

#include "engine/base/array.h"

struct memory_blocks memory_blocks_of(const struct checkpoint *checkpoint,
				      const struct process *process)
{
	return (struct memory_blocks){ .checkpoint = checkpoint,
				       .cursor = span_cursor_at(process, 0) };
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

/* The end that bytes have beside a span without bytes: only what is not mapped is a real end. */
static enum edge edge_beside(const struct span *span)
{
	return span->kind == SPAN_NOTHING ? EDGE_REAL : EDGE_UNSEEN;
}

/* Moves to the next span with bytes, which starts a block. */
static bool find_start(struct memory_blocks *blocks)
{
	enum edge edge = EDGE_REAL;

	while (!blocks->has_next || !span_has_bytes(&blocks->next)) {
		if (blocks->has_next)
			edge = edge_beside(&blocks->next);
		blocks->has_next = span_cursor_next(&blocks->cursor, &blocks->next);
		if (!blocks->has_next)
			return false;
	}
	blocks->first_edge = starts_region(&blocks->next) ? EDGE_REAL : edge;
	return true;
}

static int take_block(struct memory_blocks *blocks, struct error *err)
{
	int ret = 0;

	blocks->first = blocks->next.first;
	blocks->extent_count = 0;
	blocks->any_dumped = false;
	do {
		blocks->last = blocks->next.last;
		blocks->any_dumped |= blocks->next.kind == SPAN_DUMPED;
		ret = append(blocks, &blocks->next, err);
		blocks->has_next = span_cursor_next(&blocks->cursor, &blocks->next);
	} while (ret == 0 && blocks->has_next && span_has_bytes(&blocks->next) &&
		 !starts_region(&blocks->next));
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
		if (blocks->any_dumped || blocks->places_only) {
			*more = true;
			return 0;
		}
	}
	*more = false;
	return 0;
}
