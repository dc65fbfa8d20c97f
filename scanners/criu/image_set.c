#include "scanners/criu/image_set.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/criu/capture.h"
#include "scanners/criu/facts.h"
#include "scanners/criu/image_table.h"
#include "scanners/criu/model.h"
#include "scanners/criu/pages_table.h"
#include "scanners/criu/payload.h"

/* What page maps say, found out once it is asked for, until an image is added. */
struct places {
	bool known, packs;
	bool judged, complete; /* whether all processes are known in full */
	uint32_t *ids; /* of pages images that page maps name, ascending; NULL: no memory, none */
	size_t count;
};

struct image_set {
	struct warning_list *warnings; /* borrowed */
	struct image_table table;
	struct pages_table pages;
	struct pages_table foreign_pages; /* pages-N.comp.img */
	struct payload_table payloads;
	char *parent;
	struct places *places;
};

int image_set_new(struct image_set **out, struct warning_list *warnings, struct error *err)
{
	struct image_set *set = calloc(1, sizeof(*set));

	if (!set)
		return error_no_memory(err, "a set of images");
	set->places = calloc(1, sizeof(*set->places));
	if (!set->places) {
		free(set);
		return error_no_memory(err, "a set of images");
	}
	set->warnings = warnings;
	*out = set;
	return 0;
}

static void forget_places(struct image_set *set)
{
	free(set->places->ids);
	*set->places = (struct places){ 0 };
}

void image_set_free(struct image_set *set)
{
	if (!set)
		return;
	image_table_release(&set->table);
	pages_table_release(&set->pages);
	pages_table_release(&set->foreign_pages);
	payload_table_release(&set->payloads);
	forget_places(set);
	free(set->places);
	free(set->parent);
	free(set);
}

bool image_set_wants(const char *name)
{
	struct image_name parsed;

	return image_name_parse(name, &parsed);
}

int image_set_add(struct image_set *set, const char *name, uint8_t *data, size_t length,
		  struct error *err)
{
	struct image_name parsed;

	if (!image_name_parse(name, &parsed)) {
		free(data);
		return error_set(err, ERROR_USAGE, 0, "%s is no image that is read", name);
	}
	forget_places(set);
	return image_table_add(&set->table, parsed, data, length, set->warnings, err);
}

int image_set_add_pages(struct image_set *set, uint64_t id, uint32_t file, uint64_t offset,
			uint64_t length, struct error *err)
{
	return pages_table_add(&set->pages, id, file, offset, length, err);
}

void image_set_lose_pages(struct image_set *set)
{
	pages_table_lose(&set->pages);
}

int image_set_add_parent(struct image_set *set, const char *target, struct error *err)
{
	char *copy = strdup(target);

	if (!copy)
		return error_no_memory(err, "the name of a parent");
	free(set->parent);
	set->parent = copy;
	return 0;
}

const char *image_set_parent(const struct image_set *set)
{
	return set->parent;
}

bool image_set_needs_parent(const struct image_set *set)
{
	for (size_t i = 0; i < set->table.count; i++) {
		const struct stored_image *stored = set->table.images[i];

		if (image_is_pagemap(stored) && stored->pagemap.needs_parent)
			return true;
	}
	return false;
}

static const struct inventory *find_inventory(const struct image_set *set)
{
	const struct stored_image *stored = image_table_find(&set->table, IMAGE_INVENTORY, 0);

	return stored ? &stored->inventory : NULL;
}

/* One that cannot be read still says that this is a checkpoint. */
bool image_set_has_inventory(const struct image_set *set)
{
	return image_table_has_name(&set->table, IMAGE_INVENTORY, 0) && !image_set_is_pre_dump(set);
}

bool image_set_is_pre_dump(const struct image_set *set)
{
	const struct inventory *inventory = find_inventory(set);

	return inventory && inventory->pre_dump;
}

uint32_t image_set_version(const struct image_set *set)
{
	const struct inventory *inventory = find_inventory(set);

	return inventory ? inventory->version : 0;
}

bool image_set_has_tree(const struct image_set *set)
{
	return image_table_find(&set->table, IMAGE_PROCESS_TREE, 0);
}

