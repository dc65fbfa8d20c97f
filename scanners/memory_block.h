#ifndef CKPT_SCANNERS_MEMORY_BLOCK_H
#define CKPT_SCANNERS_MEMORY_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/block.h"
#include "scanners/address_space.h"
#include "scanners/memory_filter.h"

/* Blocks of a process by ascending address, one at a time. */
struct memory_blocks {
	const struct checkpoint *checkpoint;
	/* Set by the caller: where blocks lie is enough, no extents are made; those that were never written too. */
	bool places_only;
	const struct memory_filter *filter;
	uint64_t limit; /* the last address that the filter chooses */
	struct span_cursor cursor;
	struct span next; /* read ahead: the one that ended the last block */
	bool has_next;
	enum edge edge; /* that bytes would have where @next starts, within a region */
	/* The current block: */
	uint64_t first, last;
	enum edge first_edge, last_edge;
	bool any_stored; /* at least one byte that is not a zero that was never written */
	struct extent *extents; /* owned; lent until the next call */
	size_t extent_count, extent_capacity;
};

/* Of what @filter chooses; ends that it cuts are unseen. */
struct memory_blocks memory_blocks_of(const struct checkpoint *checkpoint,
				      const struct process *process,
				      const struct memory_filter *filter);
/*
 * The next stretch, with at least one byte of the dump or of a mapped file unless it is for places only; *@more is
 * false at the end.
 */
int memory_blocks_next(struct memory_blocks *blocks, bool *more, struct error *err);
void memory_blocks_release(struct memory_blocks *blocks);

#endif
