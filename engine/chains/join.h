#ifndef CKPT_ENGINE_CHAINS_JOIN_H
#define CKPT_ENGINE_CHAINS_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/chains/start_set.h"
#include "engine/expression/expression.h"
#include "engine/pattern.h"

/* What of one chain was found in a block. All borrowed. */
struct chain_finds {
	const struct pattern *pattern;
	const struct start_set *const (*sets)[VARIANTS]; /* of each part; NULL: nothing found */
	const struct address_range *holes; /* bytes that nobody has; ascending, apart */
	size_t hole_count;
};

struct chain_join_calls {
	/* A match of the chain: from the start of its first part to the end of its last. By end of the first part. */
	int (*found)(void *context, uint64_t start, uint64_t end, struct error *err);
	/* Now and then: whether to give up, with ERROR_INTERRUPTED. */
	bool (*stopped)(void *context);
	void *context;
};

/*
 * Joins the matches of the parts: of each match of the first part the way through all gaps that ends earliest, if
 * there is one. No gap holds bytes that nobody has. Time grows with the matches (times a logarithm), memory with
 * the lengths of the parts.
 */
int chain_join(const struct chain_finds *finds, const struct chain_join_calls *calls,
	       struct error *err);

#endif
