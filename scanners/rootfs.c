#include "scanners/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "scanners/part_index.h"
#include "scanners/root_directory.h"
#include "scanners/rootfs_layer.h"
#include "scanners/source/source.h"

/* How far the bytes of a layer may grow when they are inflated: that of any real image does not come near. */
#define INFLATED_FACTOR 256
#define INFLATED_LEAST ((uint64_t)16 << 30)

struct rootfs {
	const char *const *paths; /* ascending */
	size_t count;
	struct layer_file *found; /* by path */
	struct file_table *files;
	struct warning_list *warnings;
	const _Atomic int *stop;
	struct arena *arena; /* names, and what is read of an image */
};

int rootfs_new(struct rootfs **out, const char *const *paths, size_t path_count,
	       struct file_table *files, struct warning_list *warnings, const _Atomic int *stop,
	       struct error *err)
{
	struct rootfs *rootfs = calloc(1, sizeof(*rootfs));

	if (rootfs) {
		*rootfs = (struct rootfs){ .paths = paths,
					   .count = path_count,
					   .found = calloc(path_count + 1, sizeof(*rootfs->found)),
					   .files = files,
					   .warnings = warnings,
					   .stop = stop,
					   .arena = arena_new(0) };
	}
	if (!rootfs || !rootfs->found || !rootfs->arena) {
		rootfs_free(rootfs);
		return error_no_memory(err, "a root file system");
	}
	for (size_t i = 0; i < path_count; i++) {
		if (paths[i][0] == '/')
			continue;
		rootfs_free(rootfs);
		return error_set(err, ERROR_USAGE, 0, "%s is no absolute path", paths[i]);
	}
	*out = rootfs;
	return 0;
}

void rootfs_free(struct rootfs *rootfs)
{
	if (!rootfs)
		return;
	arena_free(rootfs->arena);
	free(rootfs->found);
	free(rootfs);
}

