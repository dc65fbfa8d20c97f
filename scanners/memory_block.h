#ifndef CKPT_SCANNERS_MEMORY_BLOCK_H
#define CKPT_SCANNERS_MEMORY_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/block.h"
#include "scanners/address_space.h"

/* Blocks of a process by ascending address, one at a time. */
struct memory_blocks {
	const struct checkpoint *checkpoint;
	/* Set by the caller: where blocks lie is enough, no extents are made; those that were never written too. */
	bool places_only;
	struct span_cursor cursor;
	struct span next; /* read ahead: the one that ended the last block */
	bool has_next;
	/* The current block: */
	uint64_t first, last;
	enum edge first_edge, last_edge;
	bool any_dumped;
	struct extent *extents; /* owned; lent until the next call */
	size_t extent_count, extent_capacity;
};

struct memory_blocks memory_blocks_of(const struct checkpoint *checkpoint,
				      const struct process *process);
/* The next stretch, with at least one dumped byte unless it is for places only; *@more is false at the end. */
int memory_blocks_next(struct memory_blocks *blocks, bool *more, struct error *err);
void memory_blocks_release(struct memory_blocks *blocks);

#endif
