#include "scanners/criu/deleted_files.h"

#include <stdlib.h>

#include "engine/base/array.h"
#include "scanners/criu/proto/files.pb-c.h"

enum { REMAP_LINKED = 0, REMAP_GHOST = 1, OLD_GHOST_BIT = 31 };

/* Images before the type was written mark a ghost in the id itself. */
static bool is_deleted(const Criu__FileRemap *remap, struct deleted_file *out)
{
	*out = (struct deleted_file){ .id = remap->orig_id, .number = remap->remap_id };
	if (!remap->has_remap_type) {
		out->ghost = remap->remap_id >> OLD_GHOST_BIT & 1;
		out->number &= (UINT32_C(1) << OLD_GHOST_BIT) - 1;
		return out->ghost;
	}
	out->ghost = remap->remap_type == REMAP_GHOST;
	return out->ghost || remap->remap_type == REMAP_LINKED;
}

static int take_remap(void *context, const ProtobufCMessage *message, size_t index,
		      struct error *err)
{
	struct deleted_files *deleted = context;
	struct deleted_file *grown, file;

	(void)index;
	if (!is_deleted((const Criu__FileRemap *)message, &file))
		return 0;
	grown = array_grow(deleted->items, &deleted->capacity, deleted->count + 1, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "deleted files");
	deleted->items = grown;
	deleted->items[deleted->count++] = file;
	return 0;
}

/* All of it, so that the order of equal ids does not depend on the sort. */
static int compare_files(const void *left_item, const void *right_item)
{
	const struct deleted_file *left = left_item, *right = right_item;
	int order = (left->id > right->id) - (left->id < right->id);

	if (!order)
		order = right->ghost - left->ghost;
	return order ? order : (left->number > right->number) - (left->number < right->number);
}

int deleted_files_parse(struct deleted_files *out, const struct image *image, struct error *err)
{
	int ret = image_entries(image, &criu__file_remap__descriptor, &criu__file_remap__descriptor,
				take_remap, out, err);

	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), compare_files);
	return ret;
}

void deleted_files_release(struct deleted_files *deleted)
{
	free(deleted->items);
	*deleted = (struct deleted_files){ 0 };
}

const struct deleted_file *deleted_files_find(const struct deleted_files *deleted, uint32_t id)
{
	size_t low = 0, high = deleted->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (deleted->items[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < deleted->count && deleted->items[low].id == id ? &deleted->items[low] : NULL;
}
