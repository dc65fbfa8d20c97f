#ifndef CKPT_ENGINE_MATCH_STORE_H
#define CKPT_ENGINE_MATCH_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/match_table.h"
#include "engine/pattern.h"

/*
 * One worker's matches of one target. Only that worker writes; when the target's last shard is done, the
 * stores of all workers become its match table.
 *
 * A store forgets a match only when enough lower ones of that pattern are kept, so the order of work never
 * shows: kept are always the lowest. Where the budget ends, the highest that are kept go first, and counting goes on:
 * which patterns have matches, how many and the lowest of each need no budget.
 */
struct match_policy {
	const enum match_need *needs; /* one per pattern; borrowed */
	size_t pattern_count;
	uint32_t max_listed; /* NEED_LISTED keeps that many */
	uint32_t data_bytes; /* first bytes of a listed match that are copied, at most 4096 */
	uint32_t context_bytes; /* bytes before and after, at most 4096 */
	const struct pattern *patterns; /* NULL: none is fixed; borrowed */
};

/* What all stores of a run may take together; shared by all workers. */
struct match_budget {
	_Atomic uint64_t bytes_left;
};

struct match_store;

int match_store_new(struct match_store **out, const struct match_policy *policy,
		    struct match_budget *budget, struct error *err);
void match_store_free(struct match_store *store);

/* Whether a match of @pattern at @address could still change what the store holds (count, lowest, list). */
bool match_store_wants(const struct match_store *store, uint32_t pattern, uint64_t address);
/* Whether the need of @pattern asks for lengths and bytes of a match at @address now. */
bool match_store_lists(const struct match_store *store, uint32_t pattern, uint64_t address);
/*
 * Each start is added once. @match->data points into the bytes that were searched, at the first of before_length
 * bytes before the match; the bytes after it stand behind its whole length, also where data_length is less. They
 * are copied only if listed, as many as the policy allows. ERROR_LIMIT: some match was not kept for want of budget; the
 * store is as it should be otherwise: counts and lowest addresses are right, and kept are the lowest.
 */
int match_store_add(struct match_store *store, uint32_t pattern, const struct match *match,
		    struct error *err);

/*
 * As match_store_add(), of a match whose bytes do not lie together: @match->data holds those before it and its first
 * ones, @after the after_length bytes behind it.
 */
int match_store_add_apart(struct match_store *store, uint32_t pattern, const struct match *match,
			  const uint8_t *after, struct error *err);
/*
 * Counts @more matches that nobody keeps: a match of @pattern was offered to the store, and as many as it may
 * keep, all lower than these.
 */
void match_store_count(struct match_store *store, uint32_t pattern, uint64_t more);
/* Something of @pattern's matches is not in the store for want of budget: match_table_left_out(). */
int match_store_leave_out(struct match_store *store, uint32_t pattern, struct error *err);

/* The stores of all workers (NULLs allowed) become one table. The stores are untouched and can then be freed. */
int match_table_merge(struct match_table **out, struct match_store *const *stores,
		      size_t store_count, const struct match_policy *policy, struct error *err);

#endif
