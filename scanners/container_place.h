#ifndef CKPT_SCANNERS_CONTAINER_PLACE_H
#define CKPT_SCANNERS_CONTAINER_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What tells of a container, and where in it each field of struct container stands. Constant tables. */
enum document {
	DOCUMENT_CONFIG, /* config.dump, of Podman, CRI-O and containerd */
	DOCUMENT_SPEC, /* the OCI specification */
	DOCUMENT_STATUS, /* of containerd's CRI */
	DOCUMENT_DOCKER, /* config.v2.json */
	DOCUMENT_DOCKER_HOST,
	DOCUMENT_ANNOTATIONS, /* of the image that the checkpoint came in: no file */
	DOCUMENTS,
};

/* "the image" for what is no file. */
const char *document_name(enum document document);
/* By the base name of a file. */
bool document_find(const char *name, enum document *out);

#define PLACE_STEPS 2
#define FIELD_BY_CODE SIZE_MAX /* its type is checked, but a function of its own reads it */

struct place {
	size_t field; /* offset in struct container */
	enum document document;
	const char *path[PLACE_STEPS]; /* keys, from the top; NULL: no more */
};

/* The best place of a field first, documents apart from the image: what documents say counts before it. */
const struct place *container_places(size_t *count);

#endif
