#include "scanners/criu/memfd.h"

#include <stdlib.h>

#include "engine/base/array.h"
#include "scanners/criu/proto/memfd.pb-c.h"

static int take_entry(void *context, const ProtobufCMessage *message, size_t index,
		      struct error *err)
{
	struct memfds *memfds = context;
	const Criu__MemfdInode *entry = (const Criu__MemfdInode *)message;
	struct memfd *grown =
		array_grow(memfds->items, &memfds->capacity, memfds->count + 1, sizeof(*grown));
	const char *name =
		arena_copy_string(memfds->names, (const char *)entry->name.data, entry->name.len);

	(void)index;
	if (grown)
		memfds->items = grown;
	if (!grown || !name)
		return error_no_memory(err, "memory files");
	memfds->items[memfds->count++] = (struct memfd){
		.inode_id = entry->inode_id,
		.object = entry->shmid,
		.size = entry->size,
		.name = name,
	};
	return 0;
}

static int compare_items(const void *left_item, const void *right_item)
{
	const struct memfd *left = left_item, *right = right_item;

	return (left->inode_id > right->inode_id) - (left->inode_id < right->inode_id);
}

int memfds_parse(struct memfds *out, const struct image *image, struct error *err)
{
	int ret;

	out->names = arena_new(0);
	if (!out->names)
		return error_no_memory(err, "memory files");
	ret = image_entries(image, &criu__memfd_inode__descriptor, &criu__memfd_inode__descriptor,
			    take_entry, out, err);
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), compare_items);
	return ret;
}

void memfds_release(struct memfds *memfds)
{
	free(memfds->items);
	arena_free(memfds->names);
	*memfds = (struct memfds){ 0 };
}

const struct memfd *memfds_find(const struct memfds *memfds, uint64_t inode_id)
{
	struct memfd key = { .inode_id = inode_id };

	if (!memfds->count)
		return NULL;
	return bsearch(&key, memfds->items, memfds->count, sizeof(key), compare_items);
}
