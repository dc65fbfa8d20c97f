#include "scanners/image_index.h"

#include <stdlib.h>

struct image_index {
	const struct page_image **images; /* by file, then offset */
	size_t count;
};

static int compare_places(const struct page_image *image, uint32_t file, uint64_t offset)
{
	if (image->file != file)
		return image->file < file ? -1 : 1;
	return (image->offset > offset) - (image->offset < offset);
}

static int compare_images(const void *left_item, const void *right_item)
{
	const struct page_image *left = *(const struct page_image *const *)left_item;
	const struct page_image *right = *(const struct page_image *const *)right_item;
	int order = compare_places(left, right->file, right->offset);

	return order ? order : (left > right) - (left < right);
}

int image_index_new(struct image_index **out, const struct checkpoint *checkpoint,
		    struct error *err)
{
	struct image_index *index = calloc(1, sizeof(*index));

	if (index)
		index->images = calloc(checkpoint->image_count + 1, sizeof(struct page_image *));
	if (!index || !index->images) {
		free(index);
		return error_no_memory(err, "page images");
	}
	for (size_t i = 0; i < checkpoint->image_count; i++)
		if (checkpoint->images[i].length)
			index->images[index->count++] = &checkpoint->images[i];
	qsort(index->images, index->count, sizeof(struct page_image *), compare_images);
	*out = index;
	return 0;
}

void image_index_free(struct image_index *index)
{
	if (!index)
		return;
	free(index->images);
	free(index);
}

const struct page_image *image_index_find(const struct image_index *index, uint32_t file,
					  uint64_t offset, uint64_t *image_offset)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_places(index->images[middle], file, offset) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;

	const struct page_image *image = index->images[low - 1];

	if (image->file != file || offset - image->offset >= image->length)
		return NULL;
	*image_offset = offset - image->offset;
	return image;
}