static int compare_paths(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

bool rootfs_find(const struct rootfs *rootfs, const char *path, struct stored_bytes *out)
{
	const char *const *place = rootfs->count ? bsearch(&path, rootfs->paths, rootfs->count,
							   sizeof(path), compare_paths)
						 : NULL;

	if (!place || !rootfs->found[place - rootfs->paths].there)
		return false;
	*out = rootfs->found[place - rootfs->paths].bytes;
	return true;
}

static int warn(struct rootfs *rootfs, enum warning_code code, const char *file,
		const char *message, struct error *err)
{
	struct warning warning = { .code = code, .file = file };

	if (warning_list_add(rootfs->warnings, &warning, "%s", message) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* What ends a run rather than the look at one layer. */
static bool is_fatal(int code)
{
	return code == ERROR_MEMORY || code == ERROR_INTERRUPTED || code == ERROR_USAGE;
}

/*
 * Hard links of wanted names to members that are not wanted themselves, of a source that passes: these members are kept
 * in a second pass.
 */
static int compare_links(const void *left, const void *right)
{
	const struct layer_file *const *one = left, *const *other = right;

	return strcmp((*one)->link, (*other)->link);
}

struct link_list {
	struct layer_file **items; /* ascending by link */
	size_t count;
};

static int list_links(struct link_list *out, const struct rootfs_layer *layer, struct error *err)
{
	struct layer_file **items = calloc(layer->count + 1, sizeof(*items));
	size_t count = 0;

	if (!items)
		return error_no_memory(err, "hard links of an image");
	for (size_t i = 0; i < layer->count; i++)
		if (layer->files[i].link)
			items[count++] = &layer->files[i];
	qsort(items, count, sizeof(struct layer_file *), compare_links);
	*out = (struct link_list){ items, count };
	return 0;
}

static size_t first_link(const struct link_list *links, const char *name)
{
	size_t low = 0, high = links->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(links->items[middle]->link, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int take_linked(const struct link_list *links, struct source *source,
		       const struct member *member, struct error *err)
{
	size_t first = first_link(links, member->name), i = first;
	struct stored_bytes bytes;
	bool kept;
	int ret;

	if (member->kind != MEMBER_FILE || first == links->count ||
	    strcmp(links->items[first]->link, member->name) != 0)
		return 0;
	ret = rootfs_layer_keep(source, member, &bytes, &kept, err);
	for (; !ret && kept && i < links->count; i++) {
		if (strcmp(links->items[i]->link, member->name) != 0)
			break;
		links->items[i]->bytes = bytes;
		links->items[i]->there = true;
	}
	return ret;
}

static int pass_again(const struct link_list *links, const struct source *passed, struct error *err)
{
	struct warning_list *told = NULL; /* in the first pass */
	struct source *source = NULL;
	const struct member *member;
	int ret = warning_list_new(&told, err);

	if (!ret)
		ret = source_open_again(&source, passed, told, err);
	while (!ret) {
		ret = source_next(source, &member, err);
		if (ret || !member)
			break;
		ret = take_linked(links, source, member, err);
	}
	source_close(source);
	warning_list_free(told);
	return ret;
}

static int tell_lost_links(struct rootfs *rootfs, const struct link_list *links, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < links->count; i++)
		if (!links->items[i]->there)
			ret = warn(rootfs, WARNING_UNSUPPORTED, links->items[i]->link,
				   "a hard link leads to it, whose bytes are not to be had", err);
	return ret;
}

static int follow_links(struct rootfs *rootfs, const struct rootfs_layer *layer,
			const struct source *source, struct error *err)
{
	struct link_list links = { 0 };
	int ret = list_links(&links, layer, err);

	if (ret)
		return ret;
	if (links.count && source_can_repeat(source))
		ret = pass_again(&links, source, err);
	if (!ret)
		ret = tell_lost_links(rootfs, &links, err);
	free(links.items);
	return ret;
}

/* Notes where a part of an image lies, should the archive be one. */
static int take_part(struct part_index *parts, struct source *source, const struct member *member,
		     struct error *err)
{
	struct stored_bytes bytes;
	bool kept;
	int ret;

	if (!container_image_wants(member->name))
		return 0;
	if (member->kind == MEMBER_SYMLINK)
		return part_index_add_link(parts, member->name, member->link, err);
	if (member->kind != MEMBER_FILE)
		return 0;
	ret = rootfs_layer_keep(source, member, &bytes, &kept, err);
	return ret || !kept ? ret : part_index_add(parts, member->name, &bytes, err);
}

/* All members of a tar. @parts NULL: it is a layer, and no image. */
static int walk(struct rootfs *rootfs, struct rootfs_layer *layer, struct part_index *parts,
		struct source *source, struct error *err)
{
	const struct member *member;

	for (;;) {
		int ret = source_next(source, &member, err);

		if (!ret && member)
			ret = rootfs_layer_take(layer, source, member, err);
		if (!ret && member && parts)
			ret = take_part(parts, source, member, err);
		if (ret)
			return ret;
		if (!member)
			return follow_links(rootfs, layer, source, err);
	}
}

static int add_open_layer(struct rootfs *rootfs, struct source *source, struct error *err)
{
	struct rootfs_layer layer;
	int ret = rootfs_layer_init(&layer, rootfs->paths, rootfs->count, rootfs->arena, err);

	if (ret)
		return ret;
	ret = walk(rootfs, &layer, NULL, source, err);
	if (!ret || !is_fatal(ret))
		rootfs_layer_put_over(&layer, rootfs->found);
	rootfs_layer_release(&layer);
	return ret;
}

static struct source_options layer_options(const struct rootfs *rootfs, uint64_t length)
{
	struct source_options options = { .links = true, .stop = rootfs->stop };

	if (__builtin_mul_overflow(length, INFLATED_FACTOR, &options.inflated_bytes))
		options.inflated_bytes = UINT64_MAX;
	if (options.inflated_bytes < INFLATED_LEAST)
		options.inflated_bytes = INFLATED_LEAST;
	return options;
}

static enum warning_code code_of(const struct error *problem)
{
	switch (problem->code) {
	case ERROR_TRUNCATED:
		return WARNING_TRUNCATED;
	case ERROR_FORMAT:
		return WARNING_CORRUPT;
	case ERROR_LIMIT:
		return WARNING_LIMIT;
	case ERROR_SYSTEM:
		return WARNING_READ_ERROR;
	default:
		return WARNING_UNSUPPORTED;
	}
}

static int add_layer(struct rootfs *rootfs, const struct image_part *part, struct error *err)
{
	struct source_options options = layer_options(rootfs, part->bytes.length);
	struct error problem = { 0 };
	struct source *source = NULL;
	int ret = source_open_part(&source, &part->bytes, part->name, rootfs->files,
				   rootfs->warnings, &options, &problem);

	if (!ret)
		ret = add_open_layer(rootfs, source, &problem);
	source_close(source);
	if (!ret)
		return 0;
	if (!is_fatal(ret))
		return warn(rootfs, code_of(&problem), part->name, problem.message, err);
	if (err)
		*err = problem;
	return ret;
}

int rootfs_add_image(struct rootfs *rootfs, const struct container_image *image, struct error *err)
{
	int ret = 0;

	/* What is missing or encrypted was told when the image was read. */
	for (size_t i = 0; !ret && rootfs->count && i < image->part_count; i++) {
		const struct image_part *part = &image->parts[i];

		if (part->kind == IMAGE_PART_LAYER && !part->missing && !part->encrypted)
			ret = add_layer(rootfs, part, err);
	}
	return ret;
}

/* What engines write beside a checkpoint that they make an image of. */
static bool is_of_checkpoint(const struct container_image *image)
{
	static const char *const keys[] = { "org.criu.checkpoint.",
					    "io.podman.annotations.checkpoint.",
					    "io.kubernetes.cri-o.annotations.checkpoint." };

	for (size_t i = 0; i < image->part_count; i++)
		if (image->parts[i].kind != IMAGE_PART_LAYER)
			return true;
	for (size_t i = 0; i < image->annotation_count; i++)
		for (size_t j = 0; j < sizeof(keys) / sizeof(keys[0]); j++)
			if (strncmp(image->annotations[i].key, keys[j], strlen(keys[j])) == 0)
				return true;
	return false;
}

/* The first that is the container's own. */
static int add_one_image(struct rootfs *rootfs, const struct container_images *images,
			 const char *path, struct error *err)
{
	for (size_t i = 0; i < images->count; i++)
		if (!is_of_checkpoint(&images->items[i]))
			return rootfs_add_image(rootfs, &images->items[i], err);
	return error_set(err, ERROR_NOT_FOUND, 0, "%s: no image but those of checkpoints", path);
}

static bool find_part(void *context, const char *name, struct stored_bytes *out)
{
	return part_index_find(context, name, out);
}

/* An archive is an image's where its files say so, else what a container's files were packed into. */
static int add_archive(struct rootfs *rootfs, struct source *source, const char *path,
		       struct rootfs_layer *layer, struct part_index *parts, struct error *err)
{
	const struct image_files files = { parts, find_part, rootfs->files, rootfs->stop };
	struct container_images images;
	int ret = walk(rootfs, layer, parts, source, err);

	if (!ret)
		ret = container_images_read(&images, &files, rootfs->warnings, rootfs->arena, err);
	if (ret)
		return ret;
	if (images.count)
		return add_one_image(rootfs, &images, path, err);
	rootfs_layer_put_over(layer, rootfs->found);
	return 0;
}

static int add_file(struct rootfs *rootfs, const char *path, struct error *err)
{
	struct source_options options = { .links = true, .stop = rootfs->stop };
	struct part_index parts = { 0 };
	struct rootfs_layer layer = { 0 };
	struct source *source;
	int ret = source_open(&source, path, rootfs->files, rootfs->warnings, &options, err);

	if (ret)
		return ret;
	ret = source_form(source) == FORM_TAR
		      ? 0
		      : error_set(err, ERROR_NOT_FOUND, 0, "%s: no files of a container", path);
	if (!ret)
		ret = rootfs_layer_init(&layer, rootfs->paths, rootfs->count, rootfs->arena, err);
	if (!ret)
		ret = part_index_init(&parts, rootfs->arena, err);
	if (!ret)
		ret = add_archive(rootfs, source, path, &layer, &parts, err);
	part_index_release(&parts);
	rootfs_layer_release(&layer);
	source_close(source);
	return ret;
}

struct directory {
	int descriptor;
	struct rootfs *rootfs;
	struct part_index parts; /* opened before */
};

/* Whether that it cannot be opened is no more than that it is not there, as a file. */
static bool is_absent(int number)
{
	return number == ENOENT || number == ENOTDIR || number == EINVAL || number == ELOOP ||
	       number == EXDEV || number == ENAMETOOLONG || number == ENXIO;
}

static int cannot_open(struct rootfs *rootfs, const char *path, const struct error *problem,
		       struct error *err)
{
	if (problem->code == ERROR_MEMORY)
		return error_no_memory(err, "files of an image");
	return warn(rootfs, WARNING_CANNOT_OPEN, path, problem->message, err);
}

static int open_file(const struct directory *directory, const char *path, struct stored_bytes *out,
		     bool *there, struct error *err)
{
	struct file_table *files = directory->rootfs->files;
	int descriptor = root_directory_open(directory->descriptor, path);
	struct error problem;

	*there = false;
	if (descriptor < 0 && is_absent(errno))
		return 0;
	if (descriptor < 0) {
		error_set(&problem, ERROR_SYSTEM, errno, "cannot be opened");
		return cannot_open(directory->rootfs, path, &problem, err);
	}
	if (file_table_add_descriptor(files, descriptor, path, &out->file, &problem)) {
		close(descriptor);
		return cannot_open(directory->rootfs, path, &problem, err);
	}
	out->offset = 0;
	out->length = file_table_length(files, out->file);
	*there = true;
	return 0;
}

static bool find_in_directory(void *context, const char *name, struct stored_bytes *out)
{
	struct directory *directory = context;
	struct error ignored;
	bool there;

	if (part_index_find(&directory->parts, name, out))
		return true;
	return open_file(directory, name, out, &there, &ignored) == 0 && there &&
	       part_index_add(&directory->parts, name, out, &ignored) == 0;
}

static int add_files(const struct directory *directory, struct error *err)
{
	struct rootfs *rootfs = directory->rootfs;
	int ret = 0;

	for (size_t i = 0; !ret && i < rootfs->count; i++) {
		struct layer_file file = { 0 };

		ret = open_file(directory, rootfs->paths[i], &file.bytes, &file.there, err);
		if (!ret && file.there)
			rootfs->found[i] = file;
	}
	return ret;
}

/* The root directory of a container may have a file of such a name, too: then it says something else. */
static int read_images(struct directory *directory, struct container_images *images,
		       struct error *err)
{
	const struct image_files files = { directory, find_in_directory, directory->rootfs->files,
					   directory->rootfs->stop };

	return container_images_read(images, &files, directory->rootfs->warnings,
				     directory->rootfs->arena, err);
}

static int add_directory(struct rootfs *rootfs, int descriptor, const char *path, struct error *err)
{
	struct directory directory = { descriptor, rootfs, { 0 } };
	struct container_images images;
	int ret = part_index_init(&directory.parts, rootfs->arena, err);

	if (!ret)
		ret = read_images(&directory, &images, err);
	if (!ret)
		ret = images.count ? add_one_image(rootfs, &images, path, err)
				   : add_files(&directory, err);
	part_index_release(&directory.parts);
	return ret;
}

int rootfs_add_path(struct rootfs *rootfs, const char *path, struct error *err)
{
	int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (descriptor < 0 && errno != ENOTDIR && errno != ENOENT)
		return error_set(err, ERROR_SYSTEM, errno, "%s", path);
	if (descriptor < 0)
		return add_file(rootfs, path, err);
	ret = add_directory(rootfs, descriptor, path, err);
	close(descriptor);
	return ret;
}
