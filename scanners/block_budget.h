#ifndef CKPT_SCANNERS_BLOCK_BUDGET_H
#define CKPT_SCANNERS_BLOCK_BUDGET_H

#include <stdint.h>

#include "engine/base/error.h"
#include "engine/block.h"

/*
 * What the blocks of all targets may hold together. The same bytes shown through another window are another
 * block, so that a small checkpoint could ask for any amount of work.
 */
struct block_budget {
	uint64_t left; /* bytes to be searched */
	uint64_t refused; /* bytes of blocks that were left out, counted up */
};

/* Adds @block to @list if @budget (NULL: any) allows; equal blocks are searched once, and cost once. */
int block_budget_add(struct block_budget *budget, const struct block *block,
		     struct block_list *list, struct error *err);
/* What the blocks of @list cost. */
uint64_t block_budget_spent(const struct block_list *list);

#endif
