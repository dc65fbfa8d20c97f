#include "engine/search/stretch.h"

#include <stdlib.h>

#include "engine/base/array.h"

/* Where no bytes are, an empty match still looks from somewhere. */
static const uint8_t no_bytes[1];

void stretch_begin(struct stretch *stretch, uint64_t start, uint64_t end, uint64_t own_start,
		   uint64_t own_end)
{
	stretch->data = no_bytes;
	stretch->start = start;
	stretch->end = end;
	stretch->own_start = own_start;
	stretch->own_end = own_end;
	stretch->has_zeros = false;
	stretch->dumped_count = stretch->hole_count = 0;
	stretch->next_piece = 0;
}

void stretch_begin_around(struct stretch *stretch, const struct view *view,
			  const struct margins *margins, uint64_t own_start, uint64_t own_end)
{
	uint64_t start = own_start - earlier(own_start, margins->left);
	uint64_t last = earlier(own_end, view->length);
	uint64_t end = last + earlier(view->length - last, margins->right);

	stretch_begin(stretch, start, end, own_start, own_end);
}

int stretch_add_hole(struct stretch *stretch, struct hole hole, struct error *err)
{
	struct hole *last = stretch->hole_count ? &stretch->holes[stretch->hole_count - 1] : NULL;
	struct hole *grown;

	if (last && last->end == hole.start && last->file == hole.file && last->code == hole.code &&
	    last->offset + (last->end - last->start) == hole.offset) {
		last->end = hole.end;
		return 0;
	}
	grown = array_grow(stretch->holes, &stretch->hole_capacity, stretch->hole_count + 1,
			   sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "what could not be read");
	stretch->holes = grown;
	stretch->holes[stretch->hole_count++] = hole;
	return 0;
}

int stretch_add_dumped(struct stretch *stretch, uint64_t start, uint64_t end, struct error *err)
{
	struct address_range *last =
		stretch->dumped_count ? &stretch->dumped[stretch->dumped_count - 1] : NULL;
	struct address_range *grown;

	if (last && last->end == start) {
		last->end = end;
		return 0;
	}
	grown = array_grow(stretch->dumped, &stretch->dumped_capacity, stretch->dumped_count + 1,
			   sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "the dumped parts of a block");
	stretch->dumped = grown;
	stretch->dumped[stretch->dumped_count++] = (struct address_range){ start, end };
	return 0;
}

/* The dumped parts within a piece, as indexes into it. */
static int clip_dumped(struct stretch *stretch, uint64_t start, uint64_t end, struct piece *piece,
		       struct error *err)
{
	struct address_range *parts =
		array_grow(stretch->piece_dumped, &stretch->piece_dumped_capacity,
			   stretch->dumped_count + 1, sizeof(*parts));

	if (!parts)
		return error_no_memory(err, "the dumped parts of a block");
	stretch->piece_dumped = parts;
	piece->dumped = parts;
	piece->dumped_count = 0;
	for (size_t i = 0; i < stretch->dumped_count; i++) {
		uint64_t from = later(stretch->dumped[i].start, start);
		uint64_t to = earlier(stretch->dumped[i].end, end);

		if (from < to)
			parts[piece->dumped_count++] =
				(struct address_range){ from - start, to - start };
	}
	return 0;
}

static enum edge first_edge(const struct stretch *stretch, const struct view *view, size_t number)
{
	if (number)
		return EDGE_UNSEEN;
	return stretch->start ? EDGE_CUT : view->first_edge;
}

static enum edge last_edge(const struct stretch *stretch, const struct view *view, size_t number)
{
	if (number < stretch->hole_count)
		return EDGE_UNSEEN;
	return stretch->end < view->length ? EDGE_CUT : view->last_edge;
}

/* The bytes between hole @number - 1 and hole @number; false: none of its starts counts. */
static bool piece_between(const struct stretch *stretch, const struct view *view, size_t number,
			  struct piece *out)
{
	bool before_hole = number < stretch->hole_count;
	uint64_t start = number ? stretch->holes[number - 1].end : stretch->start;
	uint64_t end = before_hole ? stretch->holes[number].start : stretch->end;
	/* An empty match may stand where the bytes end, as at the end of a block. */
	uint64_t last_start = before_hole ? end + 1 : stretch->own_end;
	uint64_t own_start = later(start, stretch->own_start);
	uint64_t own_end = earlier(last_start, stretch->own_end);

	if (own_start >= own_end || (start == end && stretch->hole_count))
		return false;
	*out = (struct piece){ .data = stretch->data + (start - stretch->start),
			       .length = (size_t)(end - start),
			       .own_start = (size_t)(own_start - start),
			       .own_end = (size_t)(own_end - start),
			       .position = start,
			       .first = first_edge(stretch, view, number),
			       .last = last_edge(stretch, view, number) };
	return true;
}

int stretch_next_piece(struct stretch *stretch, const struct view *view, struct piece *out,
		       bool *more, struct error *err)
{
	*more = false;
	while (stretch->next_piece <= stretch->hole_count) {
		int ret;

		if (!piece_between(stretch, view, stretch->next_piece++, out))
			continue;
		if (!stretch->has_zeros) {
			*more = true;
			return 0;
		}
		ret = clip_dumped(stretch, out->position, out->position + out->length, out, err);
		if (ret)
			return ret;
		if (out->dumped_count) {
			*more = true;
			return 0;
		}
	}
	return 0;
}

void stretch_release(struct stretch *stretch)
{
	free(stretch->dumped);
	free(stretch->holes);
	free(stretch->buffer);
	free(stretch->piece_dumped);
	*stretch = (struct stretch){ .data = NULL };
}
