#include "scanners/criu/model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_pagemap(const struct stored_image *stored)
{
	return stored->holds == IMAGE_PAGEMAP || stored->holds == IMAGE_PAGEMAP_SHMEM;
}

static int compare_images(const void *left_item, const void *right_item)
{
	const struct model_image *left = left_item, *right = right_item;

	return (left->id > right->id) - (left->id < right->id);
}

/* Page maps in order of name, whatever order they came in: the first user of an image is always the same. */
static bool names_before(const struct stored_image *left, const struct stored_image *right)
{
	if (left->name.kind != right->name.kind)
		return left->name.kind < right->name.kind;
	return left->name.number < right->name.number;
}

static size_t join_equal_images(struct model_image *images, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct model_image *last = kept ? &images[kept - 1] : NULL;

		if (!last || last->id != images[i].id)
			images[kept++] = images[i];
		else if (names_before(images[i].user, last->user))
			last->user = images[i].user;
	}
	return kept;
}

static int fill_image(struct model *model, size_t index, struct error *err)
{
	struct model_image *from = &model->model_images[index];
	struct page_image *to = &model->checkpoint->images[index];
	char name[48];
	int length = snprintf(name, sizeof(name), "pages-%" PRIu64 ".img", from->id);

	from->file = pages_table_find(model->pages, from->id);
	from->described_known = true;
	to->name = arena_copy_string(model->checkpoint->arena, name, (size_t)length);
	if (!to->name)
		return error_no_memory(err, "the model of a checkpoint");
	to->length = from->file ? from->file->length : model->warnings ? 0 : UINT64_MAX;
	to->file = from->file ? from->file->file : UINT32_MAX;
	to->offset = from->file ? from->file->offset : 0;
	return 0;
}

/* The pages images that page maps name. */
int model_list_images(struct model *model, struct error *err)
{
	const struct image_table *table = model->table;
	struct checkpoint *checkpoint = model->checkpoint;
	size_t count = 0;
	int ret = 0;

	model->model_images = calloc(table->count + 1, sizeof(*model->model_images));
	if (!model->model_images)
		return error_no_memory(err, "the model of a checkpoint");
	for (size_t i = 0; i < table->count; i++) {
		const struct stored_image *stored = table->images[i];

		if (is_pagemap(stored) && stored->pagemap.has_pages_id)
			model->model_images[count++] =
				(struct model_image){ .id = stored->pagemap.pages_id,
						      .user = stored };
	}
	qsort(model->model_images, count, sizeof(*model->model_images), compare_images);
	count = join_equal_images(model->model_images, count);
	checkpoint->images =
		arena_alloc_array(checkpoint->arena, count, sizeof(*checkpoint->images));
	if (!checkpoint->images)
		return error_no_memory(err, "the model of a checkpoint");
	checkpoint->image_count = count;
	for (size_t i = 0; i < count && ret == 0; i++)
		ret = fill_image(model, i, err);
	return ret;
}

static struct model_image *find_image(const struct model *model, const struct pagemap *pagemap)
{
	struct model_image key = { .id = pagemap->pages_id };

	if (!pagemap->has_pages_id || !model->checkpoint->image_count)
		return NULL;
	return bsearch(&key, model->model_images, model->checkpoint->image_count, sizeof(key),
		       compare_images);
}

static uint64_t stored_pages(const struct pagemap *pagemap)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < pagemap->count; i++) {
		if (pagemap->entries[i].stored &&
		    __builtin_add_overflow(pages, pagemap->entries[i].pages, &pages))
			return 0;
	}
	return pages;
}

static uint64_t lowest_page_bytes_of_mm(const struct image_table *table)
{
	const struct stored_image *lowest = NULL;

	for (size_t i = 0; i < table->count; i++) {
		const struct stored_image *stored = table->images[i];

		if (stored->holds == IMAGE_MM && stored->mm.page_bytes &&
		    (!lowest || stored->name.number < lowest->name.number))
			lowest = stored;
	}
	return lowest ? lowest->mm.page_bytes : 0;
}

static uint64_t page_bytes_of_machine(const struct image_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->images[i]->holds == IMAGE_CORE && table->images[i]->core.machine)
			return core_machine_page_bytes(table->images[i]->core.machine);
	}
	return core_machine_page_bytes(0);
}

