#ifndef CKPT_TESTS_LAYERED_IMAGE_H
#define CKPT_TESTS_LAYERED_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "tests/unit/scanners/made_archive.h"

/* An image of a container: the files of its layout. Failures end the test. */
struct layered_part {
	char *name;
	uint8_t *data;
	size_t length;
};

struct layered_image {
	struct layered_part parts[64];
	size_t count;
	char *manifests; /* OCI: what the index lists so far */
};

/* Adds an image of these layers, the lowest first. @annotation: a key of its manifest; NULL: none. */
void layered_image_add_oci(struct layered_image *image, const struct made_archive *layers,
			   size_t count, const char *annotation);
/* The index of those, and what a layout must have. */
void layered_image_end_oci(struct layered_image *image);
/* @links: each layer is a link to where an older archive has it. */
void layered_image_make_docker(struct layered_image *image, const struct made_archive *layers,
			       size_t count, int links);
void layered_image_release(struct layered_image *image);

/* Into the directory @path, which is there. */
void layered_image_write_directory(const struct layered_image *image, const char *path);
/* Into a new file, which the caller unlinks, and frees the path. */
char *layered_image_write_tar(const struct layered_image *image, int filter);

#endif
