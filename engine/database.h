#ifndef CKPT_ENGINE_DATABASE_H
#define CKPT_ENGINE_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/pattern.h"

/*
 * Everything that is needed to find a set of patterns: the Hyperscan database of their atoms, what leads from
 * an atom to the patterns, and what confirms each. Immutable; any number of threads; copies nothing of
 * @patterns, which must live longer.
 */
struct database;

/*
 * @needs: one for each pattern; a pattern with NEED_NOTHING is left out. Pattern numbers are indexes into
 * @patterns. When the engine refuses a pattern *@culprit is its number and the message says why, with the
 * pattern's name in front; otherwise *@culprit is @pattern_count. ERROR_UNSUPPORTED: chains (more than one
 * part), or what Hyperscan does not take; ERROR_LIMIT: too large.
 */
int database_compile(struct database **out, const struct pattern *patterns,
		     const enum match_need *needs, size_t pattern_count, size_t *culprit,
		     struct error *err);
void database_free(struct database *database);

/* Pattern count as given to database_compile(). */
size_t database_pattern_count(const struct database *database);
/* The most bytes, counted from a match's start, that must be at hand to confirm it (length and right edge). */
size_t database_reach(const struct database *database);
/* The same to the left of a start (word edges). */
size_t database_look_behind(const struct database *database);
/* Whether some pattern may match a run of zero bytes alone. */
bool database_matches_zeros(const struct database *database);

#endif
