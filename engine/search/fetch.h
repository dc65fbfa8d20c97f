#ifndef CKPT_ENGINE_SEARCH_FETCH_H
#define CKPT_ENGINE_SEARCH_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/search/view.h"

struct search;
struct shard;

/*
 * The stage before the workers' queue: a thread that reads, through io_uring and around the page cache, what shards
 * need of files that are not in it, several of them at a time, so that no worker waits for a disk. A shard goes on
 * with a view of the bytes that were read; where reading failed it looks into the mapped file, and so finds out what is
 * wrong with it.
 */
struct fetch;

/* The plan says how to read. Needs no ring yet: that is made for the first shard. */
int fetch_new(struct fetch **out, struct search *search, struct error *err);
/* When all shards have come back. NULL allowed. */
void fetch_free(struct fetch *fetch);
/*
 * Takes over the shard, whose view and starts are set, unless its bytes are better had as they lie. ERROR_SYSTEM: there
 * is no io_uring and READ_RING asks for it; then nothing was taken. The thread that adds.
 */
int fetch_take(struct fetch *fetch, struct shard *shard, bool *taken, struct error *err);

#endif
