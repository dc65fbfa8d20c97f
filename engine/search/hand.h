#ifndef CKPT_ENGINE_SEARCH_HAND_H
#define CKPT_ENGINE_SEARCH_HAND_H

#include <stddef.h>

#include "engine/search/state.h"

/*
 * What one worker needs to search: a scanner per purpose, buffers, the stores at hand. The worker
 * makes it itself, when it gets its first shard, so that its memory lies on the worker's node.
 */
struct hand;

/* Searches @shard on worker @worker. What could not be read is no failure. */
int hand_search(struct search *search, size_t worker, const struct shard *shard, struct error *err);
/* When all work has ended. NULL allowed. */
void hand_free(struct search *search, struct hand *hand);

#endif
