#ifndef CKPT_SCANNERS_SOURCE_LINK_INDEX_H
#define CKPT_SCANNERS_SOURCE_LINK_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/error.h"

/* Where the bytes of a named member lie, for hard links to it. A name added again means the later one. */
struct link_index;

struct link_target {
	uint64_t offset, length;
	uint32_t file;
	bool no_file; /* it has no bytes: a link, a FIFO, a device */
};

int link_index_new(struct link_index **out, struct error *err);
void link_index_free(struct link_index *index);
/* Copies the name. False: no memory, or the names take more than 64 MiB; links to it are then not found. */
bool link_index_add(struct link_index *index, const char *name, const struct link_target *target);
bool link_index_find(const struct link_index *index, const char *name, struct link_target *out);

#endif
