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

/* Where a member's parts of chains go: its buffer, and its own bytes as a piece. */
struct sharer_parts {
	struct part_buffer *buffer;
	const struct piece *piece;
	uint64_t
		shift; /* added to an index into the searched piece's data gives that into @piece's; may wrap */
};

/*
 * Several members hold the bytes of a piece, but not all of them: which members a start counts for is told by the zone
 * that it lies in. Each cell of addresses has three zones, [0, head), [head, tail) and the rest, of which some may be
 * empty.
 */
struct sharers {
	const uint32_t *zones; /* bits of members, three for each cell */
	uint64_t bias; /* of the piece's first byte from the first cell's start */
	uint32_t head, tail;
	const uint8_t *members; /* of each of piece_targets.placements */
	const struct sharer_parts *parts; /* by member; NULL where there are no chains */
	uint32_t member_count;
};

#define SHARERS_CELL_BYTES 4096u
#define SHARERS_ZONES 3u

/* The members for which @start, an index into the piece's data, counts. */
static inline uint32_t sharers_of(const struct sharers *sharers, size_t start)
{
	uint64_t place = sharers->bias + start;
	uint32_t within = (uint32_t)(place % SHARERS_CELL_BYTES);
	uint32_t zone = within < sharers->head ? 0 : within < sharers->tail ? 1 : 2;

	return sharers->zones[place / SHARERS_CELL_BYTES * SHARERS_ZONES + zone];
}

/* Where the matches of a piece go: one store per placement of its block, same order. */
struct piece_targets {
	const struct placement *placements;
	struct match_store *const *stores;
	size_t count;
	struct part_buffer *
		parts; /* those of a chain's parts go here; may be NULL where there are no chains */
	/* NULL: each start counts for all. Else the placements are those of all members, and @parts is not used. */
	const struct sharers *sharers;
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
 * The same, and adds to *@confirm_ns how long confirming took, without finding what there is to confirm: for measuring, since
 * candidates are set aside until there are some thousand of them.
 */
int scanner_scan_timed(struct scanner *scanner, const struct piece *piece,
		       const struct piece_targets *targets, uint64_t *confirm_ns,
		       struct error *err);
/*
 * How many atoms stand in @length bytes (below 4 GiB), without a look at what they lead to: for measuring what finding
 * them costs. Regexes without atoms have no part in it.
 */
int scanner_count_candidates(struct scanner *scanner, const uint8_t *data, size_t length,
			     uint64_t *candidates, struct error *err);

#endif
