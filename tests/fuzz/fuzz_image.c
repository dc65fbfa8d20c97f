/* The files of a container image, one after the other with a zero byte between them, and what is read from them. */
#include <stdlib.h>
#include <string.h>

#include "scanners/oci/container_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

/* A digest that no run could guess is not compared: names of another algorithm lead anywhere. */
static const char *const names[] = { "index.json",     "manifest.json",	 "blobs/sha512/a",
				     "blobs/sha512/b", "blobs/sha512/c", "oci-layout" };

#define FILES (sizeof(names) / sizeof(names[0]))

struct fuzz_files {
	struct stored_bytes bytes[FILES];
	bool there[FILES];
};

static bool find(void *context, const char *name, struct stored_bytes *out)
{
	const struct fuzz_files *files = context;

	for (size_t i = 0; i < FILES; i++)
		if (files->there[i] && strcmp(names[i], name) == 0) {
			*out = files->bytes[i];
			return true;
		}
	return false;
}

static void split(struct fuzz_files *files, const uint8_t *data, size_t length, uint32_t file)
{
	size_t start = 0;

	for (size_t i = 0; i < FILES && start <= length; i++) {
		const uint8_t *end = memchr(data + start, 0, length - start);
		size_t stop = end ? (size_t)(end - data) : length;

		files->there[i] = stop > start;
		files->bytes[i] = (struct stored_bytes){ start, stop - start, file };
		start = stop + 1;
	}
}

/* Whatever is handed out lies within the file it was found in. */
static void check(const struct container_images *images, const struct file_table *table)
{
	for (size_t i = 0; i < images->count; i++)
		for (size_t j = 0; j < images->items[i].part_count; j++) {
			const struct image_part *part = &images->items[i].parts[j];
			uint64_t length =
				part->missing ? 0 : file_table_length(table, part->bytes.file);

			if (!part->missing && (part->bytes.offset > length ||
					       part->bytes.length > length - part->bytes.offset))
				abort();
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct file_table_options options = { .memory_bytes = 1 << 20 };
	struct fuzz_files held = { 0 };
	struct image_files files = { .context = &held, .find = find };
	struct container_images images = { 0 };
	struct warning_list *warnings;
	struct arena *arena = arena_new(0);
	struct bytes json;
	uint32_t file;
	uint8_t *copy = malloc(length + 1);

	if (!copy || !arena || warning_list_new(&warnings, NULL) < 0 ||
	    file_table_new(&files.files, &options, NULL) < 0)
		abort();
	if (length)
		memcpy(copy, data, length);
	if (file_table_add_memory(files.files, copy, length, "input", &file, NULL) < 0)
		abort();
	split(&held, copy, length, file);
	if (container_images_read(&images, &files, warnings, arena, NULL) < 0)
		abort();
	check(&images, files.files);
	if (container_image_spec((struct bytes){ copy, length }, &json) && json.data[0] != '{')
		abort();
	file_table_free(files.files);
	warning_list_free(warnings);
	arena_free(arena);
	return 0;
}
