#include "scanners/criu/files.h"

#include <stdlib.h>

#include "engine/base/array.h"
#include "scanners/criu/proto/files.pb-c.h"

enum { REMAP_LINKED = 0, REMAP_GHOST = 1, OLD_GHOST_BIT = 31 };

static int append(struct files *files, struct file_entry entry, struct error *err)
{
	struct file_entry *grown =
		array_grow(files->items, &files->capacity, files->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "open files");
	files->items = grown;
	files->items[files->count++] = entry;
	return 0;
}

static int append_regular(struct files *files, uint32_t id, const Criu__FileRegular *regular,
			  struct error *err)
{
	struct file_entry entry = { .id = id, .type = FILE_REGULAR };

	entry.path = arena_copy_string(files->paths, (const char *)regular->name.data,
				       regular->name.len);
	if (!entry.path)
		return error_no_memory(err, "open files");
	return append(files, entry, err);
}

static int take_file(void *context, const ProtobufCMessage *message, size_t index,
		     struct error *err)
{
	const Criu__File *file = (const Criu__File *)message;

	(void)index;
	if (file->reg)
		return append_regular(context, file->id, file->reg, err);
	if (file->memfd)
		return append(context,
			      (struct file_entry){ .id = file->id,
						   .type = FILE_MEMFD,
						   .inode_id = file->memfd->inode_id },
			      err);
	return 0;
}

static int take_regular(void *context, const ProtobufCMessage *message, size_t index,
			struct error *err)
{
	const Criu__FileRegular *regular = (const Criu__FileRegular *)message;

	(void)index;
	return append_regular(context, regular->id, regular, err);
}

static int compare_files(const void *left_item, const void *right_item)
{
	const struct file_entry *left = left_item, *right = right_item;

	return (left->id > right->id) - (left->id < right->id);
}

static int parse(struct files *out, const struct image *image,
		 const ProtobufCMessageDescriptor *descriptor, image_entry_fn *each,
		 struct error *err)
{
	int ret;

	out->paths = arena_new(0);
	if (!out->paths)
		return error_no_memory(err, "open files");
	ret = image_entries(image, descriptor, descriptor, each, out, err);
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), compare_files);
	return ret;
}

int files_parse(struct files *out, const struct image *image, struct error *err)
{
	return parse(out, image, &criu__file__descriptor, take_file, err);
}

int files_parse_regular(struct files *out, const struct image *image, struct error *err)
{
	return parse(out, image, &criu__file_regular__descriptor, take_regular, err);
}

void files_release(struct files *files)
{
	free(files->items);
	arena_free(files->paths);
	*files = (struct files){ 0 };
}

const struct file_entry *files_find(const struct files *files, uint64_t id)
{
	struct file_entry key = { .id = (uint32_t)id };

	if (!files->count || id > UINT32_MAX)
		return NULL;
	return bsearch(&key, files->items, files->count, sizeof(key), compare_files);
}

/* Images before the type was written mark a ghost in the id itself. */
static bool is_deleted(const Criu__FileRemap *remap)
{
	if (!remap->has_remap_type)
		return remap->remap_id >> OLD_GHOST_BIT & 1;
	return remap->remap_type == REMAP_LINKED || remap->remap_type == REMAP_GHOST;
}

static int take_remap(void *context, const ProtobufCMessage *message, size_t index,
		      struct error *err)
{
	struct deleted_files *deleted = context;
	const Criu__FileRemap *remap = (const Criu__FileRemap *)message;
	uint32_t *grown;

	(void)index;
	if (!is_deleted(remap))
		return 0;
	grown = array_grow(deleted->ids, &deleted->capacity, deleted->count + 1, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "deleted files");
	deleted->ids = grown;
	deleted->ids[deleted->count++] = remap->orig_id;
	return 0;
}

static int compare_ids(const void *left_item, const void *right_item)
{
	const uint32_t *left = left_item, *right = right_item;

	return (*left > *right) - (*left < *right);
}

int deleted_files_parse(struct deleted_files *out, const struct image *image, struct error *err)
{
	int ret = image_entries(image, &criu__file_remap__descriptor, &criu__file_remap__descriptor,
				take_remap, out, err);

	if (out->count)
		qsort(out->ids, out->count, sizeof(*out->ids), compare_ids);
	return ret;
}

void deleted_files_release(struct deleted_files *deleted)
{
	free(deleted->ids);
	*deleted = (struct deleted_files){ 0 };
}

bool deleted_files_has(const struct deleted_files *deleted, uint32_t id)
{
	return deleted->count &&
	       bsearch(&id, deleted->ids, deleted->count, sizeof(id), compare_ids);
}
