#include "tests/unit/scanners/layered_image.h"

#include <archive_entry.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/digest.h"

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define TEXT_BYTES 8192

static void add_part(struct layered_image *image, const char *name, const void *data, size_t length)
{
	struct layered_part *part = &image->parts[image->count++];

	assert_true(image->count < sizeof(image->parts) / sizeof(image->parts[0]));
	*part = (struct layered_part){ strdup(name), malloc(length + 1), length };
	assert_non_null(part->name);
	assert_non_null(part->data);
	memcpy(part->data, data, length);
}

static void hex_of(const void *data, size_t length, char hex[DIGEST_HEX_BYTES])
{
	uint8_t digest[DIGEST_BYTES];

	assert_int_equal(digest_of(data, length, digest, NULL), 0);
	digest_hex(digest, hex);
}

/* Adds a blob; appends its descriptor to @text. */
static void add_blob(struct layered_image *image, const char *type, const void *data, size_t length,
		     const char *more, char *text)
{
	char name[128], hex[DIGEST_HEX_BYTES];
	size_t at = strlen(text);

	hex_of(data, length, hex);
	snprintf(name, sizeof(name), "blobs/sha256/%s", hex);
	add_part(image, name, data, length);
	snprintf(text + at, TEXT_BYTES - at,
		 "{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":%zu%s}", type, hex,
		 length, more);
}

void layered_image_add_oci(struct layered_image *image, const struct made_archive *layers,
			   size_t count, const char *annotation)
{
	char text[TEXT_BYTES] =
		"{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST_TYPE "\",\"config\":";
	char config[64];
	size_t at;

	snprintf(config, sizeof(config), "{\"number\":%zu}", image->count);
	add_blob(image, "application/vnd.oci.image.config.v1+json", config, strlen(config), "",
		 text);
	strcat(text, ",\"layers\":[");
	for (size_t i = 0; i < count; i++) {
		if (i)
			strcat(text, ",");
		add_blob(image, "application/vnd.oci.image.layer.v1.tar", layers[i].data,
			 layers[i].length, "", text);
	}
	strcat(text, "]");
	at = strlen(text);
	if (annotation)
		snprintf(text + at, sizeof(text) - at, ",\"annotations\":{\"%s\":\"x\"}",
			 annotation);
	strcat(text, "}");
	if (!image->manifests) {
		image->manifests = calloc(1, TEXT_BYTES);
		assert_non_null(image->manifests);
	} else {
		strcat(image->manifests, ",");
	}
	add_blob(image, MANIFEST_TYPE, text, strlen(text), "", image->manifests);
}

void layered_image_end_oci(struct layered_image *image)
{
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	char text[TEXT_BYTES + 64];
	int length = snprintf(text, sizeof(text), "{\"schemaVersion\":2,\"manifests\":[%s]}",
			      image->manifests);

	add_part(image, "index.json", text, (size_t)length);
	add_part(image, "oci-layout", layout, strlen(layout));
}

void layered_image_make_docker(struct layered_image *image, const struct made_archive *layers,
			       size_t count, int links)
{
	char text[TEXT_BYTES] = "[{\"Config\":\"config.json\",\"RepoTags\":[\"x:1\"],\"Layers\":[";
	char name[128], hex[DIGEST_HEX_BYTES], target[128];

	for (size_t i = 0; i < count; i++) {
		size_t at = strlen(text);

		hex_of(layers[i].data, layers[i].length, hex);
		snprintf(name, sizeof(name), "%s.tar", hex);
		add_part(image, name, layers[i].data, layers[i].length);
		if (links) {
			snprintf(target, sizeof(target), "@../%s.tar", hex);
			snprintf(name, sizeof(name), "%s/layer.tar", hex);
			add_part(image, name, target, strlen(target) + 1);
		}
		snprintf(text + at, sizeof(text) - at, "%s\"%s\"", i ? "," : "", name);
	}
	strcat(text, "]}]");
	add_part(image, "config.json", "{}", 2);
	add_part(image, "manifest.json", text, strlen(text));
}

void layered_image_release(struct layered_image *image)
{
	for (size_t i = 0; i < image->count; i++) {
		free(image->parts[i].name);
		free(image->parts[i].data);
	}
	free(image->manifests);
	memset(image, 0, sizeof(*image));
}

/* A part that begins with @ is a link to what follows. */
static const char *link_of(const struct layered_part *part)
{
	return part->length && part->data[0] == '@' ? (const char *)part->data + 1 : NULL;
}

static void make_parents(const char *path)
{
	char copy[1024];

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *at = copy + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		mkdir(copy, 0700);
		*at = '/';
	}
}

void layered_image_write_directory(const struct layered_image *image, const char *path)
{
	for (size_t i = 0; i < image->count; i++) {
		const struct layered_part *part = &image->parts[i];
		char name[1024];
		int descriptor;

		snprintf(name, sizeof(name), "%s/%s", path, part->name);
		make_parents(name);
		if (link_of(part)) {
			assert_int_equal(symlink(link_of(part), name), 0);
			continue;
		}
		descriptor = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		assert_true(descriptor >= 0);
		assert_int_equal(write(descriptor, part->data, part->length), part->length);
		close(descriptor);
	}
}

static void append(struct made_archive *made, const void *data, size_t length)
{
	made->data = realloc(made->data, made->length + length);
	assert_non_null(made->data);
	memcpy(made->data + made->length, data, length);
	made->length += length;
}

static la_ssize_t collect(struct archive *archive, void *context, const void *data, size_t length)
{
	(void)archive;
	append(context, data, length);
	return (la_ssize_t)length;
}

char *layered_image_write_tar(const struct layered_image *image, int filter)
{
	struct archive *archive = archive_write_new();
	struct made_archive made = { 0 };
	char *path;

	assert_int_equal(archive_write_set_format(archive, ARCHIVE_FORMAT_TAR_USTAR), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter(archive, filter), ARCHIVE_OK);
	archive_write_set_bytes_in_last_block(archive, 1);
	assert_int_equal(archive_write_open2(archive, &made, NULL, collect, NULL, NULL),
			 ARCHIVE_OK);
	for (size_t i = 0; i < image->count; i++) {
		const struct layered_part *part = &image->parts[i];

		if (link_of(part))
			add_special(archive, part->name, AE_IFLNK, link_of(part));
		else
			add_file(archive, part->name, part->data, part->length);
	}
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
	path = made_archive_file(&made, made.length);
	made_archive_release(&made);
	return path;
}
