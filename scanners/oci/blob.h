#ifndef CKPT_SCANNERS_OCI_BLOB_H
#define CKPT_SCANNERS_OCI_BLOB_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "scanners/oci/container_image.h"
#include "scanners/oci/image_reader.h"

#define SHA256_HEX_LENGTH 64

/* A file of an image, and what is said of it where it is named. Strings live in the reader's arena. */
struct blob {
	const char *name; /* "blobs/sha256/..."; NULL: the descriptor names none, which was told */
	const char *media_type; /* "": not said */
	const char
		*sha256; /* that its bytes should have; NULL: not said, or by another algorithm */
	uint64_t size; /* likewise, with has_size */
	bool has_size, has_platform;
	bool encrypted;
	bool found;
	struct stored_bytes bytes; /* with @found */
	const struct image_annotation *annotations;
	size_t annotation_count;
};

/* "sha256:HEX" by the grammar of OCI: no part of it can lead to another folder. */
bool blob_digest_is_sound(const char *digest);
/* The digits of a SHA-256 digest, "sha256:HEX"; NULL: it is none. */
const char *blob_sha256(const char *digest);
/* A descriptor. @where: the document that it stands in, for messages. */
int blob_read(struct image_reader *reader, const char *where, const json_t *descriptor,
	      struct blob *out, struct error *err);
/* The strings of a JSON object, as annotations. */
int blob_annotations(struct image_reader *reader, const json_t *object,
		     const struct image_annotation **out, size_t *count, struct error *err);
/* The value of a key; NULL: none, or an empty one. */
const char *blob_annotation(const struct blob *blob, const char *key);

/* Tells, once for each file, that it is not there. */
int blob_tell_missing(struct image_reader *reader, const struct blob *blob, struct error *err);
/* Compares length and digest, once for each file. */
int blob_compare(struct image_reader *reader, const struct blob *blob, struct error *err);
/* A part of this kind: tells what is missing or encrypted, compares what is there. */
int blob_part(struct image_reader *reader, const struct blob *blob, enum image_part_kind kind,
	      struct image_part *out, struct error *err);

#endif
