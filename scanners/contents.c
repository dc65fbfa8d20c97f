#include "scanners/contents.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/captured_bytes.h"

#define LARGEST_IMAGE_BYTES (256u << 20)
#define SMALLEST_METADATA_LIMIT (64u << 20)
/* Far more than any source has; keeps the look-up of a hostile one short. */
#define MOST_DIRECTORIES 1024

int contents_new(struct contents **out, struct warning_list *warnings, uint64_t metadata_limit,
		 struct error *err)
{
	struct contents *contents = calloc(1, sizeof(*contents));

	if (!contents)
		return error_no_memory(err, "the contents of a source");
	contents->warnings = warnings;
	contents->metadata_limit =
		metadata_limit > SMALLEST_METADATA_LIMIT ? metadata_limit : SMALLEST_METADATA_LIMIT;
	contents->sorted = true;

	int ret = container_reader_new(&contents->container, warnings, err);

	if (ret) {
		free(contents);
		return ret;
	}
	*out = contents;
	return 0;
}

void contents_free(struct contents *contents)
{
	if (!contents)
		return;
	for (size_t i = 0; i < contents->directory_count; i++) {
		image_set_free(contents->directories[i].images);
		free(contents->directories[i].path);
	}
	free(contents->directories);
	free(contents->last_name);
	container_reader_free(contents->container);
	free(contents);
}

/* Newest first: members of one directory follow each other. */
static struct image_directory *known_directory(const struct contents *contents, const char *name,
					       size_t length)
{
	for (size_t i = contents->directory_count; i > 0; i--) {
		struct image_directory *directory = &contents->directories[i - 1];

		if (strlen(directory->path) == length && memcmp(directory->path, name, length) == 0)
			return directory;
	}
	return NULL;
}

/* *@out is NULL where there are too many. */
static int find_directory(struct contents *contents, const char *name, size_t length,
			  struct image_directory **out, struct error *err)
{
	*out = known_directory(contents, name, length);
	if (*out)
		return 0;
	if (contents->directory_count == MOST_DIRECTORIES) {
		struct warning warning = { .code = WARNING_LIMIT, .file = name };

		return warning_list_add(contents->warnings, &warning,
					"more than %d directories of images", MOST_DIRECTORIES);
	}

	struct image_directory *grown =
		array_grow(contents->directories, &contents->directory_capacity,
			   contents->directory_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "a directory of images");
	contents->directories = grown;

	struct image_directory added = { .path = strndup(name, length) };

	if (!added.path)
		return error_no_memory(err, "a directory of images");

	int ret = image_set_new(&added.images, contents->warnings, err);

	if (ret) {
		free(added.path);
		return ret;
	}
	*out = &contents->directories[contents->directory_count++];
	**out = added;
	return 0;
}

static int note_order(struct contents *contents, const char *name, struct error *err)
{
	if (contents->last_name && strcmp(contents->last_name, name) > 0)
		contents->sorted = false;

	char *copy = strdup(name);

	if (!copy)
		return error_no_memory(err, "a member's name");
	free(contents->last_name);
	contents->last_name = copy;
	return 0;
}

/* What could not be had is said here, and the walk goes on; only what concerns the whole job fails. */
static int read_member(struct contents *contents, struct source *source,
		       const struct member *member, uint8_t **data, size_t *length,
		       struct error *err)
{
	struct error problem = { 0 };
	struct warning warning = { .code = WARNING_LIMIT, .file = member->name };
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
	warning_list_add(contents->warnings, &warning, "%s", problem.message);
	return 0;
}

static int take_image(struct contents *contents, struct source *source, const struct member *member,
		      const char *base, struct image_directory *directory, struct error *err)
{
	uint8_t *data = NULL;
	size_t length = 0;
	int ret = read_member(contents, source, member, &data, &length, err);

	if (ret || !data)
		return ret;
	if (strcmp(base, "inventory.img") == 0)
		directory->inventory_time = member->time;
	return image_set_add(directory->images, base, data, length, err);
}

