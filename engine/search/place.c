#include "engine/search/place.h"

/* The first bytes at or behind @position that lie anywhere: zeros that were never written do not. */
static const struct span *span_with_bytes(const struct view *view, uint64_t *position)
{
	for (size_t i = view_span_at(view, *position); i < view->span_count; i++) {
		const struct span *span = &view->spans[i];

		if (span->kind == SPAN_ZERO || *position == span_end(span))
			continue;
		*position = later(*position, span->start);
		return span;
	}
	return NULL;
}

/* NULL: only reading would tell. */
static const uint8_t *bytes_at(const struct file_table *files, const struct span *span,
			       uint64_t position)
{
	struct bytes lent;

	if (span->kind == SPAN_MEMORY)
		return span->data + (position - span->start);
	if (file_table_lend(files, span->file, span->offset + (position - span->start), 1, &lent,
			    NULL) < 0 ||
	    !lent.length)
		return NULL;
	return lent.data;
}

size_t place_of(const struct workers *workers, const struct file_table *files,
		const struct view *view, uint64_t position)
{
	const struct span *span;
	const uint8_t *bytes;

	if (workers_node_count(workers) < 2)
		return SIZE_MAX;
	span = span_with_bytes(view, &position);
	bytes = span ? bytes_at(files, span, position) : NULL;
	return bytes ? workers_node_of_memory(workers, bytes) : SIZE_MAX;
}
