#ifndef CKPT_SCANNERS_SOURCE_TAIL_H
#define CKPT_SCANNERS_SOURCE_TAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "scanners/source/form.h"

/*
 * What is looked at behind the end mark: blocks that fill up a tape record, and the check sum of the compressed
 * stream behind them. More than this is somebody else's, or a bomb.
 */
#define TAIL_BYTES ((uint64_t)16 << 20)

/*
 * What stands behind the end of an archive. Zeros fill up its last record; anything else belongs to no member:
 * an archive behind the archive, or what an older and longer file has left.
 */
struct tail {
	uint64_t looked; /* bytes behind the end mark that were looked at */
	uint64_t first; /* of those, the first that is not zero, where @found */
	bool found;
};

/* The next bytes behind the end mark. False: no more need to come. */
bool tail_look(struct tail *tail, struct bytes bytes);
/* A note, if anything was found. @end: where in the archive the mark ends; @length: bytes there are behind it. */
void tail_tell(const struct tail *tail, struct source *source, uint64_t end, uint64_t length);

#endif
