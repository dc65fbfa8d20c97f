#ifndef CKPT_SCANNERS_OVERLAP_H
#define CKPT_SCANNERS_OVERLAP_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/*
 * How many ranges lie over one another:
 *
 *	[=======)
 *	    [===========)
 *	      [====)		deepest: 3
 *
 * Zeroed: none yet. One thread.
 */
struct overlap {
	uint64_t *starts, *ends;
	size_t count, start_capacity, end_capacity;
};

int overlap_add(struct overlap *overlap, uint64_t start, uint64_t end, struct error *err);
/* The most ranges that have one place in common. Ranges may be in another order afterwards. */
size_t overlap_deepest(struct overlap *overlap);
void overlap_release(struct overlap *overlap);

#endif
