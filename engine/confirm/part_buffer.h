#ifndef CKPT_ENGINE_CONFIRM_PART_BUFFER_H
#define CKPT_ENGINE_CONFIRM_PART_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/chain.h"
#include "engine/database.h"
#include "engine/scan.h"

struct part_list;

/*
 * One worker's matches of chains' parts in a piece, on their way to the block's store: what the piece itself shows to
 * be useless stays behind. Where they get too many they go as they are. Zeroed: empty.
 */
struct part_buffer {
	/* Of the block; set by whoever owns the buffer, while it is empty. */
	struct chain_store *store;
	const struct database *database;
	size_t most; /* that it may hold; 0: as many as it holds of a block that is searched alone */
	struct part_list *lists; /* of parts in which something was found, one each */
	size_t list_count, list_capacity;
	uint32_t *list_of_set; /* by number of a chain's set: 1 + index of the list; 0: none */
	size_t set_capacity;
	size_t count; /* in all lists */
	bool crowded; /* some of this piece's have gone already */
	uint32_t *ends; /* work space of narrow_chain() */
	size_t end_capacity;
};

int part_buffer_add(struct part_buffer *buffer, const struct piece *piece,
		    const struct part_found *found, struct error *err);
/* At the end of a piece, while its bytes are at hand. */
int part_buffer_flush(struct part_buffer *buffer, const struct piece *piece, struct error *err);
/* Forgets what is in it. */
void part_buffer_clear(struct part_buffer *buffer);
void part_buffer_release(struct part_buffer *buffer);

#endif
