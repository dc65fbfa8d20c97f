#ifndef CKPT_ENGINE_DATABASE_PARTS_H
#define CKPT_ENGINE_DATABASE_PARTS_H

#include <hs.h>

#include "engine/expression/atom.h"
#include "engine/base/arena.h"
#include "engine/database.h"
#include "engine/expression/expression.h"
#include "engine/regex.h"

/* What a database is made of; for the scanner and what it confirms with. */

/* A pattern that is searched, and what confirms it. */
struct subject {
	const struct pattern *pattern;
	struct bytes literal; /* length 0: a regex */
	struct regex_program
		*programs[VARIANTS]; /* of a regex; NULL where the pattern has no such variant */
	uint32_t number; /* of the pattern */
	bool ascii_first; /* its ascii and wide variants may start at the same byte: then ascii stands */
	bool fullword;
};

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
	hs_database_t *atoms; /* NULL: there are none */
	const struct subject *subjects; /* regexes first */
	size_t subject_count, regex_count;
	const struct atom_link *links;
	const uint32_t *first_link; /* of each atom that Hyperscan may report, and one more */
	const struct whole_search *whole_searches;
	size_t whole_search_count;
	size_t pattern_count, reach, look_behind;
	bool matches_zeros;
};

#endif
