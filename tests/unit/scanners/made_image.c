#include "tests/unit/scanners/made_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/digest.h"

void made_image_open(struct made_image *image)
{
	struct file_table_options options = { .memory_bytes = 1 << 20 };

	memset(image, 0, sizeof(*image));
	assert_int_equal(file_table_new(&image->table, &options, NULL), 0);
	assert_int_equal(warning_list_new(&image->warnings, NULL), 0);
	image->arena = arena_new(0);
	assert_non_null(image->arena);
}

void made_image_close(struct made_image *image)
{
	for (size_t i = 0; i < image->file_count; i++)
		free(image->files[i].name);
	for (size_t i = 0; i < image->text_count; i++)
		free(image->texts[i]);
	file_table_free(image->table);
	warning_list_free(image->warnings);
	arena_free(image->arena);
}

const char *made_text(struct made_image *image, const char *format, ...)
{
	va_list arguments;
	char *text;

	assert_true(image->text_count < 256);
	va_start(arguments, format);
	assert_true(vasprintf(&text, format, arguments) >= 0);
	va_end(arguments);
	image->texts[image->text_count++] = text;
	return text;
}

void made_file(struct made_image *image, const char *name, const void *data, size_t length)
{
	struct made_file *file = &image->files[image->file_count++];
	uint8_t *copy = malloc(length + 8);

	assert_true(image->file_count <= 64);
	/* It does not begin where its file in the table begins, as in a tar. */
	memset(copy, '#', 8);
	if (length)
		memcpy(copy + 8, data, length);
	file->name = strdup(name);
	file->bytes = (struct stored_bytes){ .offset = 8, .length = length };
	assert_int_equal(file_table_add_memory(image->table, copy, length + 8, name,
					       &file->bytes.file, NULL),
			 0);
}

void made_text_file(struct made_image *image, const char *name, const char *text)
{
	made_file(image, name, text, strlen(text));
}

static struct made_file *find_file(struct made_image *image, const char *name)
{
	for (size_t i = 0; i < image->file_count; i++)
		if (strcmp(image->files[i].name, name) == 0)
			return &image->files[i];
	return NULL;
}

void made_file_remove(struct made_image *image, const char *name)
{
	struct made_file *file = find_file(image, name);

	assert_non_null(file);
	free(file->name);
	*file = image->files[--image->file_count];
}

static const char *digest_of_text(struct made_image *image, const char *content)
{
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];

	assert_int_equal(digest_of(content, strlen(content), digest, NULL), 0);
	digest_hex(digest, hex);
	return made_text(image, "sha256:%s", hex);
}

const char *made_path(struct made_image *image, const char *content)
{
	return made_text(image, "blobs/sha256/%s", digest_of_text(image, content) + 7);
}

const char *made_blob(struct made_image *image, const char *content)
{
	const char *path = made_path(image, content);

	if (!find_file(image, path))
		made_text_file(image, path, content);
	return digest_of_text(image, content);
}

const char *made_descriptor(struct made_image *image, const char *media_type, const char *content,
			    const char *extra)
{
	const char *digest = made_blob(image, content);
	const char *type = media_type ? made_text(image, "\"mediaType\":\"%s\",", media_type) : "";

	return made_text(image, "{%s\"digest\":\"%s\",\"size\":%zu%s}", type, digest,
			 strlen(content), extra);
}

static bool find(void *context, const char *name, struct stored_bytes *out)
{
	const struct made_file *file = find_file(context, name);

	if (file)
		*out = file->bytes;
	return file;
}

void made_image_read(struct made_image *image)
{
	struct image_files files = {
		.context = image, .find = find, .files = image->table, .stop = &image->stop
	};
	struct error err = { 0 };

	if (container_images_read(&image->images, &files, image->warnings, image->arena, &err))
		fail_msg("%s", err.message);
}

size_t made_image_warnings(const struct made_image *image, enum warning_code code)
{
	size_t count, found = 0;
	const struct warning *warnings = warning_list_sorted(image->warnings, &count);

	for (size_t i = 0; i < count; i++) {
		if (warnings[i].code == code)
			found++;
		else
			print_message("  %s\n", warnings[i].message);
	}
	return found == count ? found : SIZE_MAX;
}

const struct warning *made_image_warning(const struct made_image *image, enum warning_code code)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(image->warnings, &count);

	assert_int_equal(count, 1);
	assert_string_equal(warning_code_name(warnings->code), warning_code_name(code));
	return warnings;
}

const char *made_manifest(struct made_image *image, const char *layers)
{
	return made_text(image, "{\"schemaVersion\":2,\"layers\":[%s]}", layers);
}

void made_index(struct made_image *image, const char *entries)
{
	made_text_file(image, "index.json",
		       made_text(image, "{\"schemaVersion\":2,\"manifests\":[%s]}", entries));
}

void made_one_image(struct made_image *image, const char *layers)
{
	made_index(image, made_descriptor(image, OCI_MANIFEST, made_manifest(image, layers), ""));
}

void assert_part_bytes(const struct made_image *image, const struct image_part *part,
		       const char *content)
{
	char buffer[256];
	size_t got;

	assert_false(part->missing);
	assert_int_equal(part->bytes.length, strlen(content));
	assert_int_equal(file_table_read(image->table, part->bytes.file, part->bytes.offset, buffer,
					 (size_t)part->bytes.length, &got, NULL),
			 0);
	assert_memory_equal(buffer, content, got);
	assert_int_equal(got, strlen(content));
}

void assert_one_layer(const struct made_image *image, const char *content)
{
	assert_int_equal(image->images.count, 1);
	assert_int_equal(image->images.items[0].part_count, 1);
	assert_int_equal(image->images.items[0].parts[0].kind, IMAGE_PART_LAYER);
	assert_part_bytes(image, &image->images.items[0].parts[0], content);
}

const char *made_hex(struct made_image *image, const char *content)
{
	return made_path(image, content) + strlen("blobs/sha256/");
}

void made_docker_archive(struct made_image *image, const char *prefix, const char *suffix)
{
	const char *lower = made_text(image, "%s%s%s", prefix, made_hex(image, "lower"), suffix);
	const char *upper = made_text(image, "%s%s%s", prefix, made_hex(image, "upper"), suffix);
	const char *config =
		made_text(image, "{\"rootfs\":{\"diff_ids\":[\"sha256:%s\",\"sha256:%s\"]}}",
			  made_hex(image, "lower"), made_hex(image, "upper"));
	const char *config_name =
		made_text(image, "%s%s%s", prefix, made_hex(image, config), *prefix ? "" : ".json");

	made_text_file(image, lower, "lower");
	made_text_file(image, upper, "upper");
	made_text_file(image, config_name, config);
	made_text_file(image, "manifest.json",
		       made_text(image,
				 "[{\"Config\":\"%s\",\"RepoTags\":[\"web:1\",\"web:2\"],"
				 "\"Layers\":[\"%s\",\"%s\"]}]",
				 config_name, lower, upper));
}
