#ifndef CKPT_ENGINE_MATCHES_STORE_PARTS_H
#define CKPT_ENGINE_MATCHES_STORE_PARTS_H

#include "engine/match_store.h"
#include "engine/matches/kept_list.h"

/* What match_table_merge() sees of a store. */
#define PATTERNS_PER_PAGE 256u

/* One pattern's matches. */
struct pattern_matches {
	uint64_t count; /* at most MATCH_COUNT_LIMIT */
	uint64_t lowest, lowest_length;
	bool limited; /* there were more than MATCH_COUNT_LIMIT */
	bool left_out; /* some are missing, or their bytes: not in the lists, which know themselves */
	struct kept_list *listed; /* NEED_LISTED and NEED_ALL; NULL: not wanted, or none yet */
	struct kept_list *all; /* NEED_ALL */
};

/* NULL: none. */
const struct pattern_matches *match_store_pattern(const struct match_store *store,
						  uint32_t pattern);

/* Whether a page (pattern numbers page * PATTERNS_PER_PAGE and on) has any matches. */
bool match_store_has_page(const struct match_store *store, size_t page);

static inline size_t match_policy_pages(const struct match_policy *policy)
{
	return (policy->pattern_count + PATTERNS_PER_PAGE - 1) / PATTERNS_PER_PAGE;
}

/* How many matches of a pattern are kept with their bytes, and (NEED_ALL) without. */
static inline size_t match_policy_listed(const struct match_policy *policy, uint32_t pattern)
{
	return policy->needs[pattern] >= NEED_LISTED ? policy->max_listed : 0;
}

static inline size_t match_policy_all(const struct match_policy *policy, uint32_t pattern)
{
	return policy->needs[pattern] >= NEED_ALL ? MATCH_COUNT_LIMIT : 0;
}

#endif
