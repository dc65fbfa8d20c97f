#ifndef CKPT_RULES_PATTERNS_CHAIN_H
#define CKPT_RULES_PATTERNS_CHAIN_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/pattern.h"

/* A lazy gap with a bound above this parts a string, as YARA does it. */
#define CHAINING_THRESHOLD 200u

/* A regex and the gaps that part it; gaps[i] lies between parts i and i + 1. */
struct regex_chain {
	const struct regex_node **parts;
	struct pattern_gap *gaps;
	size_t part_count; /* 1: no chain */
};

/*
 * Parts @tree at its long lazy gaps, such as .{0,300}?. Only where something stands on both sides, and never
 * within a group or an alternative; .*? and .+? part nothing. In such a gap a dot stands for any byte, and its
 * bounds are in bytes, also in wide text. Everything lies in @arena. ERROR_MEMORY only.
 */
int regex_chain_split(struct regex_chain *out, struct arena *arena, const struct regex_node *tree,
		      struct error *err);

#endif
