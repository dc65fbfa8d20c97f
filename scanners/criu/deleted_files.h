#ifndef CKPT_SCANNERS_CRIU_DELETED_FILES_H
#define CKPT_SCANNERS_CRIU_DELETED_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanners/criu/image.h"

/* remap-fpath.img: files that were deleted while open. */
struct deleted_file {
	uint32_t id; /* of the file */
	bool ghost; /* its content is ghost-file-@number; else it lies in the container under a name of CRIU's */
	uint32_t number; /* of the ghost, or id of the file with that name */
};

struct deleted_files {
	struct deleted_file *items; /* by id */
	size_t count, capacity;
};

int deleted_files_parse(struct deleted_files *out, const struct image *image, struct error *err);
void deleted_files_release(struct deleted_files *deleted);
/* NULL: not deleted. */
const struct deleted_file *deleted_files_find(const struct deleted_files *deleted, uint32_t id);

#endif
