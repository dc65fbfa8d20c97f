#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/member_table.h"
#include "scanners/operand_state.h"

static bool find_file(void *context, const char *name, struct stored_bytes *out)
{
	const struct loose_member *found = loose_members_find(context, name);

	if (found)
		*out = found->bytes;
	return found != NULL;
}

static int read_images(struct operand *operand, struct error *err)
{
	const struct image_files files = {
		.context = &operand->contents->loose,
		.find = find_file,
		.files = operand->files,
		.stop = operand->options->stop,
	};

	return container_images_read(&operand->images, &files, operand->warnings, operand->arena,
				     err);
}

static int remember(struct operand *operand, struct source *layer, int ret, struct error *err)
{
	struct source **grown = array_grow(operand->layers, &operand->layer_capacity,
					   operand->layer_count + 1, sizeof(struct source *));

	if (!grown) {
		source_close(layer);
		return error_no_memory(err, "the layers of an image");
	}
	operand->layers = grown;
	operand->layers[operand->layer_count++] = layer;
	return ret;
}

static size_t count_searched(const struct contents *contents)
{
	size_t count = 0;

	for (size_t i = 0; i < contents->directory_count; i++)
		count += contents->directories[i]->searched;
	return count;
}

/* Only what is searched on the way past may be asked for once more. */
static int walk_archive(struct operand *operand, struct source *layer, const char *name,
			const struct page_taker *taker, struct error *err)
{
	size_t searched = count_searched(operand->contents);
	int ret = contents_enter_layer(operand->contents, name, err);

	if (!ret)
		ret = operand_walk_source(operand, layer, taker, err);
	if (count_searched(operand->contents) > searched)
		return remember(operand, layer, ret, err);
	source_close(layer);
	return ret;
}

static int open_layer(struct operand *operand, const struct stored_bytes *bytes, const char *name,
		      struct source **out, struct error *problem)
{
	const struct source_options options = { .stop = operand->options->stop };

	return source_open_part(out, bytes, name, operand->files, operand->warnings, &options,
				problem);
}

static int walk_part(struct operand *operand, const struct image_part *part,
		     const struct page_taker *taker, struct error *err)
{
	struct error problem = { 0 };
	struct source *layer;
	int ret;

	if (part->missing || part->encrypted || !part->bytes.length ||
	    (part->kind != IMAGE_PART_LAYER && part->kind != IMAGE_PART_CRIU_IMAGES))
		return 0;
	ret = open_layer(operand, &part->bytes, part->name, &layer, &problem);
	if (!ret)
		return walk_archive(operand, layer, part->name, taker, err);
	if (ret == ERROR_MEMORY) {
		*err = problem;
		return ret;
	}
	return operand_warn(operand, source_opening_code(ret, WARNING_NOT_A_CHECKPOINT), part->name,
			    part->bytes.length, problem.message, err);
}

static int compare_parts(const void *left_item, const void *right_item)
{
	const struct image_part *const *left = left_item, *const *right = right_item;

	return strcmp((*left)->name, (*right)->name);
}

/* Every part once, in order of name, however many images share it; malloc'd. */
static const struct image_part **list_parts(const struct container_images *images, size_t *count)
{
	const struct image_part **parts;
	size_t all = 0, kept = 0;

	for (size_t i = 0; i < images->count; i++)
		all += images->items[i].part_count;
	parts = calloc(all + 1, sizeof(const struct image_part *));
	if (!parts)
		return NULL;
	all = 0;
	for (size_t i = 0; i < images->count; i++)
		for (size_t j = 0; j < images->items[i].part_count; j++)
			parts[all++] = &images->items[i].parts[j];
	qsort(parts, all, sizeof(const struct image_part *), compare_parts);
	for (size_t i = 0; i < all; i++)
		if (!kept || strcmp(parts[kept - 1]->name, parts[i]->name) != 0)
			parts[kept++] = parts[i];
	*count = kept;
	return parts;
}

static int walk_parts(struct operand *operand, const struct page_taker *taker, struct error *err)
{
	size_t count = 0;
	const struct image_part **parts = list_parts(&operand->images, &count);
	int ret = parts ? 0 : error_no_memory(err, "the layers of an image");

	for (size_t i = 0; !ret && i < count && !operand_stopped(operand); i++)
		ret = walk_part(operand, parts[i], taker, err);
	free(parts);
	return ret;
}

