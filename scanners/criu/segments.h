#ifndef CKPT_SCANNERS_CRIU_SEGMENTS_H
#define CKPT_SCANNERS_CRIU_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/read/file_table.h"
#include "scanners/criu/payload.h"
#include "scanners/criu/payload_reader.h"

/*
 * Shared memory of System V as CRIU wrote it before 3.0: bytes behind the entries of ipcns-shm-N.img, filled up to
 * whole words. Since 3.0 they are pages like those of other shared memory, and an entry says so.
 */
struct segment {
	uint64_t id; /* as mappings name it */
	uint64_t size; /* bytes; some at the end may be cut off */
	struct stored_bytes bytes; /* of it that are there */
	size_t image; /* which of the images of segments, in the table's order */
};

/* Zeroed is empty. */
struct segments {
	struct segment *items; /* by id, each once: the first */
	size_t count, capacity;
};

/*
 * Takes the bytes of the segment that an entry (ipc_segment) tells; false: it has none here, they are pages.
 * *@short_of: how many are not there, which is the caller's to tell.
 */
bool segment_take(struct payload_reader *reader, const ProtobufCMessage *message,
		  struct segment *out, uint64_t *short_of);
/* Those of all images in a sorted table. Damage is not told: it is where all that images hold is listed. */
int segments_read(struct segments *out, const struct payload_table *payloads,
		  const struct file_table *files, struct error *err);
void segments_release(struct segments *segments);

#endif
