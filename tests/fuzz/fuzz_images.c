/*
 * Directories of CRIU images, whatever they say: the model of each checkpoint, with its parents, and what it holds
 * beside memory keep what their headers promise, and every byte that they name is there.
 *
 * A file is named DIRECTORY/IMAGE, or ~DIRECTORY/IMAGE in a second source, of earlier images. IMAGE*N: its bytes
 * again and again, up to N pages. IMAGE%N: N pages, zeros behind its bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/criu/image_set.h"
#include "tests/fuzz/checkpoint_check.h"
#include "tests/fuzz/file_list.h"
#include "tests/fuzz/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

#define PAGE 4096u
#define MOST_PAGES 64u
#define MOST_SPARSE_PAGES 65536u
#define DIRECTORIES 16
#define SOURCES 2

struct images {
	struct file_table *files;
	struct warning_list *warnings;
	struct arena *arena;
	struct chain_directory directories[SOURCES][DIRECTORIES];
	struct chain_source sources[SOURCES];
	bool lost;
};

static struct image_set *directory_of(struct images *images, size_t source, const char *path)
{
	struct chain_source *in = &images->sources[source];
	struct chain_directory *added = &images->directories[source][in->count];

	for (size_t i = 0; i < in->count; i++)
		if (strcmp(images->directories[source][i].path, path) == 0)
			return images->directories[source][i].images;
	if (in->count == DIRECTORIES)
		return NULL;
	added->path = arena_copy_string(images->arena, path, strlen(path));
	require(added->path && !image_set_new(&added->images, images->warnings, NULL));
	in->directories = images->directories[source];
	in->count++;
	return added->images;
}

/* As many bytes as the name says, up to @most pages. */
static size_t pages_length(const char *pages, size_t most)
{
	size_t count = pages ? strtoul(pages, NULL, 10) : 0;

	return (count < most ? count : most) * PAGE;
}

static uint8_t *repeat_bytes(const struct listed_file *file, size_t length)
{
	uint8_t *bytes = malloc(length + 1);

	require(bytes);
	for (size_t i = 0; i < length; i++)
		bytes[i] = file->data[i % file->length];
	return bytes;
}

static void store_bytes(struct images *images, const char *name, uint8_t *bytes, size_t length,
			struct stored_bytes *out)
{
	out->length = length;
	require(!file_table_add_memory(images->files, bytes, length, name, &out->file, NULL));
}

static void store_sparse(struct images *images, const struct listed_file *file, size_t length,
			 struct stored_bytes *out)
{
	struct bytes bytes = { file->data, file->length < length ? file->length : length };

	out->length = length;
	require(!file_table_add_sparse(images->files, length, file->name, &out->file, NULL));
	require(!bytes.length || !file_table_keep(images->files, out->file, 0, bytes, NULL));
}

static void store(struct images *images, const struct listed_file *file, char how,
		  const char *pages, struct stored_bytes *out)
{
	size_t length = pages_length(pages, how == '*' ? MOST_PAGES : MOST_SPARSE_PAGES);

	if (how == '%' && length)
		store_sparse(images, file, length, out);
	else if (how == '*' && length && file->length)
		store_bytes(images, file->name, repeat_bytes(file, length), length, out);
	else
		store_bytes(images, file->name, listed_file_copy(file), file->length, out);
}

static void add_stored(struct image_set *set, const char *name, struct stored_bytes stored)
{
	uint64_t id;

	require(!(image_is_pages(name, &id)
			  ? image_set_add_pages(set, id, stored.file, 0, stored.length, NULL)
			  : image_set_add_payload(set, name, stored, NULL)));
}

static void add_small(struct image_set *set, const char *name, const struct listed_file *file)
{
	uint8_t *bytes = listed_file_copy(file);
	const char *mountpoint;

	if (image_set_wants(name)) {
		require(!image_set_add(set, name, bytes, file->length, NULL));
		return;
	}
	bytes[file->length] = '\0';
	require(strcmp(name, "parent") != 0 ||
		!image_set_add_parent(set, (const char *)bytes, NULL));
	image_set_tmpfs(set, name, &mountpoint);
	free(bytes);
}

