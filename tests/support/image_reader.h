#ifndef CKPT_TESTS_SUPPORT_IMAGE_READER_H
#define CKPT_TESTS_SUPPORT_IMAGE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/repack.h"

/*
 * What a checkpoint describes, counted page by page from the images of a package; shares nothing with the
 * program's own reader. For checkpoints of ordinary size that are whole.
 */
struct described {
	uint64_t memory; /* of all processes, each with what its mappings show of shared objects */
	uint64_t
		objects; /* bytes of memory files, and of objects that mappings do not show in full: captured files */
	uint64_t
		from_files; /* of all processes: what mappings show of captured files, and the dump leaves out */
	uint64_t in_parent; /* of @memory: pages that the page map leaves to a parent */
};

/* @directory: "checkpoint/" or another prefix of the images' names. */
struct described described_count(const struct package *package, const char *directory);

/* Bytes of other captured files and of what was in flight: within archives, logs, ghost files, pipes, sockets. */
uint64_t described_captured(const struct package *package, const char *directory);

#endif
