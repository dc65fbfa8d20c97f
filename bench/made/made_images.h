#ifndef CKPT_BENCH_MADE_MADE_IMAGES_H
#define CKPT_BENCH_MADE_MADE_IMAGES_H

#include "bench/made/image_bytes.h"
#include "bench/made/made_memory.h"

/*
 * The CRIU images of a made checkpoint, as CRIU 4.2 writes them (page counts in field 5, field 2 is 0). Calls
 * @each with every small image in order of name; page images are not among them.
 */
typedef void made_image_each(void *context, const char *name, const struct image_bytes *image);
void made_images_write(const struct made_memory *memory, made_image_each *each, void *context);

/* config.dump and spec.dump of a container that an engine would put beside the images. */
void made_metadata_write(made_image_each *each, void *context);

#endif
