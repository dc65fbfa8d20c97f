#include "scanners/criu/model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/criu/layer_name.h"

static int compare_images(const void *left_item, const void *right_item)
{
	const struct model_image *left = left_item, *right = right_item;

	if (left->layer != right->layer)
		return left->layer > right->layer ? 1 : -1;
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

		if (!last || compare_images(last, &images[i]) != 0)
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

	from->file = pages_table_find(model->input->layers[from->layer].pages, from->id);
	from->described_known = true;
	to->name = arena_copy_string(model->checkpoint->arena, name, (size_t)length);
	if (!to->name)
		return error_no_memory(err, "the model of a checkpoint");
	to->length = from->file ? from->file->length : model->warnings ? 0 : UINT64_MAX;
	to->file = from->file ? from->file->file : UINT32_MAX;
	to->offset = from->file ? from->file->offset : 0;
	to->layer = from->layer;
	return 0;
}

/* The image that a page map names, and room for what may be unpacked of it. */
static int collect_image(struct model *model, uint32_t layer, const struct stored_image *stored,
			 struct error *err)
{
	struct model_image *grown;

	if (!stored->pagemap.has_pages_id)
		return 0;
	grown = array_grow(model->model_images, &model->model_image_capacity,
			   model->model_image_count + 1, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "the model of a checkpoint");
	model->model_images = grown;
	grown[model->model_image_count++] = (struct model_image){ .layer = layer,
								  .id = stored->pagemap.pages_id,
								  .user = stored };
	model->image_capacity += stored->pagemap.packs ? 2 : 1;
	return 0;
}

/* A page map, and those of the same name as far down as each leaves pages to the next. */
static int collect_images(struct model *model, const struct stored_image *stored, struct error *err)
{
	enum image_kind kind = stored->holds;
	uint64_t number = stored->name.number;
	int ret = collect_image(model, 0, stored, err);

	for (size_t i = 1; !ret && i < model->input->layer_count && stored->pagemap.needs_parent;
	     i++) {
		stored = image_table_find(model->input->layers[i].table, kind, number);
		if (!stored)
			break;
		ret = collect_image(model, (uint32_t)i, stored, err);
	}
	return ret;
}

/* Behind those of pages. */
static int list_segment_images(struct model *model, const struct payload *payloads, size_t count,
			       struct error *err)
{
	struct checkpoint *checkpoint = model->checkpoint;

	model->first_segment_image = checkpoint->image_count;
	for (size_t i = 0; i < count; i++) {
		const struct payload *payload = &payloads[i];
		struct page_image *image = &checkpoint->images[checkpoint->image_count++];

		*image = (struct page_image){
			.name = arena_copy_string(checkpoint->arena, payload->name,
						  strlen(payload->name)),
			.length = payload->bytes.length,
			.file = payload->bytes.file,
			.offset = payload->bytes.offset,
		};
		if (!image->name)
			return error_no_memory(err, "the model of a checkpoint");
	}
	return 0;
}

/* The pages images that page maps name, and what holds segments. */
int model_list_images(struct model *model, struct error *err)
{
	const struct image_table *table = model->table;
	struct checkpoint *checkpoint = model->checkpoint;
	const struct payload *segments = NULL;
	size_t count, segment_images = 0;
	int ret = 0;

	if (model->segments.count)
		segments = payload_table_kind(model->input->payloads, PAYLOAD_SEGMENTS,
					      &segment_images);
	for (size_t i = 0; i < table->count && !ret; i++) {
		if (image_is_pagemap(table->images[i]))
			ret = collect_images(model, table->images[i], err);
	}
	if (ret)
		return ret;
	count = model->model_image_count;
	if (count)
		qsort(model->model_images, count, sizeof(*model->model_images), compare_images);
	count = model->model_image_count = join_equal_images(model->model_images, count);
	model->image_capacity += segment_images;
	checkpoint->images = arena_alloc_array(checkpoint->arena, model->image_capacity,
					       sizeof(*checkpoint->images));
	if (!checkpoint->images)
		return error_no_memory(err, "the model of a checkpoint");
	checkpoint->image_count = count;
	for (size_t i = 0; i < count && ret == 0; i++)
		ret = fill_image(model, i, err);
	return ret ? ret : list_segment_images(model, segments, segment_images, err);
}

struct model_image *model_find_image(const struct model *model, uint32_t layer,
				     const struct pagemap *pagemap)
{
	struct model_image key = { .layer = layer, .id = pagemap->pages_id };

	if (!pagemap->has_pages_id || !model->model_image_count)
		return NULL;
	return bsearch(&key, model->model_images, model->model_image_count, sizeof(key),
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

	for (size_t i = 0; i < model->model_image_count && !page_bytes; i++) {
		const struct model_image *image = &model->model_images[i];
		uint64_t pages = stored_pages(&image->user->pagemap);

		/* Packed pages say nothing of a page's length. */
		if (image->user->pagemap.packs)
			continue;
		if (image->file && pages && image->file->length % pages == 0 &&
		    page_bytes_valid(image->file->length / pages))
			page_bytes = image->file->length / pages;
	}
	return page_bytes ? page_bytes : page_bytes_of_machine(model->table);
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

/* Such pages are captured files of nobody: what is lost is where they were. */
static int warn_unused(const struct model *model, const struct pages_file *file, struct error *err)
{
	char name[48];
	struct warning warning = {
		.code = WARNING_MISSING_IMAGE,
		.file = name,
		.has_range = true,
		.length = file->length,
	};

	snprintf(name, sizeof(name), "pages-%" PRIu64 ".img", file->id);
	if (warning_list_add(model->warnings, &warning,
			     "%s: no page map names these pages, which have no addresses",
			     name) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* What can only be told when all page maps have been read. */
int model_check_images(const struct model *model, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < model->model_image_count && ret == 0; i++) {
		const struct model_image *image = &model->model_images[i];
		char name[LAYER_NAME_BYTES];

		layer_name_print(image->layer, model->checkpoint->images[i].name, name);
		if (image->file && image->described_known && image->described < image->file->length)
			ret = warn_longer(model, image, name, err);
	}
	for (size_t i = 0; i < model->pages->count && ret == 0; i++) {
		const struct pages_file *file = &model->pages->files[i];
		struct model_image key = { .id = file->id };

		if (file->length && (!model->model_image_count ||
				     !bsearch(&key, model->model_images, model->model_image_count,
					      sizeof(key), compare_images)))
			ret = warn_unused(model, file, err);
	}
	return ret;
}
