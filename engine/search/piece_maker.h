#ifndef CKPT_ENGINE_SEARCH_PIECE_MAKER_H
#define CKPT_ENGINE_SEARCH_PIECE_MAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/scan.h"
#include "engine/search/lost_list.h"
#include "engine/search/shard.h"
#include "engine/search/stretch.h"
#include "engine/search/view.h"

/*
 * Turns a shard into pieces: long spans where they lie, all else copied.
 *
 *	spans      |..........FILE..........|.M.|.M.|..........FILE..........|
 *	pieces     ====== in place =====
 *	                            ==== copied ========
 *	                                                === in place ========
 *
 * In place stay those starts of a span that have both margins within it. One worker's; zeroed but
 * for @files at first; release with piece_maker_release(). Between calls @lost, @searched and @holes grow;
 * whoever takes them sets them back.
 */
struct piece_maker {
	const struct file_table *files;
	const struct view *view; /* of the shard, borrowed */
	const struct margins *margins; /* borrowed */
	uint64_t position, end; /* starts left */
	struct stretch stretch;
	const struct span *in_place; /* the span that the stretch was lent from; NULL: none */
	uint64_t copy_bytes; /* most starts of one copied stretch */
	uint64_t in_place_bytes; /* fewer starts than that are copied with their neighbours */
	struct lost_list lost; /* among the own starts of what was searched */
	uint64_t lost_bytes, searched; /* of the dump, likewise */
	struct address_range *holes; /* the positions of what was lost */
	size_t hole_count, hole_capacity;
};

/* Sets the two sizes as the margins ask for. */
void piece_maker_begin(struct piece_maker *maker, const struct view *view,
		       const struct margins *margins, uint64_t start, uint64_t end);
/* *@more false: the shard is done. The piece is lent until the next call. */
int piece_maker_next(struct piece_maker *maker, struct piece *out, bool *more, struct error *err);
/*
 * Counts the own starts of @stretch, a part of @view that somebody else searched, as @searched, and its holes as what it
 * lost.
 */
int piece_maker_count(struct piece_maker *maker, const struct view *view,
		      const struct stretch *stretch, struct error *err);
void piece_maker_release(struct piece_maker *maker);

#endif
