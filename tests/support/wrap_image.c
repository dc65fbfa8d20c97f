#include "tests/support/wrap_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"

#define LAYER "application/vnd.oci.image.layer.v1.tar"
#define CONFIG "application/vnd.oci.image.config.v1+json"
#define MANIFEST "application/vnd.oci.image.manifest.v1+json"

struct layer {
	uint8_t *data;
	size_t length;
	char digest[DIGEST_HEX_BYTES], plain_digest[DIGEST_HEX_BYTES];
};

static void digest_text(const void *data, size_t length, char out[DIGEST_HEX_BYTES])
{
	uint8_t digest[DIGEST_BYTES];

	assert_int_equal(digest_of(data, length, digest, NULL), 0);
	digest_hex(digest, out);
}

static void layer_make(struct layer *layer, const struct package *members, const char *filter)
{
	size_t length;
	uint8_t *plain = package_pack_tar(members, NULL, &length);

	digest_text(plain, length, layer->plain_digest);
	free(plain);
	layer->data = package_pack_tar(members, filter, &layer->length);
	digest_text(layer->data, layer->length, layer->digest);
}

/* "blobs/sha256/HEX" of a text; its digest into @digest. */
static void add_text_blob(struct package *out, const char *text, char digest[DIGEST_HEX_BYTES])
{
	char name[128];

	digest_text(text, strlen(text), digest);
	snprintf(name, sizeof(name), "blobs/sha256/%s", digest);
	package_add(out, name, text, strlen(text));
}

static void configuration_text(const struct layer *layer, char *out, size_t size)
{
	snprintf(out, size,
		 "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":"
		 "\"layers\",\"diff_ids\":[\"sha256:%s\"]}}",
		 layer->plain_digest);
}

static void add_layout(struct package *out, const struct layer *layer, const char *filter,
		       const char *annotations)
{
	char text[1024], name[128], digest[DIGEST_HEX_BYTES];
	int length;

	snprintf(name, sizeof(name), "blobs/sha256/%s", layer->digest);
	package_add(out, name, layer->data, layer->length);
	configuration_text(layer, text, sizeof(text));
	add_text_blob(out, text, digest);
	length = (int)strlen(text);
	snprintf(text, sizeof(text),
		 "{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST
		 "\",\"config\":{\"mediaType\":\"" CONFIG
		 "\",\"digest\":\"sha256:%s\",\"size\":%d},\"layers\":[{\"mediaType\":\"" LAYER
		 "%s%s\",\"digest\":\"sha256:%s\",\"size\":%zu}],\"annotations\":%s}",
		 digest, length, filter ? "+" : "", filter ? filter : "", layer->digest,
		 layer->length, annotations ? annotations : "{}");
	add_text_blob(out, text, digest);
	length = (int)strlen(text);
	snprintf(text, sizeof(text),
		 "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MANIFEST
		 "\",\"digest\":\"sha256:%s\",\"size\":%d,\"annotations\":{"
		 "\"org.opencontainers.image.ref.name\":\"wrapped\"}}]}",
		 digest, length);
	package_add(out, "index.json", text, strlen(text));
	strcpy(text, "{\"imageLayoutVersion\":\"1.0.0\"}");
	package_add(out, "oci-layout", text, strlen(text));
}

void wrap_oci_image(const struct package *members, const char *filter, const char *annotations,
		    struct package *out)
{
	struct layer layer;

	*out = (struct package){ 0 };
	layer_make(&layer, members, filter);
	add_layout(out, &layer, filter, annotations);
	free(layer.data);
}

struct packed_member *wrapped_manifest(struct package *image)
{
	for (size_t i = 0; i < image->count; i++) {
		struct packed_member *member = &image->members[i];

		if (memmem(member->data, member->length, "\"layers\":[{", 11))
			return member;
	}
	fail_msg("no manifest");
	return NULL;
}

static void add_list(struct package *out, const char *configuration, const char *layer)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "[{\"Config\":\"%s\",\"RepoTags\":[\"localhost/wrapped:1\"],\"Layers\":[\"%s\"]}]",
		 configuration, layer);
	package_add(out, "manifest.json", text, strlen(text));
}

static void add_link(struct package *out, const struct layer *layer)
{
	char name[128], target[128];

	snprintf(name, sizeof(name), "%s/layer.tar", layer->digest);
	snprintf(target, sizeof(target), "../%s.tar", layer->plain_digest);
	package_add(out, name, NULL, 0);
	package_find(out, name)->link = strdup(target);
}

static void add_docker_files(struct package *out, const struct layer *layer,
			     enum docker_shape shape)
{
	char configuration[1024], digest[DIGEST_HEX_BYTES], name[128], layer_name[128];

	configuration_text(layer, configuration, sizeof(configuration));
	digest_text(configuration, strlen(configuration), digest);
	snprintf(name, sizeof(name), "%s.json", digest);
	snprintf(layer_name, sizeof(layer_name),
		 shape == DOCKER_SHAPE_FOLDERS ? "%s/layer.tar" : "%s.tar", layer->plain_digest);
	package_add(out, layer_name, layer->data, layer->length);
	package_add(out, name, configuration, strlen(configuration));
	if (shape == DOCKER_SHAPE_FLAT)
		add_link(out, layer);
	add_list(out, name, layer_name);
}

static void add_docker_blobs(struct package *out, const struct layer *layer, const char *filter)
{
	char configuration[1024], digest[DIGEST_HEX_BYTES], name[128], layer_name[128];

	add_layout(out, layer, filter, NULL);
	configuration_text(layer, configuration, sizeof(configuration));
	digest_text(configuration, strlen(configuration), digest);
	snprintf(name, sizeof(name), "blobs/sha256/%s", digest);
	snprintf(layer_name, sizeof(layer_name), "blobs/sha256/%s", layer->digest);
	add_list(out, name, layer_name);
}

void wrap_docker_image(const struct package *members, const char *filter, enum docker_shape shape,
		       struct package *out)
{
	struct layer layer;

	*out = (struct package){ 0 };
	layer_make(&layer, members, filter);
	if (shape == DOCKER_SHAPE_BLOBS)
		add_docker_blobs(out, &layer, filter);
	else
		add_docker_files(out, &layer, shape);
	free(layer.data);
}
