#ifndef CKPT_SCANNERS_OCI_DOCUMENT_H
#define CKPT_SCANNERS_OCI_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"
#include "scanners/oci/blob.h"
#include "scanners/oci/image_reader.h"

/*
 * What an index or a manifest says, told by its content: "manifests" make an index, "layers" a manifest. One that
 * has both is both: whatever it was meant to be, nothing in it goes unseen.
 */
struct document {
	bool is_index, is_manifest;
	struct blob *manifests; /* in its order, without those that name nothing */
	size_t manifest_count;
	struct blob *layers;
	size_t layer_count;
	const struct image_annotation *annotations;
	size_t annotation_count;
};

bool document_is_one(const json_t *json);
/* @where: its file's name. */
int document_read(struct image_reader *reader, const char *where, const json_t *json,
		  struct document *out, struct error *err);
void document_release(struct document *document);

#endif
