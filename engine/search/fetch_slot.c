#include "engine/search/fetch_slot.h"

#include "engine/read/direct.h"
#include "engine/search/state.h"

/* A disk reads over a gap of this size faster than it begins anew. */
#define GAP_BYTES ((uint64_t)64 << 10)

void fetch_slot_clear(struct fetch_slot *slot)
{
	slot->used = 0;
	slot->shards = NULL;
	slot->last_shard = &slot->shards;
	slot->read_count = slot->started = slot->ended = slot->last_found = 0;
}

static uint64_t rounded_down(uint64_t offset)
{
	return offset - offset % DIRECT_ALIGNMENT;
}

static uint64_t rounded_up(uint64_t offset)
{
	return rounded_down(offset + DIRECT_ALIGNMENT - 1);
}

static struct fetch_read *last_read(struct fetch_slot *slot)
{
	return slot->read_count ? &slot->reads[slot->read_count - 1] : NULL;
}

static bool continues(const struct fetch_read *last, uint32_t file, uint64_t start)
{
	return last->file == file && start >= last->ring.offset &&
	       start <= last->ring.offset + last->ring.length + GAP_BYTES;
}

/* Makes the last read long enough for [.., @end); false: there is no room. */
static bool extend(struct fetch_slot *slot, struct fetch_read *last, uint64_t end)
{
	uint64_t length = rounded_up(end) - last->ring.offset, more = 0;

	if (length > last->ring.length)
		more = length - last->ring.length;
	if (more > slot->bytes - slot->used)
		return false;
	slot->used += (size_t)more;
	last->ring.length += (uint32_t)more;
	last->ring.needed = (uint32_t)later(last->ring.needed, end - last->ring.offset);
	return true;
}

static bool add_range(struct fetch_slot *slot, uint32_t file, int ring_file, uint64_t offset,
		      uint64_t length)
{
	struct fetch_read *last = last_read(slot), *read;
	uint64_t start = rounded_down(offset);

	if (last && continues(last, file, start))
		return extend(slot, last, offset + length);
	if (slot->read_count == FETCH_SLOT_READS ||
	    rounded_up(offset + length) - start > slot->bytes - slot->used)
		return false;
	read = &slot->reads[slot->read_count++];
	*read = (struct fetch_read){ .ring = { .offset = start,
					       .target = slot->data + slot->used,
					       .buffer = slot->number,
					       .file = ring_file },
				     .slot = slot,
				     .file = file };
	return extend(slot, read, offset + length);
}

static struct address_range needed_by(const struct view *view, const struct margins *margins,
				      uint64_t start, uint64_t end)
{
	uint64_t last = earlier(end, view->length);

	return (struct address_range){ start - earlier(start, margins->left),
				       last + earlier(view->length - last, margins->right) };
}

/* Of what was added since, nothing is left. */
static void take_back(struct fetch_slot *slot, size_t used, size_t read_count,
		      const struct fetch_read *last)
{
	slot->used = used;
	slot->read_count = read_count;
	if (read_count)
		slot->reads[read_count - 1] = *last;
}

static bool add_span(struct fetch_slot *slot, const struct span *span, struct address_range range,
		     fetch_file *file_of, void *context, bool *any)
{
	uint64_t from = later(span->start, range.start), to = earlier(span_end(span), range.end);
	int file;

	if (span->kind != SPAN_FILE || from >= to)
		return true;
	file = file_of(context, span->file);
	if (file < 0)
		return true;
	*any = true;
	return add_range(slot, span->file, file, span->offset + (from - span->start), to - from);
}

enum fetch_fit fetch_slot_add(struct fetch_slot *slot, const struct view *view,
			      const struct margins *margins, uint64_t start, uint64_t end,
			      fetch_file *file_of, void *context)
{
	struct address_range range = needed_by(view, margins, start, end);
	size_t used = slot->used, read_count = slot->read_count;
	struct fetch_read last = { .file = 0 };
	bool any = false;

	if (read_count)
		last = slot->reads[read_count - 1];
	for (size_t i = view_span_at(view, range.start); i < view->span_count; i++) {
		if (view->spans[i].start >= range.end)
			break;
		if (add_span(slot, &view->spans[i], range, file_of, context, &any))
			continue;
		take_back(slot, used, read_count, &last);
		return read_count ? FETCH_FULL : FETCH_NEVER;
	}
	return any ? FETCH_FITS : FETCH_NEVER;
}

void fetch_slot_add_shard(struct fetch_slot *slot, struct shard *shard)
{
	shard->next_free = NULL;
	*slot->last_shard = shard;
	slot->last_shard = &shard->next_free;
}

static const uint8_t *bytes_in(const struct fetch_read *read, uint32_t file, uint64_t offset,
			       uint64_t length)
{
	if (read->file != file || offset < read->ring.offset)
		return NULL;
	offset -= read->ring.offset;
	if (offset > read->ring.done || length > read->ring.done - offset)
		return NULL;
	return read->ring.target + offset;
}

const uint8_t *fetch_slot_find(struct fetch_slot *slot, uint32_t file, uint64_t offset,
			       uint64_t length)
{
	/* They are asked for in the order in which they were added, so it mostly is this one or the next. */
	for (size_t i = 0; i < slot->read_count; i++) {
		size_t index = (slot->last_found + i) % slot->read_count;
		const uint8_t *data = bytes_in(&slot->reads[index], file, offset, length);

		if (!data)
			continue;
		slot->last_found = index;
		return data;
	}
	return NULL;
}

static struct span part_of(struct fetch_slot *slot, const struct span *span,
			   struct address_range range)
{
	struct span part = *span;

	part.start = later(span->start, range.start);
	part.length = earlier(span_end(span), range.end) - part.start;
	if (span->kind == SPAN_ZERO)
		return part;
	part.offset += part.start - span->start;
	if (span->kind == SPAN_MEMORY) {
		part.data += part.start - span->start;
		return part;
	}
	part.data = fetch_slot_find(slot, part.file, part.offset, part.length);
	if (part.data)
		part.kind = SPAN_MEMORY;
	return part;
}

int fetch_slot_view(struct fetch_slot *slot, const struct view *view, const struct margins *margins,
		    uint64_t start, uint64_t end, struct span_list *spans, struct view **out,
		    struct error *err)
{
	struct address_range range = needed_by(view, margins, start, end);
	struct lease lease = { slot->data, slot->used, &slot->owner };
	int ret = 0;

	spans->count = 0;
	for (size_t i = view_span_at(view, range.start); !ret && i < view->span_count; i++) {
		if (view->spans[i].start >= range.end)
			break;
		ret = span_list_add(spans, part_of(slot, &view->spans[i], range), err);
	}
	return ret ? ret : view_new(out, spans, view, view->block, &lease, NULL, err);
}
