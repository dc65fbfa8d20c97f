#include "scanners/criu/model.h"

#include <string.h>

#include "scanners/criu/layer_name.h"

/* One page map while its pages are looked up, layer by layer. */
struct lookup {
	struct model *model;
	const struct stored_image *pagemap; /* of the layer at hand */
	struct image_name name;
	uint64_t page_bytes;
	uint32_t layer;
	struct unpacker unpacker;
	char map_name[LAYER_NAME_BYTES], pages_name[LAYER_NAME_BYTES];
};

/* Why there is no such layer. */
static enum page_fate end_of_chain(const struct model *model)
{
	if (!model->input->chain)
		return FATE_PARENT;
	switch (model->input->chain->end) {
	case CHAIN_LOOP:
		return FATE_LOOP;
	case CHAIN_LIMIT:
		return FATE_TOO_DEEP;
	case CHAIN_WHOLE:
	case CHAIN_MISSING:
		break;
	}
	return FATE_NO_PARENT;
}

static void print_name(struct lookup *lookup, uint32_t layer)
{
	char name[IMAGE_NAME_BYTES];

	image_name_print(lookup->name, name);
	layer_name_print(layer, name, lookup->map_name);
}

static struct unpacker *start_unpacker(struct lookup *lookup, const struct model_image *image)
{
	struct model *model = lookup->model;

	if (!lookup->pagemap->pagemap.packs || !model->input->files || !image->file)
		return NULL;
	lookup->unpacker = (struct unpacker){
		.files = model->input->files,
		.stop = model->input->stop,
		.source = image->file->file,
		.source_offset = image->file->offset,
		.budget = &model->unpack_budget,
		.image = (uint32_t)model->checkpoint->image_count,
	};
	return &lookup->unpacker;
}

/* Why nothing is there of a whole image; FATE_STORED: something is. */
static enum page_fate fate_of_image(const struct model *model, uint32_t layer,
				    const struct model_image *image)
{
	const struct model_layer *from = &model->input->layers[layer];

	if (image && image->file)
		return FATE_STORED;
	if (image_table_has_name(from->table, IMAGE_CIPHER, 0))
		return FATE_ENCRYPTED;
	return image && pages_table_find(from->foreign_pages, image->id) ? FATE_FOREIGN
									 : FATE_MISSING;
}

static void lay_out(struct lookup *lookup, struct page_layout *out)
{
	const struct model *model = lookup->model;
	const struct pagemap *pagemap = &lookup->pagemap->pagemap;
	const struct model_image *image = model_find_image(model, lookup->layer, pagemap);

	out->pagemap = pagemap;
	out->page_bytes = lookup->page_bytes;
	out->pages_fate = fate_of_image(model, lookup->layer, image);
	out->pages_not_kept = image && image->file && image->file->cut_here;
	out->image = UINT32_MAX;
	if (!image)
		return;

	size_t index = (size_t)(image - model->model_images);

	layer_name_print(lookup->layer, model->checkpoint->images[index].name, lookup->pages_name);
	out->pages_name = lookup->pages_name;
	out->pages_length = model->checkpoint->images[index].length;
	out->image = (uint32_t)index;
	out->unpacker = start_unpacker(lookup, image);
}

static enum page_fate find_layer(void *context, uint32_t layer, struct page_layout *out)
{
	struct lookup *lookup = context;
	const struct model_input *input = lookup->model->input;
	enum page_fate fate = FATE_STORED;

	out->name = out->pages_name = lookup->map_name;
	out->has_pid = lookup->name.kind == IMAGE_PAGEMAP;
	out->pid = (uint32_t)lookup->name.number;
	if (layer >= input->layer_count)
		return end_of_chain(lookup->model);
	print_name(lookup, layer);
	lookup->layer = layer;
	if (layer)
		lookup->pagemap = image_table_find(input->layers[layer].table, lookup->name.kind,
						   lookup->name.number);
	if (lookup->pagemap)
		lay_out(lookup, out);
	else
		fate = FATE_NO_MAP;
	return fate;
}

static int warn_contradiction(const struct lookup *lookup, const struct model_image *image,
			      struct error *err)
{
	char base[IMAGE_NAME_BYTES], first[LAYER_NAME_BYTES];
	struct warning warning = { .code = WARNING_CORRUPT, .file = lookup->map_name };

	image_name_print(image->user->name, base);
	layer_name_print(lookup->layer, base, first);
	if (warning_list_add(lookup->model->warnings, &warning,
			     "%s: names the same pages as %s, but maps others", lookup->map_name,
			     first) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* What was unpacked becomes an image of its own. */
static int keep_unpacked(struct lookup *lookup, const struct page_layout *layout, struct error *err)
{
	struct unpacker *unpacker = &lookup->unpacker;
	struct checkpoint *checkpoint = lookup->model->checkpoint;
	struct packed_pages *map;

	if (!unpacker->count)
		return 0;
	map = arena_copy(checkpoint->arena, unpacker->map,
			 unpacker->count * sizeof(*unpacker->map));
	if (!map)
		return error_no_memory(err, "packed pages");
	checkpoint->images[checkpoint->image_count++] = (struct page_image){
		.name = checkpoint->images[layout->image].name,
		.length = unpacker->length,
		.file = unpacker->opened ? unpacker->file : UINT32_MAX,
		.layer = lookup->layer,
		.packed = map,
		.packed_count = unpacker->count,
	};
	return 0;
}

static int note_described(struct lookup *lookup, uint64_t described, struct error *err)
{
	struct model *model = lookup->model;
	struct model_image *image =
		model_find_image(model, lookup->layer, &lookup->pagemap->pagemap);

	if (!image)
		return 0;
	if (described == DESCRIBED_UNKNOWN)
		image->described_known = false;
	else if (described > image->described)
		image->described = described;
	if (!model->warnings || image->user == lookup->pagemap ||
	    pagemap_equal(&image->user->pagemap, &lookup->pagemap->pagemap))
		return 0;
	return warn_contradiction(lookup, image, err);
}

static int note_layer(void *context, const struct page_layout *layout, uint64_t described,
		      struct error *err)
{
	struct lookup *lookup = context;
	int ret = keep_unpacked(lookup, layout, err);

	unpacker_release(&lookup->unpacker);
	return ret ? ret : note_described(lookup, described, err);
}

/* The runs of one page map, in the checkpoint's arena. */
int model_make_runs(struct model *model, const struct stored_image *pagemap, uint64_t page_bytes,
		    const struct page_run **runs, size_t *count, struct error *err)
{
	struct lookup lookup = {
		.model = model,
		.pagemap = pagemap,
		.name = { pagemap->holds, pagemap->name.number },
		.page_bytes = page_bytes,
	};
	const struct page_layers layers = {
		.context = &lookup,
		.find = find_layer,
		.note = note_layer,
		.missing = model->input->chain ? model->input->chain->missing : NULL,
		.steps = &model->parent_steps,
	};
	struct page_runs made = { 0 };
	int ret = page_runs_make(&made, &layers, model->warnings, err);

	unpacker_release(&lookup.unpacker);
	if (__builtin_add_overflow(model->checkpoint->dropped_bytes, made.dropped,
				   &model->checkpoint->dropped_bytes))
		model->checkpoint->dropped_bytes = UINT64_MAX;
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
