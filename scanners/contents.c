#include "scanners/contents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/member_table.h"
#include "scanners/oci/container_image.h"
#include "scanners/source/member_name.h"

#define LARGEST_IMAGE_BYTES (256u << 20)
#define SMALLEST_METADATA_LIMIT (64u << 20)
/* Far more than any source has, and more than a chain of parents may be long. */
#define MOST_DIRECTORIES 16384
#define MOST_DOCUMENTS 16384

int contents_new(struct contents **out, struct warning_list *warnings, uint64_t metadata_limit,
		 struct error *err)
{
	struct contents *contents = calloc(1, sizeof(*contents));

	if (!contents)
		return error_no_memory(err, "the contents of a source");
	contents->warnings = warnings;
	contents->metadata_limit =
		metadata_limit > SMALLEST_METADATA_LIMIT ? metadata_limit : SMALLEST_METADATA_LIMIT;
	contents->prefix = "";
	contents->arena = arena_new(0);
	contents->loose.arena = contents->arena;
	if (!contents->arena) {
		free(contents);
		return error_no_memory(err, "the contents of a source");
	}
	*out = contents;
	return 0;
}

static void directory_free(struct image_directory *directory)
{
	image_set_free(directory->images);
	warning_list_free(directory->warnings);
	free(directory->path);
	free(directory->last_name);
	free(directory);
}

void contents_free(struct contents *contents)
{
	if (!contents)
		return;
	for (size_t i = 0; i < contents->directory_count; i++)
		directory_free(contents->directories[i]);
	for (size_t i = 0; i < contents->document_count; i++)
		free(contents->documents[i].data);
	free(contents->directories);
	free(contents->documents);
	loose_members_release(&contents->loose);
	free(contents->name);
	arena_free(contents->arena);
	free(contents);
}

int contents_enter_layer(struct contents *contents, const char *path, struct error *err)
{
	size_t length = strlen(path);
	char *prefix = arena_alloc(contents->arena, length + 2);

	if (!prefix)
		return error_no_memory(err, "the name of a layer");
	memcpy(prefix, path, length);
	prefix[length] = '/';
	contents->prefix = prefix;
	contents->in_layer = true;
	return 0;
}

/* Directories. */

static int compare_paths(const char *path, const char *name, size_t length)
{
	int order = strncmp(path, name, length);

	return order ? order : path[length] != '\0';
}

