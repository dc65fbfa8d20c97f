#ifndef CKPT_SCANNERS_SOURCE_INFLATED_H
#define CKPT_SCANNERS_SOURCE_INFLATED_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/read/lease.h"
#include "scanners/content.h"
#include "scanners/source/form.h"
#include "scanners/source/kinds.h"
#include "scanners/source/tail.h"

/* Where the bytes of a source lie as they are stored. */
struct origin {
	int descriptor; /* -1: none, or somebody took it over */
	struct bytes start; /* of a pipe: what was read from it before */
	struct stored_bytes part; /* without a descriptor: a range of the file table */
};

/*
 * What comes out of a source that is compressed, or of a pipe: one buffer after another, as far as its limits allow.
 * The owner of one such is the form that reads it.
 */
struct inflated;

/* Takes the descriptor over on success. @kind: of the stored bytes; what is not compressed comes as it is. */
int inflated_open(struct inflated **out, struct source *source, const struct kind *kind,
		  struct origin *origin, struct error *err);
void inflated_close(struct inflated *inflated);

/* As inflater_next(); ERROR_LIMIT where more would come than source_options.inflated_bytes. */
int inflated_next(struct inflated *inflated, struct lease *out, struct error *err);
/* Stored bytes that were read, and bytes that came out. Any thread. */
uint64_t inflated_consumed(const struct inflated *inflated);
uint64_t inflated_bytes(const struct inflated *inflated);

/*
 * Reads on behind what belongs to the source, so that a damaged stream is told whose members were all complete, and a
 * writer in a pipe can finish: to the end, or until @tail (NULL: never) has enough. Tells what is odd.
 */
void inflated_pass_rest(struct inflated *inflated, struct source *source, struct tail *tail);

#endif
