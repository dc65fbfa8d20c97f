#include "engine/search/piece_maker.h"

#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/search/seam.h"

/* Large enough that the margins, searched twice, cost little; small enough for the cache. */
#define COPY_BYTES (128u << 10)
/* Below this copying costs less than searching the margins of two more pieces. */
#define IN_PLACE_BYTES (32u << 10)

void piece_maker_begin(struct piece_maker *maker, const struct view *view,
		       const struct margins *margins, uint64_t start, uint64_t end)
{
	uint64_t both = margins->left + margins->right;

	maker->view = view;
	maker->margins = margins;
	maker->position = start;
	maker->end = end;
	maker->in_place = NULL;
	maker->copy_bytes = later(COPY_BYTES, 2 * both);
	maker->in_place_bytes = later(IN_PLACE_BYTES, 2 * both);
	stretch_begin(&maker->stretch, 0, 0, 0, 0);
}

/* The starts of @span that have both margins within it and are enough to be worth it. */
static bool in_place_starts(const struct piece_maker *maker, const struct span *span, uint64_t *low,
			    uint64_t *high)
{
	bool first = span->start == 0, last = span_end(span) == maker->view->length;
	uint64_t left = first ? 0 : maker->margins->left;
	uint64_t right = last ? 0 : maker->margins->right;

	if (span->kind == SPAN_ZERO || span->length < left || span->length - left < right)
		return false;
	*low = span->start + left;
	*high = span_end(span) - right + last;
	return (first && last) || *high - *low >= maker->in_place_bytes;
}

/*
 * How far to copy from @position: until a span can be searched in place, or until starts are not
 * live any more, but not too far at a time.
 */
static uint64_t copied_end(const struct piece_maker *maker, uint64_t position)
{
	const struct view *view = maker->view;
	uint64_t end = earlier(maker->end, position + maker->copy_bytes);

	for (size_t i = view_span_at(view, position); i < view->span_count; i++) {
		const struct span *span = &view->spans[i];
		uint64_t low, high;

		if (span->start >= end)
			break;
		if (span->start > position &&
		    shard_next_live(view, maker->margins, span->start) != span->start)
			return span->start;
		if (in_place_starts(maker, span, &low, &high) && low > position)
			return earlier(end, low);
	}
	return end;
}

static void begin_stretch(struct piece_maker *maker, uint64_t own_start, uint64_t own_end)
{
	stretch_begin_around(&maker->stretch, maker->view, maker->margins, own_start, own_end);
}

static int copy(struct piece_maker *maker, uint64_t start, uint64_t end, struct error *err)
{
	begin_stretch(maker, start, end);
	maker->position = end;
	return seam_copy(&maker->stretch, maker->view, maker->files, err);
}

/* A kept range may lie there in several places: then what the first of them holds. */
static int lend(struct piece_maker *maker, const struct span *span, uint64_t start, uint64_t end,
		struct error *err)
{
	uint64_t lent, needed;
	int ret;

	begin_stretch(maker, start, end);
	needed = maker->stretch.end - maker->stretch.start;
	ret = seam_lend(&maker->stretch, span, maker->files, &lent, err);
	if (!ret && lent < needed) {
		uint64_t edge = maker->stretch.start + lent;
		uint64_t margin = start + maker->margins->right + maker->in_place_bytes;

		if (edge < margin)
			return copy(maker, start, copied_end(maker, start), err);
		end = edge - maker->margins->right;
		begin_stretch(maker, start, end);
		needed = maker->stretch.end - maker->stretch.start;
		ret = seam_lend(&maker->stretch, span, maker->files, &lent, err);
		if (!ret && lent < needed)
			return copy(maker, start, copied_end(maker, start), err);
	}
	maker->position = end;
	maker->in_place = span;
	return ret;
}

static int next_stretch(struct piece_maker *maker, bool *more, struct error *err)
{
	uint64_t position = shard_next_live(maker->view, maker->margins, maker->position);
	const struct span *span;
	uint64_t low, high;

	*more = position < maker->end;
	if (!*more)
		return 0;
	span = &maker->view->spans[view_span_at(maker->view, position)];
	if (in_place_starts(maker, span, &low, &high) && position >= low && position < high)
		return lend(maker, span, position, earlier(high, maker->end), err);
	return copy(maker, position, copied_end(maker, position), err);
}

static int note_hole(struct piece_maker *maker, uint64_t start, uint64_t end, struct error *err)
{
	struct address_range *grown = array_grow(maker->holes, &maker->hole_capacity,
						 maker->hole_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "what could not be read");
	maker->holes = grown;
	grown[maker->hole_count++] = (struct address_range){ start, end };
	return 0;
}

/* Each byte is an own start of one stretch alone, so none is counted twice. */
static int count_hole(struct piece_maker *maker, const struct stretch *stretch,
		      const struct hole *hole, struct error *err)
{
	uint64_t start = later(hole->start, stretch->own_start);
	uint64_t end = earlier(hole->end, stretch->own_end);
	struct lost lost;
	int ret;

	if (start >= end)
		return 0;
	lost = (struct lost){ .offset = hole->offset + (start - hole->start),
			      .length = end - start,
			      .file = hole->file,
			      .code = hole->code };
	maker->lost_bytes += lost.length;
	maker->searched -= lost.length;
	ret = note_hole(maker, start, end, err);
	return ret ? ret : lost_list_add(&maker->lost, &lost, err);
}

/*
 * What lay in place is asked for damage once more: a file that was
 * cut just now may have shown zeros to the scan. Its matches stay, for they cannot be told from
 * others any more; but the bytes count as lost, so nobody takes the result for complete.
 */
static int find_damage(struct piece_maker *maker, struct error *err)
{
	struct stretch *stretch = &maker->stretch;

	if (!maker->in_place || maker->in_place->kind != SPAN_FILE)
		return 0;
	stretch->hole_count = 0;
	return seam_add_damage(stretch, maker->in_place, maker->files, stretch->start, stretch->end,
			       err);
}

int piece_maker_count(struct piece_maker *maker, const struct view *view,
		      const struct stretch *stretch, struct error *err)
{
	int ret = 0;

	if (stretch->own_start < stretch->own_end)
		maker->searched += view_dumped_bytes(view, stretch->own_start, stretch->own_end);
	for (size_t i = 0; !ret && i < stretch->hole_count; i++)
		ret = count_hole(maker, stretch, &stretch->holes[i], err);
	return ret;
}

static int settle(struct piece_maker *maker, struct error *err)
{
	int ret = find_damage(maker, err);

	if (!ret)
		ret = piece_maker_count(maker, maker->view, &maker->stretch, err);
	maker->in_place = NULL;
	stretch_begin(&maker->stretch, 0, 0, 0, 0);
	return ret;
}

int piece_maker_next(struct piece_maker *maker, struct piece *out, bool *more, struct error *err)
{
	for (;;) {
		int ret = stretch_next_piece(&maker->stretch, maker->view, out, more, err);

		if (ret || *more)
			return ret;
		ret = settle(maker, err);
		if (!ret)
			ret = next_stretch(maker, more, err);
		if (ret || !*more)
			return ret;
	}
}

void piece_maker_release(struct piece_maker *maker)
{
	stretch_release(&maker->stretch);
	free(maker->lost.items);
	free(maker->holes);
	*maker = (struct piece_maker){ .files = NULL };
}
