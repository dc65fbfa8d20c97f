#ifndef CKPT_ENGINE_SEARCH_FAMILY_SEARCH_H
#define CKPT_ENGINE_SEARCH_FAMILY_SEARCH_H

#include <stddef.h>

#include "engine/search/family.h"
#include "engine/search/hand.h"
#include "engine/search/state.h"

/* What one worker needs to search families. */
struct family_hand;

/*
 * Searches a family's shard on worker @worker: what is equal once, with the matches given to all who have it. A member
 * whose bytes cannot be read is searched by itself, and so are all where too little is equal.
 */
int family_search(struct search *search, struct hand *hand, size_t worker,
		  const struct shard *shard, struct error *err);
/* NULL allowed. */
void family_hand_free(struct family_hand *family);

#endif
