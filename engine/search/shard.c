#include "engine/search/shard.h"

uint64_t shard_next_live(const struct view *view, const struct margins *margins, uint64_t position)
{
	size_t index = view_span_at(view, position);
	const struct span *span = &view->spans[index];
	uint64_t from;

	if (span->kind != SPAN_ZERO)
		return position <= view->length ? position : UINT64_MAX;
	if (index + 1 == view->span_count)
		return UINT64_MAX;
	/* Zeros never follow zeros: their spans were joined. */
	from = span_end(span) - earlier(span->length, margins->reach);
	return position > from ? position : from;
}

uint64_t shard_live_end(const struct view *view, uint64_t position)
{
	const struct span *span = &view->spans[view_span_at(view, position)];
	uint64_t end = span_end(span);

	/* An empty match may stand at the end of the block. */
	return end == view->length ? end + 1 : end;
}

bool shard_cutter_next(struct shard_cutter *cutter, uint64_t *start, uint64_t *end)
{
	uint64_t room = cutter->shard_bytes;
	uint64_t position = cutter->position;
	bool found = false;

	while (room && position < cutter->end) {
		uint64_t live = shard_next_live(cutter->view, cutter->margins, position);
		uint64_t take;

		if (live >= cutter->end) {
			position = cutter->end;
			break;
		}
		if (!found)
			*start = live;
		found = true;
		take = earlier(shard_live_end(cutter->view, live), cutter->end) - live;
		take = earlier(take, room);
		room -= take;
		position = live + take;
		*end = position;
	}
	cutter->position = position;
	return found;
}
