#include "scanners/oci/docker_archive.h"

#include <string.h>

#include "scanners/oci/blob.h"
#include "scanners/oci/media_type.h"

/*
 * manifest.json:   [ { "Config": FILE, "RepoTags": [NAME...], "Layers": [FILE...] }... ]
 *
 *	podman, skopeo     HEX.tar, and HEX.json of the configuration
 *	docker to 24       HEX/layer.tar
 *	docker from 25     blobs/sha256/HEX, beside an index.json that leads to the same
 *
 * Only the last names a layer by its digest. Of the others the configuration has those of the plain layers.
 */

static bool find(const struct image_reader *reader, struct blob *blob)
{
	blob->found = container_image_wants(blob->name) &&
		      reader->files->find(reader->files->context, blob->name, &blob->bytes);
	return blob->found;
}

static bool is_hex_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == SHA256_HEX_LENGTH;
}

/* "blobs/sha256/HEX" */
static const char *digest_of_path(const char *name)
{
	static const char folder[] = "blobs/sha256/";
	const char *hex = name + sizeof(folder) - 1;

	return strncmp(name, folder, sizeof(folder) - 1) == 0 && is_hex_name(hex) &&
			       strlen(hex) == SHA256_HEX_LENGTH
		       ? hex
		       : NULL;
}

static int take_name(struct image_reader *reader, const json_t *value, struct blob *out,
		     struct error *err)
{
	const char *text = json_plain_text(value);

	*out = (struct blob){ .media_type = "" };
	if (!text)
		return image_reader_warn(reader, WARNING_CORRUPT, "manifest.json",
					 "an image with a file that has no name", err);
	return image_reader_copy(reader, text, &out->name, err);
}

/* NULL: it is not there, or is no JSON. */
static int read_configuration(struct image_reader *reader, const json_t *entry, json_t **out,
			      struct error *err)
{
	const json_t *name = json_object_get(entry, "Config");
	struct blob blob;
	char hex[SHA256_HEX_LENGTH + 1] = "";
	int ret = name ? take_name(reader, name, &blob, err) : 0;

	*out = NULL;
	if (ret || !name || !blob.name || !find(reader, &blob))
		return ret;
	blob.sha256 = digest_of_path(blob.name);
	if (!blob.sha256 && is_hex_name(blob.name)) {
		memcpy(hex, blob.name, SHA256_HEX_LENGTH);
		blob.sha256 = hex;
	}
	ret = blob_compare(reader, &blob, err);
	return ret ? ret : image_reader_json(reader, blob.name, &blob.bytes, DUTY_TRY, out, err);
}

static bool is_plain(const struct image_reader *reader, const struct blob *blob)
{
	uint8_t start[512];
	size_t length = image_reader_start(reader, &blob->bytes, start, sizeof(start));

	return !media_is_compressed((struct bytes){ start, length });
}

static int read_layer(struct image_reader *reader, const json_t *value, const json_t *plain_digest,
		      struct image_part *out, bool *named, struct error *err)
{
	const char *digest = json_plain_text(plain_digest);
	struct blob blob;
	int ret = take_name(reader, value, &blob, err);

	*named = blob.name;
	if (ret || !blob.name)
		return ret;
	find(reader, &blob);
	blob.sha256 = digest_of_path(blob.name);
	if (blob.found && !blob.sha256 && digest && is_plain(reader, &blob))
		blob.sha256 = blob_sha256(digest);
	return blob_part(reader, &blob, IMAGE_PART_LAYER, out, err);
}

static int read_layers(struct image_reader *reader, const json_t *layers,
		       const json_t *plain_digests, struct container_image *image,
		       struct error *err)
{
	size_t size = json_array_size(layers);
	bool granted, named, counted = json_array_size(plain_digests) == size;
	struct image_part *parts;
	int ret = image_reader_spend(reader, &reader->blobs_left, size, &granted, err);

	if (ret || !granted || size == 0)
		return ret;
	parts = arena_alloc_array(reader->arena, size, sizeof(*parts));
	if (!parts)
		return error_no_memory(err, "the layers of an image");
	for (size_t i = 0; i < size && ret == 0; i++) {
		ret = read_layer(reader, json_array_get(layers, i),
				 counted ? json_array_get(plain_digests, i) : NULL,
				 &parts[image->part_count], &named, err);
		if (ret == 0 && named)
			image->part_count++;
	}
	image->parts = parts;
	return ret;
}

static int read_image(struct image_reader *reader, const json_t *entry, struct error *err)
{
	const char *name = json_plain_text(json_array_get(json_object_get(entry, "RepoTags"), 0));
	struct container_image image = { 0 };
	json_t *configuration;
	int ret = read_configuration(reader, entry, &configuration, err);

	if (ret == 0)
		ret = read_layers(
			reader, json_object_get(entry, "Layers"),
			json_object_get(json_object_get(configuration, "rootfs"), "diff_ids"),
			&image, err);
	json_decref(configuration);
	if (ret == 0 && name && *name)
		ret = image_reader_copy(reader, name, &image.name, err);
	return ret ? ret : image_list_add(&reader->images, &image, err);
}

static bool is_image(const json_t *entry)
{
	return json_is_array(json_object_get(entry, "Layers"));
}

static bool lists_images(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (is_image(json_array_get(list, i)))
			return true;
	return false;
}

int docker_archive_read(struct image_reader *reader, bool *found, struct error *err)
{
	struct blob list = { .name = "manifest.json" };
	json_t *json = NULL;
	int ret = 0;

	if (find(reader, &list))
		ret = image_reader_json(reader, list.name, &list.bytes, DUTY_TRY, &json, err);
	if (ret)
		return ret;
	*found = lists_images(json);
	for (size_t i = 0; i < json_array_size(json) && *found && ret == 0; i++)
		if (is_image(json_array_get(json, i)))
			ret = read_image(reader, json_array_get(json, i), err);
	json_decref(json);
	return ret;
}
