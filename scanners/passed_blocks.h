#ifndef CKPT_SCANNERS_PASSED_BLOCKS_H
#define CKPT_SCANNERS_PASSED_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/block.h"

/*
 * Which memory has been searched on the way past, by target and address. When all is known its blocks are made once
 * more, and only the others are searched then. Zeroed: none yet. One thread.
 */
struct passed_range {
	uint64_t first, last; /* addresses, both included */
	uint32_t target;
};

struct passed_blocks {
	struct passed_range *items;
	size_t count, capacity;
	bool sorted;
};

int passed_blocks_add(struct passed_blocks *passed, const struct block *block, struct error *err);
/* Whether the block, or one that it was cut from, was added. */
bool passed_blocks_has(struct passed_blocks *passed, const struct block *block);
/* How many of these bytes of a target have passed; @length is not 0. */
uint64_t passed_blocks_bytes(struct passed_blocks *passed, uint32_t target, uint64_t address,
			     uint64_t length);
void passed_blocks_release(struct passed_blocks *passed);

#endif
