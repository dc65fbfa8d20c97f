#include "engine/matches/credit.h"

/* What is taken ahead: a quarter of what is in use, within these. */
#define LEAST_AHEAD ((uint64_t)1 << 10)
#define MOST_AHEAD ((uint64_t)1 << 16)

static uint64_t ahead(uint64_t used)
{
	uint64_t bytes = used / 4;

	if (bytes < LEAST_AHEAD)
		return LEAST_AHEAD;
	return bytes < MOST_AHEAD ? bytes : MOST_AHEAD;
}

/* Takes from @least to @most bytes; 0: there is less than @least. */
static uint64_t take(struct match_budget *budget, uint64_t least, uint64_t most)
{
	uint64_t left = atomic_load_explicit(&budget->bytes_left, memory_order_relaxed);
	uint64_t taken;

	/* Relaxed is enough: it is a number, nothing is published with it. */
	do {
		if (left < least)
			return 0;
		taken = left < most ? left : most;
	} while (!atomic_compare_exchange_weak_explicit(&budget->bytes_left, &left, left - taken,
							memory_order_relaxed,
							memory_order_relaxed));
	return taken;
}

static void give_back(struct match_credit *credit, uint64_t bytes)
{
	atomic_fetch_add_explicit(&credit->budget->bytes_left, bytes, memory_order_relaxed);
	credit->held -= bytes;
}

bool match_credit_use(struct match_credit *credit, uint64_t bytes)
{
	uint64_t spare = credit->held - credit->used;

	if (spare < bytes) {
		uint64_t least = bytes - spare;
		uint64_t taken = take(credit->budget, least, least + ahead(credit->used));

		if (!taken)
			return false;
		credit->held += taken;
	}
	credit->used += bytes;
	return true;
}

void match_credit_return(struct match_credit *credit, uint64_t bytes)
{
	credit->used -= bytes;

	uint64_t spare = credit->held - credit->used, keep = ahead(credit->used);

	if (spare > 2 * keep)
		give_back(credit, spare - keep);
}

void match_credit_release(struct match_credit *credit)
{
	give_back(credit, credit->held);
	credit->used = 0;
}
