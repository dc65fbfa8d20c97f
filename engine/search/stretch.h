#ifndef CKPT_ENGINE_SEARCH_STRETCH_H
#define CKPT_ENGINE_SEARCH_STRETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/scan.h"
#include "engine/search/lost_list.h"
#include "engine/search/shard.h"
#include "engine/search/view.h"

/* Part of a stretch that could not be read, by position. */
struct hole {
	uint64_t start, end;
	uint64_t offset; /* of @start in @file */
	uint32_t file;
	enum warning_code code;
};

/*
 * A stretch: contiguous bytes of a block at hand, in place or copied, and the starts in it that are
 * to be looked at. Holes divide it into pieces: bytes that nobody has end a block unseen.
 *
 *	position   start    own_start               own_end     end
 *	             |---------|======####=============|---------|
 *	pieces       [-------------] hole [----------------------]
 *
 * One worker's, used again and again; its memory grows to what is needed. Release with
 * stretch_release(), a no-op on a zeroed one.
 */
struct stretch {
	const uint8_t *data;
	uint64_t start, end; /* positions of the bytes */
	uint64_t own_start, own_end; /* positions of the starts */
	bool has_zeros; /* then @dumped says what is not */
	struct address_range *dumped; /* positions, ascending */
	size_t dumped_count, dumped_capacity;
	struct hole *holes; /* ascending, apart */
	size_t hole_count, hole_capacity;
	uint8_t *buffer; /* for copies */
	size_t buffer_bytes;
	size_t next_piece; /* number of the piece that comes next */
	struct address_range *piece_dumped; /* lent with the piece */
	size_t piece_dumped_capacity;
};

/* Bytes [@start, @end) with no data yet, no zeros and no holes. */
void stretch_begin(struct stretch *stretch, uint64_t start, uint64_t end, uint64_t own_start,
		   uint64_t own_end);
/* The bytes that those starts of @view need: with both margins, as far as the block goes. */
void stretch_begin_around(struct stretch *stretch, const struct view *view,
			  const struct margins *margins, uint64_t own_start, uint64_t own_end);
int stretch_add_hole(struct stretch *stretch, struct hole hole, struct error *err);
int stretch_add_dumped(struct stretch *stretch, uint64_t start, uint64_t end, struct error *err);
/*
 * The next piece that has starts of its own and bytes of the dump; *@more false: there is none.
 * Lent until the next call.
 */
int stretch_next_piece(struct stretch *stretch, const struct view *view, struct piece *out,
		       bool *more, struct error *err);
void stretch_release(struct stretch *stretch);

#endif
