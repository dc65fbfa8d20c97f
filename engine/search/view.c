#include "engine/search/view.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/search/search_block.h"

static bool continues(const struct span *last, const struct span *span)
{
	if (last->kind != span->kind)
		return false;
	if (span->kind == SPAN_ZERO)
		return true;
	if (last->file != span->file || last->offset + last->length != span->offset)
		return false;
	return span->kind == SPAN_FILE || last->data + last->length == span->data;
}

int span_list_add(struct span_list *list, struct span span, struct error *err)
{
	struct span *last = list->count ? &list->items[list->count - 1] : NULL;
	struct span *grown;

	if (last)
		span.start = span_end(last);
	if (last && continues(last, &span)) {
		last->length += span.length;
		return 0;
	}
	grown = array_grow(list->items, &list->capacity, list->count + 1, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "the spans of a block");
	list->items = grown;
	list->items[list->count++] = span;
	return 0;
}

int span_list_add_extents(struct span_list *list, const struct block *block, struct error *err)
{
	uint64_t total = 0;

	for (size_t i = 0; i < block->extent_count; i++) {
		const struct extent *extent = &block->extents[i];
		struct span span = { .length = extent->length };
		int ret;

		if (!extent->length || extent->length > INT64_MAX - total ||
		    extent->offset > INT64_MAX - extent->length)
			return error_set(err, ERROR_USAGE, 0, "an extent that no block can have");
		total += extent->length;
		span.kind = extent->kind == EXTENT_ZERO ? SPAN_ZERO : SPAN_FILE;
		if (span.kind == SPAN_FILE) {
			span.file = extent->file;
			span.offset = extent->offset;
		}
		ret = span_list_add(list, span, err);
		if (ret)
			return ret;
	}
	return 0;
}

int view_new(struct view **out, const struct span_list *spans, const struct view *like,
	     struct search_block *block, const struct lease *lease, struct view *before,
	     struct error *err)
{
	size_t bytes = spans->count * sizeof(struct span); /* no overflow: it is in memory */
	struct view *view = malloc(sizeof(*view) + bytes);

	if (!view)
		return error_no_memory(err, "the view of a block");
	*view = (struct view){ .block = block,
			       .before = before,
			       .length = like->length,
			       .first_edge = like->first_edge,
			       .last_edge = like->last_edge,
			       .span_count = spans->count };
	atomic_init(&view->holders, 1);
	memcpy(view->spans, spans->items, bytes);
	if (block)
		search_block_hold(block);
	if (before)
		view_hold(before);
	if (lease) {
		view->lease = *lease;
		lease_hold(lease);
	}
	*out = view;
	return 0;
}

int view_clip(struct view **out, const struct view *view, uint64_t start, uint64_t end,
	      struct error *err)
{
	size_t first = view_span_at(view, start), last = view_span_at(view, end);
	size_t span_bytes = (last - first + 1) * sizeof(struct span);
	struct view *clip = malloc(sizeof(*clip) + span_bytes + (size_t)(end - start));
	uint8_t *bytes;

	if (!clip)
		return error_no_memory(err, "the end of what has passed");
	*clip = (struct view){ .block = view->block,
			       .length = view->length,
			       .first_edge = view->first_edge,
			       .last_edge = view->last_edge };
	atomic_init(&clip->holders, 1);
	bytes = (uint8_t *)clip->spans + span_bytes;
	for (size_t i = first; i <= last; i++) {
		struct span span = view->spans[i];
		uint64_t from = later(span.start, start), to = earlier(span_end(&span), end);

		if (from >= to)
			continue;
		if (span.kind == SPAN_MEMORY) {
			memcpy(bytes, span.data + (from - span.start), (size_t)(to - from));
			span.data = bytes;
			bytes += to - from;
		}
		if (span.kind != SPAN_ZERO)
			span.offset += from - span.start;
		span.start = from;
		span.length = to - from;
		clip->spans[clip->span_count++] = span;
	}
	if (clip->block)
		search_block_hold(clip->block);
	*out = clip;
	return 0;
}

void view_hold(struct view *view)
{
	/* Relaxed: whoever holds one more already has one. */
	atomic_fetch_add_explicit(&view->holders, 1, memory_order_relaxed);
}

void view_release(struct view *view, size_t worker)
{
	/* What others did with the view must be over before the last one frees it. */
	if (!view || atomic_fetch_sub_explicit(&view->holders, 1, memory_order_acq_rel) != 1)
		return;
	lease_release(&view->lease);
	view_release(view->before, worker);
	if (view->block)
		search_block_release(view->block, worker);
	free(view);
}

size_t view_span_at(const struct view *view, uint64_t position)
{
	size_t low = 0, high = view->span_count - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (span_end(&view->spans[middle]) > position)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

uint64_t view_dumped_bytes(const struct view *view, uint64_t start, uint64_t end)
{
	uint64_t bytes = 0;

	for (size_t i = view_span_at(view, start); i < view->span_count; i++) {
		const struct span *span = &view->spans[i];
		uint64_t from = later(span->start, start), to = earlier(span_end(span), end);

		if (span->start >= end)
			break;
		if (span->kind != SPAN_ZERO && from < to)
			bytes += to - from;
	}
	return bytes;
}