/* Whether it stands at the root of a layer and nothing says what it is: it may be the archive itself, copied in. */
static bool may_be_wrapped(const struct container_images *images, const struct loose_member *member)
{
	size_t length;

	if (member->link || !member->bytes.length || !path_above(member->name, 1, &length))
		return false;
	for (size_t i = 0; i < images->count; i++)
		for (size_t j = 0; j < images->items[i].part_count; j++) {
			const struct image_part *part = &images->items[i].parts[j];

			if (part->kind == IMAGE_PART_LAYER && strlen(part->name) == length &&
			    memcmp(part->name, member->name, length) == 0)
				return true;
		}
	return false;
}

static bool any_checkpoint(const struct contents *contents)
{
	for (size_t i = 0; i < contents->directory_count; i++)
		if (image_set_has_inventory(contents->directories[i]->images))
			return true;
	return false;
}

/* The index comes last, and an archive that was cut may have lost it: then nothing says which blobs are layers. */
static bool may_be_layer(const struct container_images *images, const struct loose_member *member)
{
	(void)images;
	return !member->link && member->bytes.length && strncmp(member->name, "blobs/", 6) == 0 &&
	       container_image_wants(member->name);
}

/* What is no archive is a file of somebody's root file system, or describes the image. */
static int walk_loose(struct operand *operand,
		      bool (*may_be)(const struct container_images *, const struct loose_member *),
		      const struct page_taker *taker, struct error *err)
{
	struct loose_members *loose = &operand->contents->loose;
	size_t count = loose->count;
	int ret = 0;

	for (size_t i = 0; !ret && i < count && !operand_stopped(operand); i++) {
		const struct loose_member member = loose->items[i];
		struct error problem = { 0 };
		struct source *layer;

		if (!may_be(&operand->images, &member))
			continue;
		ret = open_layer(operand, &member.bytes, member.name, &layer, &problem);
		if (!ret)
			ret = walk_archive(operand, layer, member.name, taker, err);
		else if (ret == ERROR_MEMORY)
			*err = problem;
		else
			ret = 0;
	}
	return ret;
}

static int walk_without_index(struct operand *operand, const struct page_taker *taker,
			      struct error *err)
{
	bool told = operand->images.form != IMAGE_FORM_NONE;
	int ret = walk_loose(operand, may_be_layer, taker, err);

	if (ret || told || !any_checkpoint(operand->contents))
		return ret;
	operand->images.form = IMAGE_FORM_OCI;
	return operand_warn(operand, WARNING_MISSING_IMAGE, "index.json", 0,
			    "missing; what archives there are among the blobs were opened", err);
}

int operand_walk_layers(struct operand *operand, const struct page_taker *taker, struct error *err)
{
	int ret = read_images(operand, err);

	if (!ret)
		ret = walk_parts(operand, taker, err);
	if (ret || any_checkpoint(operand->contents))
		return ret;
	return operand->images.count ? walk_loose(operand, may_be_wrapped, taker, err)
				     : walk_without_index(operand, taker, err);
}

static bool stands_in(const char *directory, const char *part)
{
	size_t length = strlen(part);

	return strncmp(directory, part, length) == 0 &&
	       (!directory[length] || directory[length] == '/');
}

const struct container_image *operand_image_of(const struct operand *operand, const char *directory)
{
	for (size_t i = 0; i < operand->images.count; i++) {
		const struct container_image *image = &operand->images.items[i];

		for (size_t j = 0; j < image->part_count; j++)
			if (stands_in(directory, image->parts[j].name))
				return image;
	}
	return NULL;
}

const char *operand_form(const struct operand *operand)
{
	enum source_form form = operand->source ? source_form(operand->source) : FORM_UNKNOWN;

	if (operand->images.form == IMAGE_FORM_DOCKER)
		return "docker-archive";
	if (operand->images.form == IMAGE_FORM_OCI)
		return form == FORM_DIRECTORY ? "oci-layout" : "oci-archive";
	return source_form_name(form);
}
