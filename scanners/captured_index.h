#ifndef CKPT_SCANNERS_CAPTURED_INDEX_H
#define CKPT_SCANNERS_CAPTURED_INDEX_H

#include <stddef.h>

#include "engine/base/error.h"
#include "scanners/captured.h"
#include "scanners/checkpoint.h"

/* Captured files by what a mapping knows of them: the id of the images, and the path in the container. */
struct captured_index {
	const struct captured **by_id; /* ascending by file_id; those that have one */
	const struct captured **by_path; /* ascending by path, then as mounts hide each other */
	size_t id_count, path_count;
};

/* The list must not change while the index is used. */
int captured_index_make(struct captured_index *out, const struct captured_list *list,
			struct error *err);
void captured_index_release(struct captured_index *index);

/* Those that may be @file, the likeliest first; *@count 0: none. Lent. */
const struct captured *const *captured_index_find(const struct captured_index *index,
						  const struct open_file *file, size_t *count);

#endif