static bool has(const struct image_table *table, enum image_kind kind, uint64_t number)
{
	return image_table_has_name(table, kind, number) || image_table_find(table, kind, number);
}

static bool vma_complete(const struct image_table *table, const struct facts *facts,
			 const struct mm_vma *vma)
{
	const struct memfd *memfd;
	uint64_t object;

	switch (facts_object(facts, vma, &object, &memfd)) {
	case OBJECT_NONE:
		return true;
	case OBJECT_UNKNOWN:
		return false;
	case OBJECT_KNOWN:
		break;
	}
	return (memfd && !memfd->size) || has(table, IMAGE_PAGEMAP_SHMEM, object);
}

static bool mm_complete(const struct image_table *table, const struct facts *facts,
			const struct mm *mm)
{
	if (mm->uses_files && !facts->files && !facts->old_files)
		return false;
	if (mm->uses_memfds && !facts->memfds)
		return false;
	for (size_t i = 0; i < mm->vma_count; i++) {
		if (!vma_complete(table, facts, &mm->vmas[i]))
			return false;
	}
	return true;
}

static bool image_complete(const struct image_table *table, const struct facts *facts,
			   const struct stored_image *stored)
{
	uint64_t pid = stored->name.number;

	switch (stored->holds) {
	case IMAGE_CORE:
		return !stored->core.leader || stored->core.state == PROCESS_DEAD ||
		       (has(table, IMAGE_MM, pid) && has(table, IMAGE_PAGEMAP, pid));
	case IMAGE_MM:
		return has(table, IMAGE_CORE, pid) && has(table, IMAGE_PAGEMAP, pid) &&
		       mm_complete(table, facts, &stored->mm);
	case IMAGE_PAGEMAP:
		return has(table, IMAGE_CORE, pid) && has(table, IMAGE_MM, pid);
	default:
		return true;
	}
}

static bool tree_complete(const struct image_table *table, const struct process_tree *tree)
{
	for (size_t i = 0; tree && i < tree->count; i++) {
		if (!has(table, IMAGE_CORE, tree->entries[i].pid))
			return false;
	}
	return true;
}

/* Memory that is shared may be mapped by any process: so all that are known must be so in full. */
static bool all_complete(const struct image_table *table)
{
	struct facts facts = facts_of(table);

	for (size_t i = 0; i < table->count; i++) {
		if (!image_complete(table, &facts, table->images[i]))
			return false;
	}
	return tree_complete(table, facts.tree);
}

static int compare_ids(const void *left_item, const void *right_item)
{
	const uint32_t *left = left_item, *right = right_item;

	return (*left > *right) - (*left < *right);
}

/* Without memory nothing is said to be named: the pages are then kept until the end. */
static void find_places(const struct image_table *table, struct places *places)
{
	places->ids = calloc(table->count + 1, sizeof(*places->ids));
	places->known = true;
	for (size_t i = 0; places->ids && i < table->count; i++) {
		const struct stored_image *stored = table->images[i];

		if (!image_is_pagemap(stored))
			continue;
		places->packs |= stored->pagemap.packs;
		if (stored->pagemap.has_pages_id)
			places->ids[places->count++] = stored->pagemap.pages_id;
	}
	if (places->count)
		qsort(places->ids, places->count, sizeof(*places->ids), compare_ids);
}

static const struct places *known_places(const struct image_set *set)
{
	if (!set->places->known)
		find_places(&set->table, set->places);
	return set->places;
}

bool image_set_names_pages(const struct image_set *set, uint64_t id)
{
	const struct places *places = known_places(set);
	uint32_t key = (uint32_t)id;

	return id <= UINT32_MAX && places->count &&
	       bsearch(&key, places->ids, places->count, sizeof(key), compare_ids);
}

bool image_set_packs_pages(const struct image_set *set)
{
	return known_places(set)->packs;
}

bool image_set_places_pages(const struct image_set *set, uint64_t id)
{
	struct places *places = set->places;

	if (!image_set_names_pages(set, id))
		return false;
	if (!places->judged)
		places->complete = all_complete(&set->table);
	places->judged = true;
	return places->complete;
}

