#include "scanners/oci/image_list.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"

static int no_memory(struct error *err)
{
	return error_no_memory(err, "the images of an archive");
}

static int append(struct image_list *list, const struct container_image *image, struct error *err)
{
	struct container_image *grown =
		array_grow(list->items, &list->capacity, list->count + 1, sizeof(*grown));

	if (!grown)
		return no_memory(err);
	list->items = grown;
	grown[list->count++] = *image;
	return 0;
}

static void complete(struct container_image *first, const struct container_image *second)
{
	if (!first->name)
		first->name = second->name;
	if (first->annotation_count == 0) {
		first->annotations = second->annotations;
		first->annotation_count = second->annotation_count;
	}
}

static int add_by_key(struct image_list *list, const char *key, const struct container_image *image,
		      struct error *err)
{
	const json_t *known;

	if (!list->by_parts)
		list->by_parts = json_object();
	known = json_object_get(list->by_parts, key);
	if (known) {
		complete(&list->items[json_integer_value(known)], image);
		return 0;
	}
	if (json_object_set_new_nocheck(list->by_parts, key,
					json_integer((json_int_t)list->count)) < 0)
		return no_memory(err);
	return append(list, image, err);
}

int image_list_add(struct image_list *list, const struct container_image *image, struct error *err)
{
	struct text key = { 0 };
	int ret;

	if (image->part_count == 0)
		return 0;
	for (size_t i = 0; i < image->part_count; i++) {
		text_add(&key, image->parts[i].name);
		text_add_byte(&key, '\n');
	}
	ret = key.failed ? no_memory(err) : add_by_key(list, key.data, image, err);
	text_release(&key);
	return ret;
}

int image_list_finish(const struct image_list *list, struct arena *arena,
		      const struct container_image **out, struct error *err)
{
	struct container_image *copy =
		arena_alloc_array(arena, list->count ? list->count : 1, sizeof(*copy));

	if (!copy)
		return no_memory(err);
	if (list->count)
		memcpy(copy, list->items, list->count * sizeof(*copy));
	*out = copy;
	return 0;
}

void image_list_release(struct image_list *list)
{
	free(list->items);
	json_decref(list->by_parts);
	*list = (struct image_list){ 0 };
}
