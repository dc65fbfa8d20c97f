#include "scanners/criu/pagemap.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/criu/proto/pagemap.pb-c.h"

enum { FLAG_PARENT = 1, FLAG_LAZY = 2, FLAG_PRESENT = 4, FLAG_ALIGNED = 8, KNOWN_FLAGS = 15 };

/* CRIU before 3.5 had no flags, only in_parent. */
static uint32_t flags_of(const Criu__PagemapItem *item)
{
	if (item->has_in_parent && item->in_parent)
		return item->flags | FLAG_PARENT;
	return item->has_flags ? item->flags : FLAG_PRESENT;
}

static bool is_packed(const Criu__PagemapItem *item)
{
	return item->n_compressed_size || item->has_total_compressed_size || item->has_region_pages;
}

static enum pages_state state_of(const Criu__PagemapItem *item, uint32_t flags)
{
	bool packed = is_packed(item);

	if (flags & ~(uint32_t)KNOWN_FLAGS ||
	    ((packed || flags & FLAG_ALIGNED) && !(flags & FLAG_PRESENT)))
		return PAGES_ENCODED;
	switch (flags & ~(uint32_t)FLAG_ALIGNED) {
	case FLAG_PRESENT:
	case FLAG_PRESENT | FLAG_LAZY:
		return packed ? PAGES_PACKED : PAGES_PRESENT;
	case FLAG_PARENT:
	case FLAG_PARENT | FLAG_LAZY:
		return PAGES_PARENT;
	case FLAG_LAZY:
		return PAGES_LAZY;
	default:
		return PAGES_DAMAGED;
	}
}

static int append_sizes(struct pagemap *pagemap, const Criu__PagemapItem *item, struct error *err)
{
	uint32_t *grown;

	if (!item->n_compressed_size)
		return 0;
	grown = array_grow(pagemap->block_sizes, &pagemap->block_capacity,
			   pagemap->block_count + item->n_compressed_size, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "a page map");
	pagemap->block_sizes = grown;
	memcpy(grown + pagemap->block_count, item->compressed_size,
	       item->n_compressed_size * sizeof(*grown));
	pagemap->block_count += item->n_compressed_size;
	return 0;
}

static int append_packing(struct pagemap *pagemap, const Criu__PagemapItem *item, struct error *err)
{
	struct pagemap_packing *grown = array_grow(pagemap->packings, &pagemap->packing_capacity,
						   pagemap->packing_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "a page map");
	pagemap->packings = grown;
	grown[pagemap->packing_count++] = (struct pagemap_packing){
		.first_size = pagemap->block_count,
		.count = item->n_compressed_size,
		.block_pages =
			item->has_region_pages && item->region_pages ? item->region_pages : 1,
		.total = item->total_compressed_size,
		.has_total = item->has_total_compressed_size,
	};
	return append_sizes(pagemap, item, err);
}

static int append(struct pagemap *pagemap, const Criu__PagemapItem *item, struct error *err)
{
	uint32_t flags = flags_of(item);
	struct pagemap_entry entry = {
		.address = item->vaddr,
		.pages = item->has_nr_pages ? item->nr_pages : item->compat_nr_pages,
		.state = state_of(item, flags),
		.stored = flags & FLAG_PRESENT,
		.aligned = flags & FLAG_ALIGNED,
		.packing = (uint32_t)pagemap->packing_count,
	};
	struct pagemap_entry *grown = array_grow(pagemap->entries, &pagemap->capacity,
						 pagemap->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "a page map");
	pagemap->entries = grown;
	grown[pagemap->count++] = entry;
	pagemap->needs_parent |= entry.state == PAGES_PARENT;
	pagemap->packs |= entry.state == PAGES_PACKED || entry.aligned;
	return entry.state == PAGES_PACKED ? append_packing(pagemap, item, err) : 0;
}

static int take_entry(void *context, const ProtobufCMessage *message, size_t index,
		      struct error *err)
{
	struct pagemap *pagemap = context;

	if (index > 0)
		return append(pagemap, (const Criu__PagemapItem *)message, err);
	pagemap->has_pages_id = ((const Criu__PagemapHead *)message)->has_pages_id;
	pagemap->pages_id = ((const Criu__PagemapHead *)message)->pages_id;
	return 0;
}

int pagemap_parse(struct pagemap *out, const struct image *image, struct error *err)
{
	int ret = image_entries(image, &criu__pagemap_head__descriptor,
				&criu__pagemap_item__descriptor, take_entry, out, err);

	if (ret < 0 || out->has_pages_id)
		return ret;
	return image_warn(image, WARNING_CORRUPT, 0, 0, "does not say which pages it maps", err);
}

void pagemap_release(struct pagemap *pagemap)
{
	free(pagemap->entries);
	free(pagemap->packings);
	free(pagemap->block_sizes);
	*pagemap = (struct pagemap){ 0 };
}

static bool entries_equal(const struct pagemap_entry *left, const struct pagemap_entry *right)
{
	return left->address == right->address && left->pages == right->pages &&
	       left->state == right->state && left->aligned == right->aligned;
}

static bool packings_equal(const struct pagemap *left, const struct pagemap *right)
{
	if (left->packing_count != right->packing_count || left->block_count != right->block_count)
		return false;
	for (size_t i = 0; i < left->packing_count; i++) {
		const struct pagemap_packing *one = &left->packings[i],
					     *other = &right->packings[i];

		if (one->count != other->count || one->block_pages != other->block_pages)
			return false;
	}
	return !left->block_count || memcmp(left->block_sizes, right->block_sizes,
					    left->block_count * sizeof(*left->block_sizes)) == 0;
}

bool pagemap_equal(const struct pagemap *left, const struct pagemap *right)
{
	if (left->count != right->count)
		return false;
	for (size_t i = 0; i < left->count; i++) {
		if (!entries_equal(&left->entries[i], &right->entries[i]))
			return false;
	}
	return packings_equal(left, right);
}