/* Cuts what says how many pages there are off a name; NULL: nothing says it. */
static const char *cut_pages(char *name, char *how)
{
	char *at = strpbrk(name, "*%");

	*how = at ? *at : '\0';
	if (at)
		*at = '\0';
	return at ? at + 1 : NULL;
}

static void add_file(struct images *images, const struct listed_file *file)
{
	char name[FILE_NAME_BYTES], how;
	char *slash;
	size_t source = *file->name == '~';
	struct stored_bytes stored = { 0 };
	struct image_set *set;
	const char *pages;
	uint64_t id;

	snprintf(name, sizeof(name), "%s", file->name + source);
	slash = strrchr(name, '/');
	if (!slash)
		return;
	*slash = '\0';
	pages = cut_pages(slash + 1, &how);
	set = directory_of(images, source, name);
	if (!set)
		return;
	if (image_is_pages(slash + 1, &id) || image_set_wants_payload(slash + 1)) {
		store(images, file, how, pages, &stored);
		add_stored(set, slash + 1, stored);
	} else {
		add_small(set, slash + 1, file);
	}
	image_set_places_pages(set, 1);
}

static struct checkpoint *make(struct images *images, struct image_set *set,
			       const struct parent_chain *chain, bool final)
{
	const struct model_options options = {
		.final = final,
		.parents = chain,
		.files = images->files,
	};
	struct checkpoint *checkpoint;

	require(!image_set_checkpoint(set, &options, &checkpoint, NULL));
	check_model(checkpoint, images->files, final);
	return checkpoint;
}

static void check_images_captured(struct images *images, struct image_set *set,
				  const struct checkpoint *checkpoint)
{
	struct captured_list captured = { .arena = images->arena };

	require(!image_set_captured(set, checkpoint, images->files, &captured, NULL));
	require(!captured_list_sort(&captured, images->warnings, NULL));
	check_captured(&captured, images->files);
	images->lost |= loses_captured(&captured) || loses_memory(checkpoint);
	captured_list_release(&captured);
}

static void check_directory(struct images *images, size_t directory)
{
	struct image_set *set = images->directories[0][directory].images;
	struct checkpoint *early, *checkpoint;
	uint8_t digest[DIGEST_BYTES];
	struct parent_chain chain;

	require(!parent_chain_make(&chain, images->sources, SOURCES, directory, images->arena,
				   NULL));
	early = make(images, set, &chain, false);
	checkpoint = make(images, set, &chain, true);
	check_same_memory(early, checkpoint);
	check_memory(checkpoint, images->files);
	check_images_captured(images, set, checkpoint);
	image_set_unplaced_bytes(set, checkpoint);
	require(!image_set_digest(set, digest, NULL));
	checkpoint_free(early);
	checkpoint_free(checkpoint);
}

/* What has come by half of the way is a checkpoint too. */
static void add_files(struct images *images, const struct file_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		add_file(images, &list->files[i]);
		if (i == list->count / 2 && images->sources[0].count)
			checkpoint_free(
				make(images, images->directories[0][0].images, NULL, false));
	}
}

static void release(struct images *images)
{
	for (size_t i = 0; i < SOURCES; i++)
		for (size_t j = 0; j < images->sources[i].count; j++)
			image_set_free(images->directories[i][j].images);
	file_table_free(images->files);
	warning_list_free(images->warnings);
	arena_free(images->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	const struct file_table_options options = { .memory_bytes = 1 << 24 };
	struct images images = { .arena = arena_new(0) };
	static struct file_list list;
	size_t warnings;

	require(images.arena);
	require(!warning_list_new(&images.warnings, NULL));
	require(!file_table_new(&images.files, &options, NULL));
	file_list_split(&list, data, length);
	add_files(&images, &list);
	file_list_release(&list);
	for (size_t i = 0; i < images.sources[0].count; i++)
		if (!image_set_is_pre_dump(images.directories[0][i].images))
			check_directory(&images, i);
	require(warning_list_sorted(images.warnings, &warnings));
	require(!images.lost || warning_list_incomplete(images.warnings, CAUSE_INPUT));
	release(&images);
	return 0;
}
