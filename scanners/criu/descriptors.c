#include "scanners/criu/descriptors.h"

#include <stdlib.h>

#include "engine/base/array.h"
#include "scanners/criu/proto/files.pb-c.h"

static int take_descriptor(void *context, const ProtobufCMessage *message, size_t index,
			   struct error *err)
{
	struct descriptors *descriptors = context;
	const Criu__Descriptor *entry = (const Criu__Descriptor *)message;
	struct descriptor_entry *grown = array_grow(descriptors->items, &descriptors->capacity,
						    descriptors->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "descriptors");
	descriptors->items = grown;
	descriptors->items[descriptors->count++] = (struct descriptor_entry){
		.fd = entry->fd,
		.flags = entry->flags,
		.file = entry->id,
		.type = entry->type,
		.order = index,
	};
	return 0;
}

static int compare_entries(const void *left_item, const void *right_item)
{
	const struct descriptor_entry *left = left_item, *right = right_item;
	int order = (left->fd > right->fd) - (left->fd < right->fd);

	return order ? order : (left->order > right->order) - (left->order < right->order);
}

static int drop_doubles(struct descriptors *descriptors, const struct image *image,
			struct error *err)
{
	size_t kept = 0, doubles = 0;

	for (size_t i = 0; i < descriptors->count; i++) {
		if (kept && descriptors->items[kept - 1].fd == descriptors->items[i].fd) {
			descriptors->items[kept - 1] = descriptors->items[i];
			doubles++;
		} else {
			descriptors->items[kept++] = descriptors->items[i];
		}
	}
	descriptors->count = kept;
	return doubles ? image_warn(image, WARNING_CORRUPT, 0, 0, "a descriptor is listed twice",
				    err)
		       : 0;
}

int descriptors_parse(struct descriptors *out, const struct image *image, struct error *err)
{
	int ret = image_entries(image, &criu__descriptor__descriptor, &criu__descriptor__descriptor,
				take_descriptor, out, err);

	if (ret || !out->count)
		return ret;
	qsort(out->items, out->count, sizeof(*out->items), compare_entries);
	return drop_doubles(out, image, err);
}

void descriptors_release(struct descriptors *descriptors)
{
	free(descriptors->items);
	*descriptors = (struct descriptors){ 0 };
}

static int take_ids(void *context, const ProtobufCMessage *message, size_t index, struct error *err)
{
	struct process_ids *ids = context;
	const Criu__Namespaces *entry = (const Criu__Namespaces *)message;

	(void)err;
	if (index == 0)
		*ids = (struct process_ids){ entry->has_files_id, entry->files_id };
	return 0;
}

int process_ids_parse(struct process_ids *out, const struct image *image, struct error *err)
{
	return image_entries(image, &criu__namespaces__descriptor, &criu__namespaces__descriptor,
			     take_ids, out, err);
}
