#ifndef CKPT_ENGINE_CHAINS_EVIDENCE_LIST_H
#define CKPT_ENGINE_CHAINS_EVIDENCE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/matches/credit.h"
#include "engine/matches/kept_list.h"

/*
 * Bytes around some positions of a block, copied while they are at hand; which of the matches there become matches of
 * a chain is known only later. The lowest positions are kept, a fixed number of them, and fewer where the budget ends.
 */
struct evidence_list {
	struct kept_list list;
	bool sorted;
};

/* What is to be copied, the three next to each other or not. */
struct evidence_bytes {
	const uint8_t *before, *data, *after;
	uint32_t before_length, data_length, after_length;
};

void evidence_list_init(struct evidence_list *evidence, size_t most);
/* A no-op on a zeroed one. What was paid is not given back: credit is released as a whole. */
void evidence_list_release(struct evidence_list *evidence);
static inline bool evidence_list_wants(const struct evidence_list *evidence, uint64_t position)
{
	return kept_list_wants(&evidence->list, position);
}
/* Copies for a position that evidence_list_wants(). What does not fit into the budget is left out: no failure. */
int evidence_list_add(struct evidence_list *evidence, struct match_credit *credit,
		      uint64_t position, const struct evidence_bytes *bytes, struct error *err);
/* NULL: none is kept. Lent; after the first call nothing can be added. */
const struct kept_evidence *evidence_list_find(struct evidence_list *evidence, uint64_t position);

#endif