/* Pages of an encrypted layer are none of anybody's memory. */
static const struct pages_table *readable_pages(const struct image_set *set)
{
	static const struct pages_table none = { .sorted = true };

	return image_table_has_name(&set->table, IMAGE_CIPHER, 0) ? &none : &set->pages;
}

static int fill_layers(struct image_set *set, const struct parent_chain *chain,
		       struct model_layer *layers, struct error *err)
{
	size_t parents = chain ? chain->count : 0;
	int ret = 0;

	for (size_t i = 0; i <= parents && !ret; i++) {
		struct image_set *layer = i ? chain->sets[i - 1] : set;

		ret = pages_table_sort(&layer->pages, layer->warnings, err);
		if (!ret)
			ret = pages_table_sort(&layer->foreign_pages, layer->warnings, err);
		layers[i] = (struct model_layer){ &layer->table, readable_pages(layer),
						  &layer->foreign_pages };
	}
	return ret;
}

int image_set_checkpoint(struct image_set *set, const struct model_options *options,
			 struct checkpoint **out, struct error *err)
{
	const struct parent_chain *chain = options->parents;
	size_t count = 1 + (chain ? chain->count : 0);
	struct model_layer *layers = calloc(count, sizeof(*layers));
	const struct model_input input = {
		.layers = layers,
		.layer_count = count,
		.payloads = &set->payloads,
		.chain = chain,
		.files = options->files,
		.stop = options->stop,
		.warnings = options->final ? set->warnings : NULL,
	};
	int ret;

	if (!layers)
		return error_no_memory(err, "the model of a checkpoint");
	ret = fill_layers(set, chain, layers, err);
	if (!ret && options->files)
		ret = payload_table_sort(&set->payloads, set->warnings, err);
	if (!ret)
		ret = model_make(out, &input, err);
	free(layers);
	return ret;
}

/* pages-N.comp.img: what a fork of CRIU writes in the place of pages-N.img. */
static bool is_foreign_pages(const char *name, uint64_t *id)
{
	static const char stem[] = "pages-";
	size_t length = strlen(name);
	char plain[64];

	if (length < sizeof(".comp.img") || length >= sizeof(plain) ||
	    strcmp(name + length - 9, ".comp.img") != 0 || strncmp(name, stem, sizeof(stem) - 1))
		return false;
	memcpy(plain, name, length - 9);
	memcpy(plain + length - 9, ".img", 5);
	return image_is_pages(plain, id);
}

bool image_set_wants_payload(const char *name)
{
	enum payload_kind kind;
	uint64_t number;

	return payload_name_parse(name, &kind, &number) || is_foreign_pages(name, &number);
}

static int warn_foreign_pages(const struct image_set *set, const char *name, uint64_t length,
			      struct error *err)
{
	struct warning warning = {
		.code = WARNING_UNSUPPORTED,
		.file = name,
		.has_range = length > 0,
		.length = length,
	};

