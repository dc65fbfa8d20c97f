#ifndef CKPT_ENGINE_DATABASE_PARTS_H
#define CKPT_ENGINE_DATABASE_PARTS_H

#include <hs.h>

#include "engine/expression/atom.h"
#include "engine/base/arena.h"
#include "engine/database.h"
#include "engine/database/strategy.h"
#include "engine/database/key_table.h"
#include "engine/database/window_table.h"
#include "engine/expression/expression.h"
#include "engine/regex.h"

/* What a database is made of; for the scanner and what it confirms with. */

#define NO_CHAIN UINT32_MAX

/* A pattern, or one part of a chain, that is searched, and what confirms it. */
struct subject {
	const struct pattern *pattern;
	struct bytes literal; /* length 0: a regex */
	struct regex_program
		*programs[VARIANTS]; /* of a regex; NULL where the pattern has no such variant */
	uint32_t number; /* of the pattern */
	uint32_t part; /* index into its parts */
	uint32_t chain; /* index into the database's chains; NO_CHAIN: the pattern has one part */
	bool ascii_first; /* its ascii and wide variants may start at the same byte: then ascii stands */
	bool fullword;
};

/* A pattern of several parts: each is a subject, and their matches are joined when a block is done. */
struct chain {
	const struct pattern *pattern;
	uint32_t number; /* of the pattern */
	/* Number of its first part's ascii matches; those of part k and variant v are k * VARIANTS + v later. */
	uint32_t first_set;
};

struct node_copies;

/* From an atom to a subject. */
struct atom_link {
	struct atom_use use;
	uint32_t subject;
	uint32_t atom_length;
};

/* A regex without atoms: all of a piece is searched for these variants (bits). */
struct whole_search {
	uint32_t subject;
	uint32_t variants;
};

struct database {
	struct arena *arena; /* subjects, links, searches */
	hs_database_t *atoms; /* NULL: none is for Hyperscan */
	const struct key_table *keys; /* keyed atoms, NULL: none; their numbers follow */
	const struct window_table *windows; /* the other atoms; they have the last numbers */
	const struct subject *subjects; /* regexes first */
	size_t subject_count, regex_count;
	const struct atom_link *links;
	size_t atom_count;
	/* Of each atom, of a number @atom_count that leads nowhere, and one more. */
	const uint32_t *first_link;
	const struct whole_search *whole_searches;
	size_t whole_search_count;
	const struct chain *chains; /* by pattern number, so by first_set too */
	size_t chain_count;
	const struct strategy_note *strategies; /* by pattern number */
	const struct pattern *patterns;
	size_t pattern_count, reach, look_behind;
	bool matches_zeros;
	struct node_copies *copies;
};

#endif
