#ifndef CKPT_TESTS_PLANTED_CHAIN_H
#define CKPT_TESTS_PLANTED_CHAIN_H

#include <stdio.h>

#include "engine/base/arena.h"
#include "tests/unit/scanners/planted.h"

#define CHAIN_DIRECTORIES 8

/* A real archive of several directories of images; the checkpoint is the one that is no pre-dump. */
struct planted_chain {
	struct planted planted; /* its images are those of the checkpoint */
	struct chain_directory directories[CHAIN_DIRECTORIES];
	char paths[CHAIN_DIRECTORIES][64];
	size_t count;
	struct arena *arena;
	struct parent_chain chain;
};

static inline struct image_set *planted_chain_directory(struct planted_chain *chain,
							const char *path, size_t length)
{
	struct chain_directory *added = &chain->directories[chain->count];

	for (size_t i = 0; i < chain->count; i++) {
		if (strlen(chain->paths[i]) == length && !strncmp(chain->paths[i], path, length))
			return chain->directories[i].images;
	}
	assert_true(chain->count < CHAIN_DIRECTORIES);
	snprintf(chain->paths[chain->count], sizeof(chain->paths[0]), "%.*s", (int)length, path);
	added->path = chain->paths[chain->count++];
	assert_int_equal(image_set_new(&added->images, chain->planted.warnings, NULL), 0);
	return added->images;
}

static inline void planted_chain_member(struct planted_chain *chain, struct archive *archive,
					struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry), *slash = strrchr(path, '/');
	const char *link = archive_entry_symlink(entry);
	size_t length = (size_t)archive_entry_size(entry);
	uint8_t *data;

	if (!slash || !slash[1])
		return;
	chain->planted.images = planted_chain_directory(chain, path, (size_t)(slash - path));
	if (link) {
		assert_string_equal(slash + 1, "parent");
		assert_int_equal(image_set_add_parent(chain->planted.images, link, NULL), 0);
		return;
	}
	data = malloc(length + 1);
	assert_non_null(data);
	assert_int_equal(archive_read_data(archive, data, length), length);
	planted_take(&chain->planted, slash + 1, data, length);
}

/* Reads the members; the chain is made, the checkpoint is not. */
static inline void planted_chain_read(struct planted_chain *chain, const char *path)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	size_t checkpoint = SIZE_MAX;

	*chain = (struct planted_chain){ .arena = arena_new(0) };
	assert_non_null(chain->arena);
	planted_prepare(&chain->planted);
	image_set_free(chain->planted.images);
	archive_read_support_filter_all(archive);
	archive_read_support_format_tar(archive);
	assert_int_equal(archive_read_open_filename(archive, path, 65536), ARCHIVE_OK);
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK)
		planted_chain_member(chain, archive, entry);
	archive_read_free(archive);
	for (size_t i = 0; i < chain->count; i++) {
		if (image_set_has_inventory(chain->directories[i].images))
			checkpoint = i;
	}
	assert_true(checkpoint < chain->count);
	chain->planted.images = chain->directories[checkpoint].images;

	const struct chain_source source = { chain->directories, chain->count, NULL };

	assert_int_equal(
		parent_chain_make(&chain->chain, &source, 1, checkpoint, chain->arena, NULL), 0);
}

static inline void planted_chain_open(struct planted_chain *chain, const char *path)
{
	planted_chain_read(chain, path);

	const struct model_options options = { .final = true,
					       .parents = &chain->chain,
					       .files = chain->planted.files };

	assert_int_equal(image_set_checkpoint(chain->planted.images, &options,
					      &chain->planted.checkpoint, NULL),
			 0);
}

static inline void planted_chain_close(struct planted_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		image_set_free(chain->directories[i].images);
	chain->planted.images = NULL;
	planted_close(&chain->planted);
	arena_free(chain->arena);
}

#endif
