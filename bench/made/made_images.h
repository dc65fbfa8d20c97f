#ifndef CKPT_BENCH_MADE_MADE_IMAGES_H
#define CKPT_BENCH_MADE_MADE_IMAGES_H

#include "bench/made/image_bytes.h"
#include "bench/made/made_layers.h"
#include "bench/made/made_memory.h"

/*
 * The CRIU images of a made checkpoint, as CRIU 4.2 writes them (page counts in field 5, field 2 is 0), or of one of
 * its parents, which is a pre-dump. Calls @each with every small image in order of name; page images are not among
 * them.
 */
typedef void made_image_each(void *context, const char *name, const struct image_bytes *image);
void made_images_write(const struct made_memory *memory, const struct made_form *form, size_t layer,
		       made_image_each *each, void *context);
/* N of pages-N.img: each layer counts by itself. */
uint32_t made_pages_id(const struct made_pages *pages, size_t layer);

/* config.dump and spec.dump of a container that an engine would put beside the images. */
void made_metadata_write(made_image_each *each, void *context);

#endif
