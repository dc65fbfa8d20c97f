#ifndef CKPT_ENGINE_MATCHES_CREDIT_H
#define CKPT_ENGINE_MATCHES_CREDIT_H

#include "engine/match_store.h"

/*
 * One store's share of the budget. It takes from the budget ahead, in
 * proportion to what it holds, so that workers seldom meet at the counter and a
 * store with little keeps little from the others.
 */
struct match_credit {
	struct match_budget *budget;
	uint64_t held; /* taken from the budget */
	uint64_t used;
};

/* False: the budget is used up. */
bool match_credit_use(struct match_credit *credit, uint64_t bytes);
/* Those bytes are free again. */
void match_credit_return(struct match_credit *credit, uint64_t bytes);
/* Gives all that is held back to the budget. */
void match_credit_release(struct match_credit *credit);

#endif
