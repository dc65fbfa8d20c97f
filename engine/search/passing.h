#ifndef CKPT_ENGINE_SEARCH_PASSING_H
#define CKPT_ENGINE_SEARCH_PASSING_H

#include <stdint.h>

#include "engine/search/state.h"

/*
 * A passing file and the blocks noted for it. Each block has seen its bytes up to some position,
 * and queued its starts up to the right margin before it; the bytes from the left margin before
 * the first start left are kept as its tail:
 *
 *	lease before      |.....................|
 *	block             ====queued====|.......|       next lease |.......
 *	tail                     |--left--|right|
 *
 * All calls by the one thread that adds.
 */
struct passing_file;

/* Notes @block, whose extents are @spans, for file @file. Holds it until its bytes have come. */
int passing_note(struct search *search, uint32_t file, struct search_block *block,
		 const struct span_list *spans, const struct view *like, struct error *err);
/* As search_pass(), but the lease stays the caller's. */
int passing_bytes(struct search *search, uint32_t file, uint64_t offset, const struct lease *lease,
		  struct error *err);
/* As search_pass_end(). */
int passing_end(struct search *search, uint32_t file, struct error *err);
/* Without searching what is left. NULL allowed. */
void passing_free(struct passing_file *passing);

#endif
