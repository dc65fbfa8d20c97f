#ifndef CKPT_ENGINE_CHAIN_H
#define CKPT_ENGINE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/database.h"
#include "engine/match_store.h"

struct piece;
struct piece_targets;
struct subject;

/*
 * The matches of a block's chains while its shards are searched: those of each part, with the bytes around the first
 * and the last part. When the last shard is done they are joined, and what comes of it goes to the targets.
 *
 * What it holds counts in the budget of all matches. Where that ends, a chain that cannot be joined in this block any
 * more is left out of it as a whole, and the targets' tables say so; of those that are joined some may come without
 * their bytes. Any number of threads may add.
 */
struct chain_store;

/* A confirmed match of one part. */
struct part_found {
	const struct subject *subject;
	uint32_t variant; /* enum variant */
	size_t start, length; /* in the piece */
};

/* Borrows all. */
int chain_store_new(struct chain_store **out, const struct database *database,
		    const struct match_policy *policy, struct match_budget *budget,
		    struct error *err);
/* NULL allowed. */
void chain_store_free(struct chain_store *store);
/* Whether nothing was found. After the last addition. */
bool chain_store_is_empty(const struct chain_store *store);
/* Copies what it needs of @piece. Each match is added once. */
int chain_store_add(struct chain_store *store, const struct piece *piece,
		    const struct part_found *found, size_t count, struct error *err);
/* Positions [start, end) of the block could not be read: nothing is joined across them. */
int chain_store_add_hole(struct chain_store *store, struct address_range hole, struct error *err);
/*
 * After the last addition, once: gives the matches of all chains to the stores of @targets and frees what was found.
 * @stopped, asked now and then, ends it with ERROR_INTERRUPTED.
 */
int chain_store_join(struct chain_store *store, const struct piece_targets *targets,
		     bool (*stopped)(void *context), void *context, struct error *err);

#endif
