#ifndef CKPT_SCANNERS_OCI_IMAGE_LIST_H
#define CKPT_SCANNERS_OCI_IMAGE_LIST_H

#include <jansson.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "scanners/oci/container_image.h"

/*
 * Images as they are found. Two with the same parts in the same order are one: an archive may list an image in both
 * forms, or under several tags. Zeroed is empty.
 */
struct image_list {
	struct container_image *items;
	size_t count, capacity;
	json_t *by_parts; /* index, by the names of the parts */
};

/* An image without parts is none. Of a second one only what the first did not say is taken. */
int image_list_add(struct image_list *list, const struct container_image *image, struct error *err);
/* Copies into @arena. */
int image_list_finish(const struct image_list *list, struct arena *arena,
		      const struct container_image **out, struct error *err);
void image_list_release(struct image_list *list);

#endif
