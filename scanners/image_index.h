#ifndef CKPT_SCANNERS_IMAGE_INDEX_H
#define CKPT_SCANNERS_IMAGE_INDEX_H

#include <stdint.h>

#include "engine/base/error.h"
#include "scanners/checkpoint.h"

/* The page images of a checkpoint by where they lie in files. Immutable; any thread. */
struct image_index;

/* @checkpoint is borrowed until image_index_free(). */
int image_index_new(struct image_index **out, const struct checkpoint *checkpoint,
		    struct error *err);
void image_index_free(struct image_index *index);
/* The image that this byte of a file belongs to; *@image_offset: as in page_run.offset. NULL: none. */
const struct page_image *image_index_find(const struct image_index *index, uint32_t file,
					  uint64_t offset, uint64_t *image_offset);

#endif
