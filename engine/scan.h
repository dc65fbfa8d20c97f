#ifndef CKPT_ENGINE_SCAN_H
#define CKPT_ENGINE_SCAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/block.h"
#include "engine/database.h"
#include "engine/match_store.h"

/*
 * A piece: contiguous bytes of one block, and the starts in it that count.
 *
 *	data[0]        own_start                own_end            data[length]
 *	  |-- behind --|======== starts ==========|----- reach -----|
 *
 * Outside of [own_start, own_end) lie only bytes that confirming needs: database_look_behind() and the context
 * before, database_reach() and the context after, or fewer where the block ends. The pieces of a block tile
 * its starts: each start is owned by exactly one piece. Only the last piece of a block owns the start at its
 * end (own_end = length + 1), where an empty match may stand.
 */
struct piece {
	const uint8_t *data;
	size_t length;
	size_t own_start, own_end;
	uint64_t position; /* of data[0] in the block */
	enum edge first, last; /* EDGE_CUT inside the block */
	/*
	 * Parts of data that are in the dump, as indexes, ascending; NULL: all of it. A match that touches none
	 * of them is made of never-written zeros alone and does not count.
	 */
	const struct address_range *dumped;
	size_t dumped_count;
};

struct part_buffer;

/* Where the matches of a piece go: one store per placement of its block, same order. */
struct piece_targets {
	const struct placement *placements;
	struct match_store *const *stores;
	size_t count;
	struct part_buffer *
		parts; /* those of a chain's parts go here; may be NULL where there are no chains */
};

/* One thread's scratch for one database. */
struct scanner;

int scanner_new(struct scanner **out, const struct database *database, struct error *err);
void scanner_free(struct scanner *scanner);
/* Non-zero: long work ends with ERROR_INTERRUPTED. Borrowed; NULL, as at first: never. */
void scanner_set_stop(struct scanner *scanner, const _Atomic int *stop);
/*
 * Finds every match that starts in the piece's own range and adds it to the stores. Where the budget was not enough
 * for what they were to keep, match_table_left_out() says so.
 */
int scanner_scan(struct scanner *scanner, const struct piece *piece,
		 const struct piece_targets *targets, struct error *err);
/*
 * How many atoms stand in @length bytes (below 4 GiB), without a look at what they lead to: for measuring what finding
 * them costs. Regexes without atoms have no part in it.
 */
int scanner_count_candidates(struct scanner *scanner, const uint8_t *data, size_t length,
			     uint64_t *candidates, struct error *err);

#endif
