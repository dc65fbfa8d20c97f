#ifndef CKPT_TESTS_PLANTED_H
#define CKPT_TESTS_PLANTED_H

#include <archive.h>
#include <archive_entry.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/read/file_table.h"
#include "scanners/criu/image_set.h"

/* A real checkpoint archive read with libarchive alone, so that these tests need no source. */
struct planted {
	struct warning_list *warnings;
	struct image_set *images;
	struct file_table *files;
	struct checkpoint *checkpoint;
};

static inline const char *planted_base(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

static inline void planted_take(struct planted *planted, const char *name, uint8_t *data,
				size_t length)
{
	uint32_t file;
	uint64_t id;

	if (image_is_pages(name, &id)) {
		assert_int_equal(
			file_table_add_memory(planted->files, data, length, name, &file, NULL), 0);
		assert_int_equal(image_set_add_pages(planted->images, id, file, 0, length, NULL),
				 0);
	} else if (image_set_wants_payload(name)) {
		assert_int_equal(
			file_table_add_memory(planted->files, data, length, name, &file, NULL), 0);
		assert_int_equal(image_set_add_payload(planted->images, name,
						       (struct stored_bytes){ 0, length, file },
						       NULL),
				 0);
	} else if (image_set_wants(name)) {
		assert_int_equal(image_set_add(planted->images, name, data, length, NULL), 0);
	} else {
		free(data);
	}
}

/* @take gets every member's base name and bytes (malloc'd). */
static inline void planted_each(const char *path,
				void (*take)(void *context, const char *name, uint8_t *data,
					     size_t length),
				void *context)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;

	archive_read_support_filter_all(archive);
	archive_read_support_format_tar(archive);
	assert_int_equal(archive_read_open_filename(archive, path, 65536), ARCHIVE_OK);
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
		size_t length = (size_t)archive_entry_size(entry);
		uint8_t *data = malloc(length + 1);

		assert_non_null(data);
		assert_int_equal(archive_read_data(archive, data, length), length);
		take(context, planted_base(archive_entry_pathname(entry)), data, length);
	}
	archive_read_free(archive);
}

static inline void planted_take_member(void *context, const char *name, uint8_t *data,
				       size_t length)
{
	planted_take(context, name, data, length);
}

static inline void planted_prepare(struct planted *planted)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };

	*planted = (struct planted){ 0 };
	assert_int_equal(warning_list_new(&planted->warnings, NULL), 0);
	assert_int_equal(image_set_new(&planted->images, planted->warnings, NULL), 0);
	assert_int_equal(file_table_new(&planted->files, &options, NULL), 0);
}

static inline void planted_open(struct planted *planted, const char *path)
{
	planted_prepare(planted);
	planted_each(path, planted_take_member, planted);
	assert_int_equal(image_set_checkpoint(planted->images,
					      &(struct model_options){ .final = true },
					      &planted->checkpoint, NULL),
			 0);
}

static inline void planted_close(struct planted *planted)
{
	checkpoint_free(planted->checkpoint);
	image_set_free(planted->images);
	file_table_free(planted->files);
	warning_list_free(planted->warnings);
}

#endif
