#include "scanners/criu/image_table.h"

#include <stdlib.h>
#include <sys/random.h>

#include "engine/base/array.h"

static int parse_nothing(struct stored_image *stored, const struct image *image, struct error *err)
{
	(void)stored, (void)image, (void)err;
	return 0;
}

static int parse_inventory(struct stored_image *stored, const struct image *image,
			   struct error *err)
{
	return inventory_parse(&stored->inventory, image, err);
}

static int parse_tree(struct stored_image *stored, const struct image *image, struct error *err)
{
	return process_tree_parse(&stored->tree, image, err);
}

static int parse_core(struct stored_image *stored, const struct image *image, struct error *err)
{
	return core_parse(&stored->core, image, err);
}

static int parse_mm(struct stored_image *stored, const struct image *image, struct error *err)
{
	return mm_parse(&stored->mm, image, err);
}

static int parse_pagemap(struct stored_image *stored, const struct image *image, struct error *err)
{
	return pagemap_parse(&stored->pagemap, image, err);
}

static int parse_files(struct stored_image *stored, const struct image *image, struct error *err)
{
	return files_parse(&stored->files, image, err);
}

static int parse_single_type(struct stored_image *stored, const struct image *image,
			     struct error *err)
{
	return files_parse_single(&stored->files, image, stored->holds, err);
}

static int parse_descriptors(struct stored_image *stored, const struct image *image,
			     struct error *err)
{
	return descriptors_parse(&stored->descriptors, image, err);
}

static int parse_ids(struct stored_image *stored, const struct image *image, struct error *err)
{
	return process_ids_parse(&stored->ids, image, err);
}

static int parse_mounts(struct stored_image *stored, const struct image *image, struct error *err)
{
	return mounts_parse(&stored->mounts, image, err);
}

static int parse_memfds(struct stored_image *stored, const struct image *image, struct error *err)
{
	return memfds_parse(&stored->memfds, image, err);
}

static int parse_deleted(struct stored_image *stored, const struct image *image, struct error *err)
{
	return deleted_files_parse(&stored->deleted, image, err);
}

static int parse_cipher(struct stored_image *stored, const struct image *image, struct error *err)
{
	(void)stored;
	return image_warn(image, WARNING_ENCRYPTED, 0, 0, "the checkpoint is encrypted", err);
}

static int (*const parsers[IMAGE_KINDS + 1])(struct stored_image *, const struct image *,
					     struct error *) = {
	[IMAGE_INVENTORY] = parse_inventory,
	[IMAGE_PROCESS_TREE] = parse_tree,
	[IMAGE_CORE] = parse_core,
	[IMAGE_MM] = parse_mm,
	[IMAGE_PAGEMAP] = parse_pagemap,
	[IMAGE_PAGEMAP_SHMEM] = parse_pagemap,
	[IMAGE_FILES] = parse_files,
	[IMAGE_FDINFO] = parse_descriptors,
	[IMAGE_IDS] = parse_ids,
	[IMAGE_MOUNTPOINTS] = parse_mounts,
	[IMAGE_MEMFD] = parse_memfds,
	[IMAGE_REMAP_FPATH] = parse_deleted,
	[IMAGE_OLD_VMAS] = parse_nothing,
	[IMAGE_CIPHER] = parse_cipher,
	[IMAGE_KINDS] = parse_nothing,
};

static int (*parser_of(enum image_kind kind))(struct stored_image *, const struct image *,
					      struct error *)
{
	return image_kind_is_single_type(kind) ? parse_single_type : parsers[kind];
}

static void content_release(struct stored_image *stored)
{
	if (image_kind_is_single_type(stored->holds)) {
		files_release(&stored->files);
		return;
	}
	switch (stored->holds) {
	case IMAGE_PROCESS_TREE:
		process_tree_release(&stored->tree);
		break;
	case IMAGE_MM:
		mm_release(&stored->mm);
		break;
	case IMAGE_PAGEMAP:
	case IMAGE_PAGEMAP_SHMEM:
		pagemap_release(&stored->pagemap);
		break;
	case IMAGE_FILES:
		files_release(&stored->files);
		break;
	case IMAGE_MEMFD:
		memfds_release(&stored->memfds);
		break;
	case IMAGE_REMAP_FPATH:
		deleted_files_release(&stored->deleted);
		break;
	case IMAGE_FDINFO:
		descriptors_release(&stored->descriptors);
		break;
	case IMAGE_MOUNTPOINTS:
		mounts_release(&stored->mounts);
		break;
	default:
		break;
	}
}

static void stored_free(struct stored_image *stored)
{
	if (!stored)
		return;
	content_release(stored);
	free(stored->data);
	free(stored);
}

static bool same_name(struct image_name left, struct image_name right)
{
	return left.kind == right.kind && left.number == right.number;
}

/* Names come from the checkpoint, the seed does not: nobody can make all images fall into one slot. */
static size_t hash(const struct image_table *table, struct image_name name)
{
	uint64_t mixed = (name.number * IMAGE_KINDS + name.kind) ^ table->seed;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
	return (size_t)(mixed ^ mixed >> 31);
}

/* The slot with this name, or the free one where it belongs. */
static size_t *find_slot(const struct image_table *table, struct image_name name)
{
	size_t at = hash(table, name) & (table->slot_count - 1);

	while (table->slots[at] && !same_name(table->images[table->slots[at] - 1]->name, name))
		at = (at + 1) & (table->slot_count - 1);
	return &table->slots[at];
}

