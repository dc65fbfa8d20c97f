#ifndef CKPT_SCANNERS_CAPTURED_BYTES_H
#define CKPT_SCANNERS_CAPTURED_BYTES_H

#include <stdint.h>

#include "engine/base/bytes.h"

/*
 * What an engine or CRIU saved of a container beside the memory of its processes: files, and bytes in flight.
 * Targets of their own, which are counted here and not searched yet.
 */
enum captured_kind {
	CAPTURED_NOTHING, /* describes; holds no bytes of the container's own */
	CAPTURED_WHOLE, /* all of the member: archives, logs, what nobody knows */
	CAPTURED_QUEUES, /* pipes-data, fifo-data, sk-queues: entries, each followed by its bytes */
	CAPTURED_GHOST, /* a deleted file: an entry, then its bytes or chunks of them */
};

/* By the base name of a member that is not read for the model. */
enum captured_kind captured_kind_of(const char *base);

/*
 * Bytes of content in such an image. Where it is damaged, what follows counts as content: better counted than
 * forgotten.
 */
uint64_t captured_bytes(enum captured_kind kind, struct bytes image);

#endif
