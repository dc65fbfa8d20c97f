#ifndef CKPT_ENGINE_SEARCH_FETCH_SLOT_H
#define CKPT_ENGINE_SEARCH_FETCH_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/read/lease.h"
#include "engine/read/ring.h"
#include "engine/search/shard.h"
#include "engine/search/view.h"

struct shard;

/*
 * A slot: a buffer into which the bytes of some shards are read, and the list of these reads.
 *
 *	file      ....|==shard 1==|..zeros..|==shard 2==|.............|==shard 3==|...
 *	reads         [--------------first---------------]            [--second---]
 *	slot      |--------------first---------------|--second---|      free      |
 *
 * Neighbours in a file, and what is not far apart there, share a read. The file's offsets are rounded to
 * DIRECT_ALIGNMENT. One thread fills it; any may read what the lease lends.
 */
#define FETCH_SLOT_READS 256

struct fetch_read {
	struct ring_read ring; /* first: what ring_wait() gives back */
	struct fetch_slot *slot;
	uint32_t file; /* in the file table */
};

struct fetch_slot {
	struct lease_owner owner; /* first: what the lease's release() is given */
	void *fetch; /* whose slot it is */
	uint8_t *data;
	size_t bytes, used;
	size_t node; /* on which @data lies */
	uint32_t number;
	struct shard *shards, **last_shard; /* linked by next_free */
	struct fetch_read reads[FETCH_SLOT_READS];
	size_t read_count, started, ended;
	size_t last_found; /* by fetch_slot_find() */
	struct fetch_slot *next; /* in whatever list it is */
};

/* Makes it empty; @data, @bytes, @node, @number and @fetch stay. */
void fetch_slot_clear(struct fetch_slot *slot);

/* How a file of the table is read: its number in the ring, -1: not by the ring. */
typedef int fetch_file(void *context, uint32_t file);

enum fetch_fit {
	FETCH_FITS,
	FETCH_FULL, /* an empty slot might do */
	FETCH_NEVER, /* more than a whole slot, or nothing to be read */
};

/* Adds what the starts [@start, @end) need of @view's files, or nothing. */
enum fetch_fit fetch_slot_add(struct fetch_slot *slot, const struct view *view,
			      const struct margins *margins, uint64_t start, uint64_t end,
			      fetch_file *file_of, void *context);
void fetch_slot_add_shard(struct fetch_slot *slot, struct shard *shard);
/* Where these bytes lie in the slot; NULL: they were not read. */
const uint8_t *fetch_slot_find(struct fetch_slot *slot, uint32_t file, uint64_t offset,
			       uint64_t length);
/*
 * A view of what the starts [@start, @end) of @view need, with the slot's bytes in place of the files'; holds
 * the slot until it is released.
 */
int fetch_slot_view(struct fetch_slot *slot, const struct view *view, const struct margins *margins,
		    uint64_t start, uint64_t end, struct span_list *spans, struct view **out,
		    struct error *err);

#endif