static int take_metadata(struct contents *contents, struct source *source,
			 const struct member *member, const char *base, struct error *err)
{
	uint8_t *data = NULL;
	size_t length = 0;
	int ret = read_member(contents, source, member, &data, &length, err);

	if (!ret && data)
		ret = container_reader_add(contents->container, base, data, length, err);
	free(data);
	return ret;
}

/* Small images hold their content between entries; what is too long to be looked into counts as a whole. */
static int count_captured(struct contents *contents, struct source *source,
			  const struct member *member, const char *base, struct error *err)
{
	enum captured_kind kind = captured_kind_of(base);
	struct error problem = { 0 };
	uint8_t *data = NULL;
	size_t length = 0;
	int ret;

	if (kind == CAPTURED_NOTHING)
		return 0;
	if (kind == CAPTURED_WHOLE) {
		contents->other_bytes += member->length;
		return 0;
	}
	ret = source_read(source, member, LARGEST_IMAGE_BYTES, &data, &length, &problem);
	if (ret == ERROR_MEMORY) {
		*err = problem;
		return ret;
	}
	contents->other_bytes +=
		data ? captured_bytes(kind, (struct bytes){ data, length }) : member->length;
	free(data);
	return 0;
}

/* Of a link or a directory with an image's name nothing is known but that the image is not there. */
static void refuse_image(struct contents *contents, const struct member *member)
{
	struct warning warning = { .code = WARNING_UNSUPPORTED, .file = member->name };

	warning_list_add(contents->warnings, &warning, "not a regular file, not followed");
}

/* Engines put metadata at the top; one directory more is an archive unpacked into a directory of its own. */
static bool is_near_top(const char *name)
{
	const char *slash = strchr(name, '/');

	return !slash || !strchr(slash + 1, '/');
}

int contents_take(struct contents *contents, struct source *source, const struct member *member,
		  enum member_role *role, struct page_member *pages, struct error *err)
{
	const char *slash = strrchr(member->name, '/');
	const char *base = slash ? slash + 1 : member->name;
	size_t length = slash ? (size_t)(slash - member->name) : 0;
	bool is_parent = member->kind == MEMBER_SYMLINK && strcmp(base, "parent") == 0;
	bool is_file = member->kind == MEMBER_FILE;
	bool named_image = image_set_wants(base), named_pages = image_is_pages(base, &pages->id);
	bool is_image = is_file && named_image, is_pages = is_file && named_pages;
	int ret = 0;

	*role = ROLE_DONE;
	if (!is_file && (named_image || named_pages)) {
		refuse_image(contents, member);
		return 0;
	}
	if (is_image || is_pages || is_parent) {
		ret = find_directory(contents, member->name, length, &pages->directory, err);
		if (ret || !pages->directory)
			return ret;
	}
	if (is_image || is_pages) {
		ret = note_order(contents, member->name, err);
		if (ret)
			return ret;
	}
	if (is_parent)
		return image_set_add_parent(pages->directory->images, member->link, err);
	if (is_image)
		return take_image(contents, source, member, base, pages->directory, err);
	if (is_pages) {
		*role = ROLE_PAGES;
		return 0;
	}
	if (is_file && is_near_top(member->name) && container_reader_wants(base))
		return take_metadata(contents, source, member, base, err);
	return is_file ? count_captured(contents, source, member, base, err) : 0;
}

struct image_directory *contents_checkpoint(const struct contents *contents)
{
	for (size_t i = 0; i < contents->directory_count; i++)
		if (image_set_has_inventory(contents->directories[i].images))
			return &contents->directories[i];
	return NULL;
}

bool contents_has_pre_dump(const struct contents *contents)
{
	for (size_t i = 0; i < contents->directory_count; i++)
		if (image_set_is_pre_dump(contents->directories[i].images))
			return true;
	return false;
}
