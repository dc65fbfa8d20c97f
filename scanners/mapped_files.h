#ifndef CKPT_SCANNERS_MAPPED_FILES_H
#define CKPT_SCANNERS_MAPPED_FILES_H

#include <stddef.h>

#include "engine/base/error.h"
#include "scanners/checkpoint.h"

/* A file that some process maps, and of which pages are not in the dump. */
struct mapped_file {
	const struct open_file *file;
	const struct content *content; /* for whoever looks for its bytes; NULL at first */
};

/* All of a checkpoint, ascending by path, then id. */
struct mapped_files {
	struct mapped_file *items;
	size_t count, capacity;
};

/* Mappings whose content is known already are left out. */
int mapped_files_list(struct mapped_files *out, const struct checkpoint *checkpoint,
		      struct error *err);
void mapped_files_release(struct mapped_files *files);
/* NULL: it is not among them. */
struct mapped_file *mapped_files_find(const struct mapped_files *files,
				      const struct open_file *file);

#endif
