#ifndef CKPT_RULES_LIVE_OUTCOME_H
#define CKPT_RULES_LIVE_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/check/checked_rules.h"
#include "rules/target_view.h"

/*
 * What a node of a condition may come to in any target of a kind, whatever its bytes and matches are. A set that is too
 * large only costs time; one that is too small would lose hits.
 */
enum outcome_bits {
	OUTCOME_TRUE = 1u, /* a value that holds, as value_is_true() says */
	OUTCOME_FALSE = 2u,
	OUTCOME_UNDEFINED = 4u,
	OUTCOME_DEFINED = OUTCOME_TRUE | OUTCOME_FALSE,
	OUTCOME_ANY = OUTCOME_DEFINED | OUTCOME_UNDEFINED,
};

struct outcome {
	unsigned int bits; /* of enum outcome_bits, at least one */
	bool is_known; /* where it is defined it is the integer @known */
	int64_t known;
};

/* What the walk needs to know. */
struct outlook {
	const struct checked_rules *rules;
	const struct target_facts *facts; /* only of which kind the target is counts */
	const uint64_t *may_hold; /* a bit for each earlier rule: its condition may be true */
};

/* Looks at each node once; as deep as CONDITION_DEPTH_LIMIT. */
struct outcome condition_outcome(const struct outlook *outlook, const struct condition *condition);

#endif
