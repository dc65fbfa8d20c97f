#ifndef CKPT_SCANNERS_SIBLINGS_H
#define CKPT_SCANNERS_SIBLINGS_H

#include "engine/base/error.h"
#include "engine/block.h"
#include "engine/search.h"
#include "scanners/target_list.h"

/*
 * Adds all blocks to the search. Forked processes have most of their bytes at the same addresses, so blocks of processes
 * that overlap there are added together, in groups that the engine can compare; a group comes where the first of its blocks
 * stands in the list.
 */
int siblings_add_blocks(struct search *search, const struct target_list *targets,
			const struct block_list *blocks, struct error *err);

#endif