	/* How many bytes of memory are lost by it, the page map says. */
	if (warning_list_add(set->warnings, &warning,
			     "%s: pages compressed as a whole by a fork of CRIU are not read",
			     name) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

int image_set_add_payload(struct image_set *set, const char *name, struct stored_bytes bytes,
			  struct error *err)
{
	uint64_t id;
	int ret;

	if (!is_foreign_pages(name, &id))
		return payload_table_add(&set->payloads, name, bytes, err);
	ret = pages_table_add(&set->foreign_pages, id, bytes.file, bytes.offset, bytes.length, err);
	return ret ? ret : warn_foreign_pages(set, name, bytes.length, err);
}

/* The lowest namespace that has it, whatever order their images came in. */
bool image_set_tmpfs(const struct image_set *set, const char *name, const char **mountpoint)
{
	const struct stored_image *lowest = NULL;
	struct tmpfs_name parsed;

	*mountpoint = NULL;
	if (!tmpfs_name_parse(name, &parsed))
		return false;
	for (size_t i = 0; i < set->table.count; i++) {
		const struct stored_image *stored = set->table.images[i];

		if (stored->holds == IMAGE_MOUNTPOINTS &&
		    (!lowest || stored->name.number < lowest->name.number) &&
		    mounts_place(&stored->mounts, parsed))
			lowest = stored;
	}
	if (lowest)
		*mountpoint = mounts_place(&lowest->mounts, parsed);
	return true;
}

int image_set_captured(struct image_set *set, const struct checkpoint *checkpoint,
		       struct file_table *files, struct captured_list *out, struct error *err)
{
	int ret = payload_table_sort(&set->payloads, set->warnings, err);

	if (!ret)
		ret = pages_table_sort(&set->pages, set->warnings, err);
	if (ret)
		return ret;
	return capture_all(&set->table, &set->pages, &set->payloads, checkpoint, files,
			   set->warnings, out, err);
}

static int compare_image(const void *id_item, const void *image_item)
{
	const uint64_t *id = id_item;
	const struct page_image *image = image_item;
	uint64_t named = 0;

	image_is_pages(image->name, &named);
	return (*id > named) - (*id < named);
}

/* A model lists the pages images of this directory by their numbers, before all others. */
static size_t own_images(const struct checkpoint *checkpoint)
{
	size_t count = 0;
	uint64_t id;

	while (count < checkpoint->image_count && !checkpoint->images[count].layer &&
	       !checkpoint->images[count].packed_count &&
	       image_is_pages(checkpoint->images[count].name, &id))
		count++;
	return count;
}

static bool names_pages(const struct checkpoint *checkpoint, size_t own, uint64_t id)
{
	return own &&
	       bsearch(&id, checkpoint->images, own, sizeof(*checkpoint->images), compare_image);
}

uint64_t image_set_unplaced_bytes(const struct image_set *set, const struct checkpoint *checkpoint)
{
	size_t own = own_images(checkpoint);
	uint64_t bytes = checkpoint->dropped_bytes;

	for (size_t i = 0; i < set->pages.count; i++) {
		const struct pages_file *file = &set->pages.files[i];

		if (!names_pages(checkpoint, own, file->id) &&
		    __builtin_add_overflow(bytes, file->length, &bytes))
			return UINT64_MAX;
	}
	return bytes;
}

static bool identifies(enum image_kind kind)
{
	return kind == IMAGE_INVENTORY || kind == IMAGE_PROCESS_TREE || kind == IMAGE_CORE ||
	       kind == IMAGE_MM || kind == IMAGE_PAGEMAP || kind == IMAGE_PAGEMAP_SHMEM;
}

static int compare_names(const void *left_item, const void *right_item)
{
	const struct stored_image *const *left = left_item, *const *right = right_item;
	char left_name[IMAGE_NAME_BYTES], right_name[IMAGE_NAME_BYTES];

	image_name_print((*left)->name, left_name);
	image_name_print((*right)->name, right_name);
	return strcmp(left_name, right_name);
}

static int add_image(struct digest *digest, const struct stored_image *stored, struct error *err)
{
	char name[IMAGE_NAME_BYTES];
	int ret;

	image_name_print(stored->name, name);
	ret = digest_add_sized(digest, name, strlen(name), err);
	return ret < 0 ? ret : digest_add_sized(digest, stored->data, stored->length, err);
}

int image_set_digest(const struct image_set *set, uint8_t out[DIGEST_BYTES], struct error *err)
{
	const struct stored_image **images = calloc(set->table.count + 1, sizeof(*images));
	struct digest *digest = NULL;
	size_t count = 0;
	int ret;

	if (!images)
		return error_no_memory(err, "the digest of a checkpoint");
	for (size_t i = 0; i < set->table.count; i++) {
		if (identifies(set->table.images[i]->name.kind))
			images[count++] = set->table.images[i];
	}
	qsort(images, count, sizeof(*images), compare_names);
	ret = digest_new(&digest, err);
	for (size_t i = 0; i < count && ret == 0; i++)
		ret = add_image(digest, images[i], err);
	if (ret == 0)
		ret = digest_end(digest, out, err);
	digest_free(digest);
	free(images);
	return ret;
}