/* Index of the first directory that does not stand before this name. */
static size_t place_of(const struct contents *contents, const char *name, size_t length)
{
	size_t low = 0, high = contents->directory_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_paths(contents->directories[middle]->path, name, length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct image_directory *contents_directory_named(const struct contents *contents, const char *name,
						 size_t length)
{
	size_t place = place_of(contents, name, length);
	struct image_directory *found =
		place < contents->directory_count ? contents->directories[place] : NULL;

	return found && compare_paths(found->path, name, length) == 0 ? found : NULL;
}

static int directory_new(struct image_directory **out, const char *name, size_t length,
			 struct error *err)
{
	struct image_directory *directory = calloc(1, sizeof(*directory));
	int ret;

	if (!directory)
		return error_no_memory(err, "a directory of images");
	directory->sorted = true;
	directory->path = strndup(name, length);
	ret = directory->path ? warning_list_new(&directory->warnings, err)
			      : error_no_memory(err, "a directory of images");
	if (!ret)
		ret = image_set_new(&directory->images, directory->warnings, err);
	if (ret) {
		directory_free(directory);
		return ret;
	}
	*out = directory;
	return 0;
}

static int add_directory(struct contents *contents, const char *name, size_t length,
			 struct image_directory **out, struct error *err)
{
	struct image_directory **grown =
		array_grow(contents->directories, &contents->directory_capacity,
			   contents->directory_count + 1, sizeof(struct image_directory *));
	size_t place;
	int ret;

	if (!grown)
		return error_no_memory(err, "a directory of images");
	contents->directories = grown;
	ret = directory_new(out, name, length, err);
	if (ret)
		return ret;
	place = place_of(contents, name, length);
	memmove(grown + place + 1, grown + place,
		(contents->directory_count - place) * sizeof(*grown));
	grown[place] = *out;
	contents->directory_count++;
	return 0;
}

/* *@out is NULL where there are too many. */
static int find_directory(struct contents *contents, const char *name, size_t length,
			  struct image_directory **out, struct error *err)
{
	struct warning warning = { .code = WARNING_LIMIT, .file = name };
	int ret = 0;

	*out = contents->recent;
	if (*out && compare_paths((*out)->path, name, length) == 0)
		return 0;
	*out = contents_directory_named(contents, name, length);
	if (!*out && contents->directory_count == MOST_DIRECTORIES)
		return warning_list_add(contents->warnings, &warning,
					"more than %d directories of images", MOST_DIRECTORIES);
	if (!*out)
		ret = add_directory(contents, name, length, out, err);
	if (!ret)
		contents->recent = *out;
	return ret;
}

static int note_order(struct image_directory *directory, const char *name, struct error *err)
{
	char *copy = strdup(name);

	if (!copy)
		return error_no_memory(err, "a member's name");
	if (directory->last_name && strcmp(directory->last_name, name) > 0)
		directory->sorted = false;
	free(directory->last_name);
	directory->last_name = copy;
	return 0;
}

/* Members. */

/* What could not be had is said here, and the walk goes on; only what concerns the whole job fails. */
static int read_member(struct contents *contents, struct source *source,
		       const struct member *member, struct warning_list *warnings, uint8_t **data,
		       size_t *length, struct error *err)
{
	struct error problem = { 0 };
	struct warning warning = { .code = WARNING_LIMIT, .file = contents->name };
	uint64_t left = contents->metadata_limit - contents->metadata_bytes;
	size_t limit = left < LARGEST_IMAGE_BYTES ? (size_t)left : LARGEST_IMAGE_BYTES;
	int ret = source_read(source, member, limit, data, length, &problem);

	switch (ret) {
	case 0:
	case ERROR_TRUNCATED: /* the source has said so; what there is is used */
		contents->metadata_bytes += *length;
		return 0;
	case ERROR_LIMIT:
		break;
	case ERROR_MEMORY:
		if (err)
			*err = problem;
		return ret;
	default:
		warning.code = WARNING_READ_ERROR;
		break;
	}
	*data = NULL;
	*length = 0;
	warning.bytes = member->length;
	warning_list_add(warnings, &warning, "%s", problem.message);
	return 0;
}

/* Images that say where pages belong, and so must come before them. */
static bool places_pages(const char *base)
{
	return strncmp(base, "core-", 5) == 0 || strncmp(base, "mm-", 3) == 0 ||
	       strncmp(base, "pagemap-", 8) == 0 || strcmp(base, "files.img") == 0 ||
	       strcmp(base, "memfd.img") == 0 || strcmp(base, "inventory.img") == 0;
}

static int take_image(struct contents *contents, struct source *source, const struct member *member,
		      const char *base, struct image_directory *directory, struct error *err)
{
	uint8_t *data = NULL;
	size_t length = 0;
	int ret = read_member(contents, source, member, directory->warnings, &data, &length, err);

	if (ret || !data)
		return ret;
	directory->late |= directory->searched && places_pages(base);
	if (strcmp(base, "inventory.img") == 0)
		directory->inventory_time = member->time;
	return image_set_add(directory->images, base, data, length, err);
}

static int keep_document(struct contents *contents, const char *base, uint8_t *data, size_t length,
			 struct error *err)
{
	size_t directory_length = (size_t)(base - contents->name);
	struct document document = { .data = data, .length = length };
	struct document *grown = array_grow(contents->documents, &contents->document_capacity,
					    contents->document_count + 1, sizeof(*grown));

	if (grown)
		contents->documents = grown;
	document.directory = arena_copy_string(contents->arena, contents->name,
					       directory_length ? directory_length - 1 : 0);
	document.name = arena_copy_string(contents->arena, base, strlen(base));
	if (!grown || !document.directory || !document.name) {
		free(data);
		return error_no_memory(err, "the container's description");
	}
	contents->documents[contents->document_count++] = document;
	return 0;
}

static int take_document(struct contents *contents, struct source *source,
			 const struct member *member, const char *base, struct error *err)
{
	struct warning warning = { .code = WARNING_LIMIT, .file = contents->name };
	uint8_t *data = NULL;
	size_t length = 0;
	int ret;

	if (contents->document_count == MOST_DOCUMENTS)
		return warning_list_add(contents->warnings, &warning,
					"more than %d descriptions of containers", MOST_DOCUMENTS);
	ret = read_member(contents, source, member, contents->warnings, &data, &length, err);
	return ret || !data ? ret : keep_document(contents, base, data, length, err);
}

/* Bytes of files or queues are read where they lie, when what they belong to is known. */
static int take_payload(struct contents *contents, struct source *source,
			const struct member *member, const char *base, struct error *err)
{
	size_t length = base > contents->name ? (size_t)(base - contents->name) - 1 : 0;
	struct image_directory *directory;
	struct stored_bytes bytes;
	int ret = find_directory(contents, contents->name, length, &directory, err);

	if (ret || !directory)
		return ret;
	ret = loose_member_keep(source, member, &bytes, err);
	/* Of what could not be kept there is nothing to be read, and that was told. */
	if (!ret && !bytes.length && source_keep_failed(source))
		return 0;
	return ret ? ret : image_set_add_payload(directory->images, base, bytes, err);
}

/* Whether images are known that it stands below. */
static bool is_below_images(const struct contents *contents, const char *name)
{
	size_t length = strlen(name);

	while (length) {
		while (length && name[length - 1] != '/')
			length--;
		length -= length > 0;
		if (length && contents_directory_named(contents, name, length))
			return true;
	}
	return false;
}

/* Whether it can be anything of a checkpoint, or of the image that one came in. */
static bool may_belong(const struct contents *contents, const char *name, const char *base)
{
	if (!contents->in_layer && container_image_wants(name))
		return true;
	return !member_describes(base) && (is_below_images(contents, contents->name) ||
					   member_may_belong(name, contents->in_layer));
}

/* Files and links that nobody knows; those that lie deep are kept only where that costs nothing. */
static int take_loose(struct contents *contents, struct source *source, const struct member *member,
		      const char *base, struct error *err)
{
	bool is_file = member->kind == MEMBER_FILE;

	if (!is_file && member->kind != MEMBER_SYMLINK)
		return 0;
	if (may_belong(contents, member->name, base) ||
	    (is_file && !member->passing && !member_describes(base)))
		return loose_members_add(&contents->loose, source, member, contents->name,
					 contents->warnings, err);
	return is_file && !member_describes(base)
		       ? loose_members_note(&contents->loose, member, contents->name,
					    contents->warnings, err)
		       : 0;
}

/* Of a link or a directory with an image's name nothing is known but that the image is not there. */
static int refuse_image(struct contents *contents, struct warning_list *warnings, struct error *err)
{
	struct warning warning = { .code = WARNING_UNSUPPORTED, .file = contents->name };

	if (warning_list_add(warnings, &warning, "not a regular file, not followed") < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int set_name(struct contents *contents, const struct member *member, struct error *err)
{
	char *name;

	if (asprintf(&name, "%s%s", contents->prefix, member->name) < 0)
		return error_no_memory(err, "a member's name");
	free(contents->name);
	contents->name = name;
	return 0;
}

/* A member of a directory of images, which is made for it. */
static int take_of_directory(struct contents *contents, struct source *source,
			     const struct member *member, const char *base, bool is_pages,
			     enum member_role *role, struct page_member *pages, struct error *err)
{
	bool is_parent = member->kind == MEMBER_SYMLINK && strcmp(base, "parent") == 0;
	size_t length = base > contents->name ? (size_t)(base - contents->name) - 1 : 0;
	int ret = find_directory(contents, contents->name, length, &pages->directory, err);

	if (ret || !pages->directory)
		return ret;
	if (is_parent)
		return image_set_add_parent(pages->directory->images, member->link, err);
	ret = note_order(pages->directory, base, err);
	if (ret)
		return ret;
	if (!is_pages)
		return take_image(contents, source, member, base, pages->directory, err);
	*role = ROLE_PAGES;
	return 0;
}

int contents_take(struct contents *contents, struct source *source, const struct member *member,
		  enum member_role *role, struct page_member *pages, struct error *err)
{
	bool is_file = member->kind == MEMBER_FILE, is_image, is_pages;
	int ret = set_name(contents, member, err);
	const char *base;

	*role = ROLE_DONE;
	if (ret)
		return ret;
	base = member_name_base(contents->name);
	is_image = image_set_wants(base);
	is_pages = image_is_pages(base, &pages->id);
	if (!is_file && (is_image || is_pages))
		return refuse_image(contents, contents->warnings, err);
	if (is_image || is_pages || (member->kind == MEMBER_SYMLINK && strcmp(base, "parent") == 0))
		return take_of_directory(contents, source, member, base, is_pages, role, pages,
					 err);
	if (is_file && image_set_wants_payload(base))
		return take_payload(contents, source, member, base, err);
	if (is_file && container_reader_wants(base))
		return take_document(contents, source, member, base, err);
	return take_loose(contents, source, member, base, err);
}

bool contents_has_pre_dump(const struct contents *contents)
{
	for (size_t i = 0; i < contents->directory_count; i++)
		if (image_set_is_pre_dump(contents->directories[i]->images))
			return true;
	return false;
}

/* What is known of a container. */

static bool stands_in(const struct document *document, const char *path, size_t length)
{
	return compare_paths(document->directory, path, length) == 0;
}

/* Docker keeps its checkpoints in a folder of their own: CONTAINER/checkpoints/NAME. */
static int most_levels(const char *name)
{
	return strcmp(name, "config.v2.json") == 0 || strcmp(name, "hostconfig.json") == 0 ? 2 : 1;
}

/* How many levels above a directory the nearest document of this name stands; -1: none is near. */
static int nearest_level(const struct contents *contents, const char *directory, const char *name)
{
	int most = most_levels(name);

	for (int level = 0; level <= most; level++) {
		size_t length;
		bool above = path_above(directory, (size_t)level, &length);

		for (size_t i = 0; above && i < contents->document_count; i++)
			if (strcmp(contents->documents[i].name, name) == 0 &&
			    stands_in(&contents->documents[i], directory, length))
				return level;
	}
	return -1;
}

bool contents_describes(const struct contents *contents, const char *folder, size_t length)
{
	for (size_t i = 0; i < contents->document_count; i++)
		if (stands_in(&contents->documents[i], folder, length))
			return true;
	return false;
}

int contents_describe(const struct contents *contents, const char *directory,
		      struct container_reader *container, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < contents->document_count; i++) {
		const struct document *document = &contents->documents[i];
		int level = -1;
		size_t length;

		/* Most documents of many checkpoints stand elsewhere. */
		for (int at = 0; at <= 2 && level < 0; at++) {
			if (path_above(directory, (size_t)at, &length) &&
			    stands_in(document, directory, length))
				level = at;
		}
		if (level >= 0 && nearest_level(contents, directory, document->name) == level)
			ret = container_reader_add(container, document->name, document->data,
						   document->length, err);
	}
	return ret;
}