static int grow_slots(struct image_table *table, struct error *err)
{
	size_t old_count = table->slot_count;
	size_t *old = table->slots;

	if (2 * (table->count + 1) <= old_count)
		return 0;
	table->slots = calloc(old_count ? 2 * old_count : 64, sizeof(*table->slots));
	if (!table->slots) {
		table->slots = old;
		return error_no_memory(err, "a table of images");
	}
	table->slot_count = old_count ? 2 * old_count : 64;
	if (!old_count && getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) < 0)
		table->seed = (uintptr_t)table->slots;
	for (size_t i = 0; i < table->count; i++)
		*find_slot(table, table->images[i]->name) = i + 1;
	free(old);
	return 0;
}

/* Page maps of processes and of objects have one magic: there the name decides. */
static enum image_kind kind_held(struct image_name name, struct bytes bytes)
{
	enum image_kind kind = image_kind_of_bytes(bytes);

	if (kind != IMAGE_KINDS && image_kind_magic(kind) == image_kind_magic(name.kind))
		return name.kind;
	return kind;
}

static bool describes_process(enum image_kind kind)
{
	return kind == IMAGE_CORE || kind == IMAGE_MM || kind == IMAGE_PAGEMAP ||
	       kind == IMAGE_OLD_VMAS;
}

static int parse(struct stored_image *stored, struct warning_list *warnings, struct error *err)
{
	char name[IMAGE_NAME_BYTES];
	struct image image = {
		.name = name,
		.bytes = { stored->data, stored->length },
		.warnings = warnings,
	};
	int ret = 0;

	image_name_print(stored->name, name);
	stored->holds = kind_held(stored->name, image.bytes);
	image.has_pid = describes_process(stored->holds) && stored->name.number <= UINT32_MAX;
	image.pid = image.has_pid ? (uint32_t)stored->name.number : 0;
	if (stored->length < sizeof(uint32_t))
		ret = image_warn(&image, WARNING_TRUNCATED, 0, stored->length,
				 "ends before it says what it is", err);
	else if (stored->holds == IMAGE_KINDS)
		ret = image_warn(&image, WARNING_CORRUPT, 0, 0,
				 "does not start like an image of this name", err);
	else if (stored->holds != stored->name.kind)
		ret = image_warn(&image, WARNING_CORRUPT, 0, 0, "holds an image of another name",
				 err);
	return ret < 0 ? ret : parser_of(stored->holds)(stored, &image, err);
}

static int warn_double(struct image_name name, struct warning_list *warnings, struct error *err)
{
	char text[IMAGE_NAME_BYTES];
	struct warning warning = { .code = WARNING_DUPLICATE_MEMBER, .file = text };

	image_name_print(name, text);
	if (warning_list_add(warnings, &warning, "%s: comes twice, the last one counts", text) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static bool is_misnamed(const struct stored_image *stored)
{
	return stored->holds != IMAGE_KINDS && stored->holds != stored->name.kind;
}

static int store(struct image_table *table, struct stored_image *stored, struct error *err)
{
	struct stored_image **grown = table->images;
	size_t *slot;

	if (grow_slots(table, err) < 0)
		return ERROR_MEMORY;
	grown = array_grow(grown, &table->capacity, table->count + 1,
			   sizeof(struct stored_image *));
	if (!grown)
		return error_no_memory(err, "a table of images");
	table->images = grown;
	slot = find_slot(table, stored->name);
	if (!*slot) {
		table->images[table->count++] = stored;
		*slot = table->count;
	} else {
		stored_free(table->images[*slot - 1]);
		table->images[*slot - 1] = stored;
	}
	if (is_misnamed(stored) && table->misnamed_count < MISNAMED_BELIEVED)
		table->misnamed[table->misnamed_count++] = *slot - 1;
	return 0;
}

int image_table_add(struct image_table *table, struct image_name name, uint8_t *data, size_t length,
		    struct warning_list *warnings, struct error *err)
{
	struct stored_image *stored = calloc(1, sizeof(*stored));
	int ret;

	if (!stored) {
		free(data);
		return error_no_memory(err, "an image");
	}
	stored->name = name;
	stored->data = data;
	stored->length = length;
	ret = parse(stored, warnings, err);
	if (ret == 0 && image_table_has_name(table, name.kind, name.number))
		ret = warn_double(name, warnings, err);
	if (ret == 0)
		ret = store(table, stored, err);
	if (ret < 0)
		stored_free(stored);
	return ret;
}

void image_table_release(struct image_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		stored_free(table->images[i]);
	free(table->images);
	free(table->slots);
	*table = (struct image_table){ 0 };
}

static const struct stored_image *by_name(const struct image_table *table, struct image_name name)
{
	size_t index = table->slot_count ? *find_slot(table, name) : 0;

	return index ? table->images[index - 1] : NULL;
}

bool image_table_has_name(const struct image_table *table, enum image_kind kind, uint64_t number)
{
	return by_name(table, (struct image_name){ kind, number }) != NULL;
}

/* The one with the lowest name, so that the order in which images came does not show. */
static const struct stored_image *find_misnamed(const struct image_table *table,
						enum image_kind kind, uint64_t number)
{
	const struct stored_image *found = NULL;

	for (size_t i = 0; i < table->misnamed_count; i++) {
		const struct stored_image *stored = table->images[table->misnamed[i]];

		if (is_misnamed(stored) && stored->holds == kind && stored->name.number == number &&
		    (!found || stored->name.kind < found->name.kind))
			found = stored;
	}
	return found;
}

const struct stored_image *image_table_find(const struct image_table *table, enum image_kind kind,
					    uint64_t number)
{
	const struct stored_image *stored = by_name(table, (struct image_name){ kind, number });

	if (stored && stored->holds == kind)
		return stored;
	return find_misnamed(table, kind, number);
}
