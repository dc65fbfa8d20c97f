#ifndef CKPT_ENGINE_CONFIRM_PART_BUFFER_H
#define CKPT_ENGINE_CONFIRM_PART_BUFFER_H

#include <stddef.h>

#include "engine/base/error.h"
#include "engine/chain.h"
#include "engine/scan.h"

#define PARTS_BUFFERED 256

/* One worker's matches of chains' parts on their way to the block's store, whose lock others want too. */
struct part_buffer {
	struct chain_store *store; /* of the block; set by whoever owns the buffer */
	size_t count;
	struct part_found items[PARTS_BUFFERED]; /* all of one piece */
};

int part_buffer_add(struct part_buffer *buffer, const struct piece *piece,
		    const struct part_found *found, struct error *err);
/* Before the next piece comes, and while the bytes of this one are at hand. */
int part_buffer_flush(struct part_buffer *buffer, const struct piece *piece, struct error *err);

#endif
