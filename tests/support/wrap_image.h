#ifndef CKPT_TESTS_SUPPORT_WRAP_IMAGE_H
#define CKPT_TESTS_SUPPORT_WRAP_IMAGE_H

#include "tests/support/repack.h"

/*
 * A checkpoint as a container image of one layer whose root holds the archive's members, as `buildah add` and
 * `podman container checkpoint --create-image` make it. The results are the files of the image: written as a
 * directory they are a layout, as a tar an archive. Failures end the test.
 *
 * @filter: of the layer, libarchive's name of it; NULL: plain.
 */

/* OCI: oci-layout, index.json, blobs/sha256/... @annotations: of the manifest, a JSON object; NULL: none. */
void wrap_oci_image(const struct package *members, const char *filter, const char *annotations,
		    struct package *out);
/* The manifest among the files of such an image. */
struct packed_member *wrapped_manifest(struct package *image);

enum docker_shape {
	DOCKER_SHAPE_FLAT, /* HEX.tar, HEX.json, and a link HEX/layer.tar: podman */
	DOCKER_SHAPE_FOLDERS, /* HEX/layer.tar, HEX.json: docker to 24 */
	DOCKER_SHAPE_BLOBS, /* an OCI layout with manifest.json beside it: docker from 25 */
};
void wrap_docker_image(const struct package *members, const char *filter, enum docker_shape shape,
		       struct package *out);

#endif
