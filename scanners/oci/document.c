#include "scanners/oci/document.h"

#include <stdlib.h>

bool document_is_one(const json_t *json)
{
	return json_is_array(json_object_get(json, "manifests")) ||
	       json_is_array(json_object_get(json, "layers"));
}

static int read_list(struct image_reader *reader, const char *where, const json_t *list,
		     struct blob **out, size_t *count, struct error *err)
{
	size_t size = json_array_size(list);
	struct blob *blobs;
	bool granted;
	int ret = image_reader_spend(reader, &reader->blobs_left, size, &granted, err);

	if (ret || !granted || size == 0)
		return ret;
	blobs = calloc(size, sizeof(*blobs));
	if (!blobs)
		return error_no_memory(err, "the description of an image");
	*out = blobs;
	for (size_t i = 0; i < size && ret == 0; i++) {
		ret = blob_read(reader, where, json_array_get(list, i), &blobs[*count], err);
		if (ret == 0 && blobs[*count].name)
			(*count)++;
	}
	return ret;
}

int document_read(struct image_reader *reader, const char *where, const json_t *json,
		  struct document *out, struct error *err)
{
	const json_t *manifests = json_object_get(json, "manifests");
	const json_t *layers = json_object_get(json, "layers");
	struct document read = { .is_index = json_is_array(manifests),
				 .is_manifest = json_is_array(layers) };
	int ret = blob_annotations(reader, json_object_get(json, "annotations"), &read.annotations,
				   &read.annotation_count, err);

	if (ret == 0)
		ret = read_list(reader, where, manifests, &read.manifests, &read.manifest_count,
				err);
	if (ret == 0)
		ret = read_list(reader, where, layers, &read.layers, &read.layer_count, err);
	if (ret)
		document_release(&read);
	else
		*out = read;
	return ret;
}

void document_release(struct document *document)
{
	free(document->manifests);
	free(document->layers);
	*document = (struct document){ 0 };
}
