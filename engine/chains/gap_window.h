#ifndef CKPT_ENGINE_CHAINS_GAP_WINDOW_H
#define CKPT_ENGINE_CHAINS_GAP_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/chains/pair_heap.h"

/*
 * The matches that may follow a gap while it moves down through a block, each with where the rest of the chain ends
 * earliest. Only those stay that can still be the best: as starts go down, ends go up. Zeroed: empty.
 *
 *	starts   high ............. low		first ... end
 *	ends     low .............. high
 */
struct gap_window {
	struct pair *items; /* position: start, value: end of the rest */
	size_t first, end, capacity;
};

/* @match starts below all that were added. */
int gap_window_add(struct gap_window *window, struct pair match, struct error *err);
/* Forgets what starts above @highest; the earliest end of what is left. False: there is none. */
bool gap_window_best(struct gap_window *window, uint64_t highest, uint64_t *end);
void gap_window_release(struct gap_window *window);

#endif
