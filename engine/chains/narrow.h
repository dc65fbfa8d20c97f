#ifndef CKPT_ENGINE_CHAINS_NARROW_H
#define CKPT_ENGINE_CHAINS_NARROW_H

#include "engine/chains/part_list.h"
#include "engine/scan.h"

/*
 * Drops those matches of a chain's parts that a piece alone shows to be useless: what must follow or come before them
 * would start in the piece and is not there, or, of last parts, an earlier one serves as well. What is left
 * gives the same matches of the chain. A part that matches nearly everywhere, next to one that is rare, so costs
 * little memory, and the bytes around it are copied seldom.
 */
struct narrowing {
	const struct pattern *pattern;
	struct part_list *const *parts; /* one per part, sorted; NULL: nothing found */
	const struct piece *piece;
	uint32_t *ends; /* work space, malloc'd, kept for the next time */
	size_t end_count, end_capacity;
};

int narrow_chain(struct narrowing *narrowing, struct error *err);

#endif
