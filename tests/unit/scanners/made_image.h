#ifndef CKPT_TESTS_MADE_IMAGE_H
#define CKPT_TESTS_MADE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "scanners/oci/container_image.h"

#define OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_LAYER "application/vnd.oci.image.layer.v1.tar+gzip"
#define DOCKER_INDEX "application/vnd.docker.distribution.manifest.list.v2+json"
#define DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define DOCKER_LAYER "application/vnd.docker.image.rootfs.diff.tar.gzip"
#define CRIU_TAR "application/vnd.containerd.container.criu.checkpoint.criu.tar"
#define CTR_SPEC "application/vnd.containerd.container.checkpoint.config.v1+proto"
#define CTR_OPTIONS "application/vnd.containerd.container.checkpoint.options.v1+proto"

/* The files of a container image in memory, and what is read from them. Failures end the test. */
struct made_image {
	struct made_file {
		char *name;
		struct stored_bytes bytes;
	} files[64];
	size_t file_count;
	char *texts[256]; /* what made_text() gave */
	size_t text_count;
	struct file_table *table;
	struct warning_list *warnings;
	struct arena *arena;
	_Atomic int stop;
	struct container_images images; /* after made_image_read() */
};

void made_image_open(struct made_image *image);
void made_image_close(struct made_image *image);

/* Formatted; lives as long as the image. */
const char *made_text(struct made_image *image, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void made_file(struct made_image *image, const char *name, const void *data, size_t length);
void made_text_file(struct made_image *image, const char *name, const char *text);
void made_file_remove(struct made_image *image, const char *name);
/* Adds it as a blob under its own digest, which is returned: "sha256:...". */
const char *made_blob(struct made_image *image, const char *content);
/* "{"mediaType":TYPE,"digest":DIGEST,"size":SIZE EXTRA}" of such a blob; @media_type NULL: not said. */
const char *made_descriptor(struct made_image *image, const char *media_type, const char *content,
			    const char *extra);
/* "blobs/sha256/..." of its digest. */
const char *made_path(struct made_image *image, const char *content);

/* The digits of its digest. */
const char *made_hex(struct made_image *image, const char *content);
const char *made_manifest(struct made_image *image, const char *layers);
/* index.json with these entries. */
void made_index(struct made_image *image, const char *entries);
/* index.json that leads to one manifest with these layers. */
void made_one_image(struct made_image *image, const char *layers);
/* manifest.json with the layers "lower" and "upper"; around their digests stand @prefix and @suffix. */
void made_docker_archive(struct made_image *image, const char *prefix, const char *suffix);

void made_image_read(struct made_image *image);
/* How many there are of this code; SIZE_MAX: also others. */
size_t made_image_warnings(const struct made_image *image, enum warning_code code);
void assert_part_bytes(const struct made_image *image, const struct image_part *part,
		       const char *content);
/* There is one image, of one layer. */
void assert_one_layer(const struct made_image *image, const char *content);
/* The one warning there is. */
const struct warning *made_image_warning(const struct made_image *image, enum warning_code code);

#endif
