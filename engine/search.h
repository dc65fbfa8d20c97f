#ifndef CKPT_ENGINE_SEARCH_H
#define CKPT_ENGINE_SEARCH_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/block.h"
#include "engine/database.h"
#include "engine/match_table.h"
#include "engine/read/file_table.h"
#include "engine/read/lease.h"
#include "engine/read/read_mode.h"
#include "engine/search_measure.h"
#include "engine/workers.h"

/*
 * One checkpoint's search: blocks in, a match table per target out. One thread makes it, adds, passes,
 * seals and finishes. Once something has failed every call returns that failure and does no more.
 */
struct search;

struct search_purpose { /* for one kind of target: what is looked for, and what is owed for each pattern */
	const struct database *database;
	const enum match_need *needs; /* one per pattern */
};

/* Whether what siblings have in common is searched once. */
enum sharing {
	SHARING_AUTO, /* where searching costs more than comparing, as long as enough is equal */
	SHARING_OFF,
	SHARING_ALWAYS, /* for tests and figures */
};

/* Borrowed until search_finish(). */
struct search_plan {
	const struct search_purpose *purposes;
	size_t purpose_count;
	const struct file_table *files;
	enum read_mode read_mode; /* of files in place */
	size_t shard_bytes; /* 0: 2 MiB (with chains 1 MiB) or 64 times the reach, whichever is more */
	uint32_t max_listed, data_bytes, context_bytes; /* see match_policy */
	uint64_t match_bytes; /* budget of all match stores; 0: 64 MiB */
	struct warning_list *warnings; /* what could not be read; may be NULL */
	_Atomic uint64_t
		*bytes_done; /* counted up as bytes are searched, for progress; may be NULL */
	_Atomic uint64_t
		*bytes_fetched; /* counted up as bytes are read through io_uring; may be NULL */
	const _Atomic int *stop; /* non-zero: give up with ERROR_INTERRUPTED; may be NULL */
	enum sharing sharing;
	struct search_measure *measure; /* NULL: nobody measures, all is done */
};

/*
 * Called by a worker when a target is sealed and its last shard is done, once; owns @matches. Several may run
 * at a time, for different targets. @bytes_lost: bytes of the target's blocks that could not be read.
 */
typedef int search_target_done(void *context, uint32_t target, struct match_table *matches,
			       uint64_t bytes_lost, struct error *err);

/* @workers outlive the search. */
int search_new(struct search **out, struct workers *workers, const struct search_plan *plan,
	       search_target_done *done, void *context, struct error *err);
/*
 * Queues the block's shards, waits while the queue is full. Copies @block. ERROR_SYSTEM also where the plan wants io_uring
 * and there is none. A block with bytes of a passing
 * file (all of them of that one file, or zero, at ascending offsets) is only noted and never waits.
 */
int search_add(struct search *search, const struct block *block, struct error *err);
/* So many blocks are compared with each other; of more that are added together the next ones are a group of their own. */
#define SEARCH_MOST_SIBLINGS 32
/*
 * As search_add() of each of @count blocks, which siblings see at the same addresses and in which most bytes are expected
 * to be equal: those are searched once. They have one purpose. Nothing but time depends on what is added together.
 */
int search_add_siblings(struct search *search, const struct block *const *blocks, size_t count,
			struct error *err);
/*
 * Bytes of a passing file that come now, ascending and without gaps from 0. Takes the lease over; it is
 * released when all have read. May wait. Blocks on that file must have been added before.
 */
int search_pass(struct search *search, uint32_t file, uint64_t offset, struct lease *lease,
		struct error *err);
/*
 * No more bytes of that file come: what its blocks still miss is lost and counted; they end unseen where their
 * bytes ended. Without a warning: why they never came (missing, cut, not kept) only those know who pass the file.
 * search_finish() does it for files that were forgotten.
 */
int search_pass_end(struct search *search, uint32_t file, struct error *err);
/* No more blocks for @target. A target without a block is done at once (an empty table), by the caller. */
int search_seal(struct search *search, uint32_t target, struct error *err);
/*
 * Waits until every sealed target is done, warns of what could not be read (once for each range of a file),
 * then frees; the first failure of @done or of a worker comes back. A target that was never sealed is dropped.
 */
int search_finish(struct search *search, struct error *err);

#endif
