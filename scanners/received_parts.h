#ifndef CKPT_SCANNERS_RECEIVED_PARTS_H
#define CKPT_SCANNERS_RECEIVED_PARTS_H

#include <stdint.h>

#include "engine/base/error.h"
#include "engine/block.h"

/*
 * What is left of a block when files turn out to be shorter than its page maps say:
 *
 *	block	|..raw 7..|.zero.|....raw 9....|..raw 7..|
 *	came	|#########       |#####        |#########|
 *	parts	[................-----]        [.........]	ends within it are unseen
 *
 * Without parts that hold nothing but zeros, as those are searched by nobody.
 */
struct received_parts {
	void *context;
	/* Bytes that came of a file, from its start. */
	uint64_t (*received)(void *context, uint32_t file);
	/* @part is lent; @bytes: of files in it. */
	int (*each)(void *context, const struct block *part, uint64_t bytes, struct error *err);
};

/* *@missing: bytes of files that did not come. */
int received_parts_each(const struct received_parts *parts, const struct block *block,
			uint64_t *missing, struct error *err);

#endif
