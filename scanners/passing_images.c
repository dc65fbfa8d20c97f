#include "scanners/passing_images.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

static int compare_names(const void *left, const void *right)
{
	return strcmp((*(struct passing_image *const *)left)->name,
		      (*(struct passing_image *const *)right)->name);
}

static int compare_name(const void *name, const void *image)
{
	return strcmp(name, (*(struct passing_image *const *)image)->name);
}

static int compare_file(const void *file, const void *image)
{
	uint32_t left = *(const uint32_t *)file,
		 right = ((const struct passing_image *)image)->file;

	return (left > right) - (left < right);
}

struct passing_image *passing_images_of_file(const struct passing_images *images, uint32_t file)
{
	return images->count ? bsearch(&file, images->items, images->count, sizeof(*images->items),
				       compare_file)
			     : NULL;
}

struct passing_image *passing_images_of_name(const struct passing_images *images, const char *name)
{
	struct passing_image **found = images->count
					       ? bsearch(name, images->by_name, images->count,
							 sizeof(*images->by_name), compare_name)
					       : NULL;

	return found ? *found : NULL;
}

int passing_image_keep(struct passing_image *image, uint64_t start, uint64_t length,
		       struct error *err)
{
	struct address_range *grown = array_grow(image->ranges, &image->range_capacity,
						 image->range_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "ranges of a page image");
	image->ranges = grown;
	image->ranges[image->range_count++] = (struct address_range){ start, start + length };
	return 0;
}

static int compare_ranges(const void *left, const void *right)
{
	uint64_t a = ((const struct address_range *)left)->start;
	uint64_t b = ((const struct address_range *)right)->start;

	return (a > b) - (a < b);
}

void passing_image_merge(struct passing_image *image)
{
	size_t kept = 0;

	if (!image->range_count)
		return;
	qsort(image->ranges, image->range_count, sizeof(*image->ranges), compare_ranges);
	for (size_t i = 1; i < image->range_count; i++) {
		struct address_range *last = &image->ranges[kept];

		if (image->ranges[i].start > last->end)
			image->ranges[++kept] = image->ranges[i];
		else if (image->ranges[i].end > last->end)
			last->end = image->ranges[i].end;
	}
	image->range_count = kept + 1;
}

int passing_images_init(struct passing_images *images, const struct checkpoint *checkpoint,
			struct error *err)
{
	images->items = calloc(checkpoint->image_count + 1, sizeof(*images->items));
	images->by_name = calloc(checkpoint->image_count + 1, sizeof(*images->by_name));
	if (!images->items || !images->by_name)
		return error_no_memory(err, "page images");
	images->count = checkpoint->image_count;
	for (size_t i = 0; i < images->count; i++) {
		images->items[i].name = checkpoint->images[i].name;
		images->items[i].file = checkpoint->images[i].file;
		images->items[i].length = checkpoint->images[i].length;
		images->by_name[i] = &images->items[i];
	}
	qsort(images->by_name, images->count, sizeof(*images->by_name), compare_names);
	return 0;
}

void passing_images_release(struct passing_images *images)
{
	for (size_t i = 0; i < images->count; i++)
		free(images->items[i].ranges);
	free(images->items);
	free(images->by_name);
	*images = (struct passing_images){ 0 };
}
