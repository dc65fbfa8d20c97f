#ifndef CKPT_ENGINE_CHAINS_PAIR_HEAP_H
#define CKPT_ENGINE_CHAINS_PAIR_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* Positions with a value each; the highest position comes out first. Zeroed: empty. */
struct pair {
	uint64_t position, value;
};

struct pair_heap {
	struct pair *items; /* items[0] is the highest, where there is any */
	size_t count, capacity;
};

int pair_heap_push(struct pair_heap *heap, struct pair pair, struct error *err);
/* Of a heap that is not empty. */
struct pair pair_heap_pop(struct pair_heap *heap);
void pair_heap_release(struct pair_heap *heap);

#endif
