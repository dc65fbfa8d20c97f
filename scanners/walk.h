#ifndef CKPT_SCANNERS_WALK_H
#define CKPT_SCANNERS_WALK_H

#include <stdbool.h>

#include "engine/base/error.h"
#include "scanners/corridor.h"
#include "scanners/operand.h"

/*
 * The walk over an operand that is to be scanned: page images of the first directory that can be searched on the way
 * past are, all others that pass are kept. One thread.
 */
struct walk {
	const struct scan_job *job;
	const struct hit_sink *sink;
	struct operand *operand;
	bool keep_all; /* none is searched on the way past */
	struct corridor
		*passing; /* of that directory, begun; NULL: none. Closed by walk_release() */
};

int walk_run(struct walk *walk, struct error *err);
/* Images came after pages that they place, and what was searched may be wrong. */
bool walk_was_late(const struct walk *walk);
void walk_release(struct walk *walk);

#endif