/* From another process, or from how many pages an image of some length has, or from the machine. */
uint64_t model_guess_page_bytes(const struct model *model)
{
	uint64_t page_bytes = lowest_page_bytes_of_mm(model->table);

	for (size_t i = 0; i < model->checkpoint->image_count && !page_bytes; i++) {
		const struct model_image *image = &model->model_images[i];
		uint64_t pages = stored_pages(&image->user->pagemap);

		if (image->file && pages && image->file->length % pages == 0 &&
		    page_bytes_valid(image->file->length / pages))
			page_bytes = image->file->length / pages;
	}
	return page_bytes ? page_bytes : page_bytes_of_machine(model->table);
}

static int warn_contradiction(const struct model *model, const struct model_image *image,
			      const char *name, struct error *err)
{
	char first[IMAGE_NAME_BYTES];
	struct warning warning = { .code = WARNING_CORRUPT, .file = name };

	image_name_print(image->user->name, first);
	if (warning_list_add(model->warnings, &warning,
			     "%s: names the same pages as %s, but maps others", name, first) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int note_described(const struct model *model, struct model_image *image,
			  const struct stored_image *pagemap, const char *name, uint64_t described,
			  struct error *err)
{
	if (described == DESCRIBED_UNKNOWN)
		image->described_known = false;
	else if (described > image->described)
		image->described = described;
	if (!model->warnings || image->user == pagemap ||
	    pagemap_equal(&image->user->pagemap, &pagemap->pagemap))
		return 0;
	return warn_contradiction(model, image, name, err);
}

/* The runs of one page map, in the checkpoint's arena. */
int model_make_runs(struct model *model, const struct stored_image *pagemap, uint64_t page_bytes,
		    const struct page_run **runs, size_t *count, struct error *err)
{
	struct model_image *image = find_image(model, &pagemap->pagemap);
	const struct page_image *pages =
		image ? &model->checkpoint->images[image - model->model_images] : NULL;
	char name[IMAGE_NAME_BYTES];
	struct page_runs made = { 0 };
	uint64_t described;
	struct page_layout layout = {
		.pagemap = &pagemap->pagemap,
		.name = name,
		.pages_name = pages ? pages->name : name,
		.page_bytes = page_bytes,
		.pages_length = pages ? pages->length : 0,
		.pages_missing = !image || !image->file,
		.image = image ? (uint32_t)(image - model->model_images) : UINT32_MAX,
		.has_pid = pagemap->holds == IMAGE_PAGEMAP,
		.pid = (uint32_t)pagemap->name.number,
	};
	int ret;

	image_name_print(pagemap->name, name);
	ret = page_runs_make(&made, &layout, model->warnings, &described, err);
	if (ret == 0 && image)
		ret = note_described(model, image, pagemap, name, described, err);
	if (ret == 0) {
		*runs = arena_copy(model->checkpoint->arena, made.items,
				   made.count * sizeof(*made.items));
		*count = made.count;
		if (!*runs)
			ret = error_no_memory(err, "page runs");
	}
	page_runs_release(&made);
	return ret;
}

static int warn_longer(const struct model *model, const struct model_image *image, const char *name,
		       struct error *err)
{
	struct warning warning = {
		.code = WARNING_LONGER_THAN_DESCRIBED,
		.file = name,
		.has_range = true,
		.offset = image->described,
		.length = image->file->length - image->described,
	};

	if (warning_list_add(model->warnings, &warning, "%s: longer than its page map describes",
			     name) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int warn_unused(const struct model *model, const struct pages_file *file, struct error *err)
{
	char name[48];
	struct warning warning = {
		.code = WARNING_MISSING_IMAGE,
		.file = name,
		.has_range = true,
		.length = file->length,
		.bytes = file->length,
	};

	snprintf(name, sizeof(name), "pages-%" PRIu64 ".img", file->id);
	if (warning_list_add(model->warnings, &warning, "%s: no page map names these pages", name) <
	    0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* What can only be told when all page maps have been read. */
int model_check_images(const struct model *model, struct error *err)
{
	const struct checkpoint *checkpoint = model->checkpoint;
	int ret = 0;

	for (size_t i = 0; i < checkpoint->image_count && ret == 0; i++) {
		const struct model_image *image = &model->model_images[i];

		if (image->file && image->described_known && image->described < image->file->length)
			ret = warn_longer(model, image, checkpoint->images[i].name, err);
	}
	for (size_t i = 0; i < model->pages->count && ret == 0; i++) {
		const struct pages_file *file = &model->pages->files[i];
		struct model_image key = { .id = file->id };

		if (file->length && (!checkpoint->image_count ||
				     !bsearch(&key, model->model_images, checkpoint->image_count,
					      sizeof(key), compare_images)))
			ret = warn_unused(model, file, err);
	}
	return ret;
}
