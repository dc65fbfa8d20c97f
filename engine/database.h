#ifndef CKPT_ENGINE_DATABASE_H
#define CKPT_ENGINE_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/byte_writer.h"
#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/pattern.h"

/*
 * Everything that is needed to find a set of patterns: the Hyperscan database of their atoms, what leads from
 * an atom to the patterns, and what confirms each. Immutable but for its copies; any number of threads; copies nothing of
 * @patterns, which must live longer.
 */
struct database;

/*
 * @needs: one for each pattern; a pattern with NEED_NOTHING is left out. Pattern numbers are indexes into
 * @patterns. When the engine refuses a pattern *@culprit is its number and the message says why, with the
 * pattern's name in front; otherwise *@culprit is @pattern_count. ERROR_UNSUPPORTED: what Hyperscan does not
 * take; ERROR_LIMIT: too large.
 */
int database_compile(struct database **out, const struct pattern *patterns,
		     const enum match_need *needs, size_t pattern_count, size_t *culprit,
		     struct error *err);
void database_free(struct database *database);

/*
 * A copy for the workers of a NUMA node, with the same numbers for everything; lives as long as @database. The first
 * worker that asks makes it, so that its memory lies where that worker runs; later ones get the same.
 */
int database_on_node(const struct database *database, size_t node, const struct database **out,
		     struct error *err);
/* How many copies were made so far. */
size_t database_copy_count(const struct database *database);

/* Patterns as given to database_compile() or database_load(). */
size_t database_pattern_count(const struct database *database);
const struct pattern *database_patterns(const struct database *database);
/* The most bytes, counted from a match's start, that must be at hand to confirm it (length and right edge). */
size_t database_reach(const struct database *database);
/* The same to the left of a start (word edges). */
size_t database_look_behind(const struct database *database);
/* Whether some pattern has several parts. */
bool database_has_chains(const struct database *database);
/* Whether some pattern may match a run of zero bytes alone. */
bool database_matches_zeros(const struct database *database);

/*
 * Whether searching costs more than about a nanosecond a byte, so that comparing bytes with others that were searched
 * pays. An estimate by what the database holds: the same everywhere.
 */
bool database_costly(const struct database *database);

/* How a pattern is searched. */
enum strategy_kind {
	STRATEGY_NONE, /* not in the database */
	STRATEGY_ATOMS, /* by literals */
	STRATEGY_WINDOWS, /* by windows of classes, at least for one of its variants */
	STRATEGY_WHOLE, /* by its regex alone: every byte is looked at */
};

struct strategy {
	enum strategy_kind kind;
	size_t part_count; /* of a chain; else 1 */
	size_t lead_count; /* atoms and windows, all parts and variants */
	char weakest
		[128]; /* the one that will give most candidates, as an escaped regex; "" for WHOLE */
	/* Expected candidates for a GB of process memory, by the table of weights; WHOLE: every byte. */
	double candidates;
};

void database_strategy(const struct database *database, uint32_t pattern, struct strategy *out);

/*
 * A number for the kind of CPU that databases are compiled for: a machine with another one may not be able to use
 * them. 0: not known.
 */
uint64_t database_platform(void);

/*
 * The database as bytes, for a file that the same version on a CPU of the same kind reads again, and back. What is
 * read is checked: bounds, counts, numbers; ERROR_FORMAT says what is wrong. @patterns must equal those it was
 * compiled from; they must live longer than the database.
 */
int database_save(const struct database *database, struct byte_writer *out, struct error *err);
int database_load(struct database **out, const struct pattern *patterns, size_t pattern_count,
		  struct bytes_reader *in, struct error *err);

#endif
