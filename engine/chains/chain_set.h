#ifndef CKPT_ENGINE_CHAINS_CHAIN_SET_H
#define CKPT_ENGINE_CHAINS_CHAIN_SET_H

#include "engine/chain.h"
#include "engine/chains/evidence_list.h"
#include "engine/chains/start_set.h"
#include "engine/database/parts.h"

/* What a block has of one part and variant of a chain. One thread at a time. */
struct chain_set {
	uint32_t number; /* see struct chain */
	bool limited; /* the budget had no room for all: nothing is kept */
	bool has_evidence; /* of the first part by start, of the last by end */
	struct start_set starts;
	struct evidence_list evidence;
};

/* The chain that @subject is a part of, and the number of its set. */
static inline const struct chain *chain_of(const struct database *database,
					   const struct subject *subject)
{
	return &database->chains[subject->chain];
}

static inline uint32_t chain_set_number(const struct chain *chain, size_t part, size_t variant)
{
	return chain->first_set + (uint32_t)(part * VARIANTS + variant);
}

int chain_set_new(struct chain_set **out, const struct part_found *of, uint32_t number,
		  const struct match_policy *policy, struct error *err);
void chain_set_free(struct chain_set *set);
/* Frees what was found. The bytes around it are given back to @credit only when that is released. */
void chain_set_empty(struct chain_set *set, struct match_credit *credit);
int chain_set_add(struct chain_set *set, const struct match_policy *policy,
		  struct match_credit *credit, const struct piece *piece,
		  const struct part_found *found, struct error *err);

#endif
