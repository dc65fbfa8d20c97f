#include "scanners/criu/page_places.h"

#include <stdlib.h>

#include "engine/base/array.h"

struct maker {
	struct page_places *out;
	const struct page_layout *layout;
	const struct page_places *wanted;
	size_t next_wanted;
	struct warning_list *warnings;
	uint64_t offset; /* of the next stored page; meaningless once misplaced */
	bool misplaced; /* from here on nobody knows the offset */
	enum page_fate why; /* ... because of this */
	bool any;
	uint64_t last; /* last address described so far, with any */
};

static bool follows(const struct page_place *before, const struct page_place *place)
{
	/* The first address follows nothing; what ends at the last one ends there. */
	return place->address && before->address + before->length == place->address &&
	       before->fate == place->fate && before->image == place->image &&
	       (place->fate != FATE_STORED || before->offset + before->length == place->offset);
}

int page_places_add(struct page_places *places, const struct page_place *place, struct error *err)
{
	struct page_place *grown;

	if (!place->length)
		return 0;
	if (places->count && follows(&places->items[places->count - 1], place)) {
		places->items[places->count - 1].length += place->length;
		return 0;
	}
	grown = array_grow(places->items, &places->capacity, places->count + 1, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "places of pages");
	places->items = grown;
	places->items[places->count++] = *place;
	return 0;
}

static int add(struct maker *maker, uint64_t address, uint64_t length, enum page_fate fate,
	       struct error *err)
{
	const struct page_place place = {
		.address = address,
		.length = length,
		.offset = maker->offset,
		.image = maker->layout->image,
		.fate = fate,
	};

	return page_places_add(maker->out, &place, err);
}

/* Whole pages from @offset that the pages image really holds. */
static uint64_t available(const struct page_layout *layout, uint64_t offset, uint64_t length)
{
	if (layout->pages_length == UINT64_MAX)
		return length;
	if (offset >= layout->pages_length)
		return 0;

	uint64_t there = layout->pages_length - offset;

	return there >= length ? length : there / layout->page_bytes * layout->page_bytes;
}

static enum page_fate fate_beyond(const struct page_layout *layout)
{
	if (layout->pages_not_kept)
		return FATE_NOT_KEPT;
	return layout->pages_missing ? FATE_MISSING : FATE_CUT;
}

static void misplace(struct maker *maker, enum page_fate why)
{
	if (!maker->misplaced)
		maker->why = why;
	maker->misplaced = true;
}

static int add_present(struct maker *maker, uint64_t address, uint64_t length, struct error *err)
{
	uint64_t there = available(maker->layout, maker->offset, length);
	int ret = add(maker, address, there, FATE_STORED, err);

	return ret ? ret
		   : add(maker, address + there, length - there, fate_beyond(maker->layout), err);
}

static int warn_entry(struct maker *maker, const struct pagemap_entry *entry, uint64_t length,
		      const char *what, struct error *err)
{
	const struct page_layout *layout = maker->layout;
	struct warning warning = {
		.code = WARNING_CORRUPT,
		.file = layout->name,
		.has_memory =
			layout->has_pid && length > 0 && length - 1 <= UINT64_MAX - entry->address,
		.pid = layout->pid,
		.start = entry->address,
		.end = entry->address + length,
		.bytes = length,
	};

	if (maker->warnings &&
	    warning_list_add(maker->warnings, &warning, "%s: an entry of %llu pages at %#llx %s",
			     layout->name, (unsigned long long)entry->pages,
			     (unsigned long long)entry->address, what) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* NULL: the entry can be used. */
static const char *fault(const struct maker *maker, const struct pagemap_entry *entry,
			 uint64_t length)
{
	if (!length)
		return "is empty";
	if (entry->address % maker->layout->page_bytes)
		return "does not start at a page";
	if (length - 1 > UINT64_MAX - entry->address)
		return "ends past the last address";
	if (maker->any && entry->address <= maker->last)
		return "overlaps one before it, or is out of order";
	return NULL;
}

/* The blocks of a packed entry, one after another. */
struct blocks {
	const uint32_t *sizes;
	size_t count, next;
	uint64_t block_bytes; /* of all but the last */
	uint64_t left; /* bytes of pages not walked yet */
	uint64_t offset; /* of the next one in the pages image */
};

static bool blocks_next(struct blocks *blocks, struct unpack_block *out)
{
	if (blocks->next == blocks->count)
		return false;
	out->stored_offset = blocks->offset;
	out->stored_length = blocks->sizes[blocks->next++];
	out->length = blocks->left < blocks->block_bytes ? blocks->left : blocks->block_bytes;
	blocks->left -= out->length;
	blocks->offset += out->stored_length;
	return true;
}

static struct blocks blocks_of(const struct page_layout *layout, const struct pagemap_entry *entry,
			       uint64_t offset)
{
	const struct pagemap_packing *packing = &layout->pagemap->packings[entry->packing];

	return (struct blocks){
		.sizes = packing->count ? &layout->pagemap->block_sizes[packing->first_size] : NULL,
		.count = packing->count,
		.block_bytes = packing->block_pages * layout->page_bytes,
		.left = entry->pages * layout->page_bytes,
		.offset = offset,
	};
}

/*
 * Bytes that the blocks take in the pages image. False: they contradict each other or the entry, so that nothing
 * after them has a known place.
 */
static bool measure_blocks(const struct page_layout *layout, const struct pagemap_entry *entry,
			   uint64_t *stored)
{
	const struct pagemap_packing *packing = &layout->pagemap->packings[entry->packing];
	struct blocks blocks = blocks_of(layout, entry, 0);
	struct unpack_block block;

	if (entry->pages / packing->block_pages + (entry->pages % packing->block_pages != 0) !=
	    packing->count)
		return false;
	while (blocks_next(&blocks, &block)) {
		if (block.stored_length > block.length)
			return false;
	}
	*stored = blocks.offset;
	return !packing->has_total || packing->total == blocks.offset;
}

/* Whether a page of these is asked for; ranges are asked for in ascending order. */
static bool is_wanted(struct maker *maker, uint64_t address, uint64_t length)
{
	const struct page_places *wanted = maker->wanted;

	if (!wanted)
		return true;
	while (maker->next_wanted < wanted->count) {
		const struct page_place *place = &wanted->items[maker->next_wanted];

		if (address < place->address || address - place->address < place->length)
			break;
		maker->next_wanted++;
	}
	if (maker->next_wanted == wanted->count)
		return false;
	return wanted->items[maker->next_wanted].address <= address + (length - 1);
}

static enum page_fate fate_of(enum unpack_result result)
{
	switch (result) {
	case UNPACKED:
		return FATE_STORED;
	case UNPACKED_LIMIT:
		return FATE_TOO_MUCH;
	case UNPACKED_NO_SPACE:
		return FATE_NO_SPACE;
	case UNPACKED_UNREADABLE:
		return FATE_UNREADABLE;
	case UNPACKED_STOPPED:
		return FATE_STOPPED;
	case UNPACKED_SPOILED:
		break;
	}
	return FATE_SPOILED;
}

static bool is_there(const struct page_layout *layout, const struct unpack_block *block)
{
	return block->stored_offset <= layout->pages_length &&
	       block->stored_length <= layout->pages_length - block->stored_offset;
}

static int add_block(struct maker *maker, uint64_t address, const struct unpack_block *block,
		     struct error *err)
{
	struct unpacker *unpacker = maker->layout->unpacker;
	struct page_place place = {
		.address = address,
		.length = block->length,
		.offset = unpacker->length,
		.image = unpacker->image,
	};
	enum unpack_result result = UNPACKED;
	int ret = unpacker_place(unpacker, block, err);

	if (ret)
		return ret;
	if (!is_there(maker->layout, block))
		place.fate = fate_beyond(maker->layout);
	else if (is_wanted(maker, address, block->length))
		ret = unpacker_unpack(unpacker, block, place.offset, &result, err);
	if (place.fate == FATE_STORED)
		place.fate = fate_of(result);
	return ret ? ret : page_places_add(maker->out, &place, err);
}

static int add_packed(struct maker *maker, const struct pagemap_entry *entry, uint64_t length,
		      struct error *err)
{
	struct blocks blocks = blocks_of(maker->layout, entry, maker->offset);
	uint64_t address = entry->address;
	struct unpack_block block;
	int ret = 0;

	if (!maker->layout->unpacker)
		return add(maker, address, length, FATE_NOT_UNPACKED, err);
	while (!ret && blocks_next(&blocks, &block)) {
		ret = add_block(maker, address, &block, err);
		address += block.length;
	}
	return ret;
}

static int add_entry(struct maker *maker, const struct pagemap_entry *entry, uint64_t length,
		     struct error *err)
{
	if (maker->misplaced && (entry->state == PAGES_PRESENT || entry->state == PAGES_PACKED))
		return add(maker, entry->address, length, maker->why, err);
	switch (entry->state) {
	case PAGES_PRESENT:
		return add_present(maker, entry->address, length, err);
	case PAGES_PACKED:
		return add_packed(maker, entry, length, err);
	case PAGES_PARENT:
		return add(maker, entry->address, length, FATE_PARENT, err);
	case PAGES_LAZY:
		return add(maker, entry->address, length, FATE_LAZY, err);
	case PAGES_ENCODED:
		return add(maker, entry->address, length, FATE_ENCODED, err);
	case PAGES_DAMAGED:
		break;
	}
	return add(maker, entry->address, length, FATE_FLAGS, err);
}

static bool align(uint64_t *offset, uint64_t page_bytes)
{
	uint64_t past = *offset % page_bytes;

	return !past || !__builtin_add_overflow(*offset, page_bytes - past, offset);
}

/*
 * Sets the offset to where the entry starts, and *@stored to the bytes it takes there. What cannot be told makes all
 * that is stored from here on misplaced.
 */
static void locate(struct maker *maker, const struct pagemap_entry *entry, uint64_t length,
		   uint64_t *stored)
{
	const struct page_layout *layout = maker->layout;

	*stored = entry->stored ? length : 0;
	if (!entry->stored)
		return;
	if (entry->state == PAGES_ENCODED)
		misplace(maker, FATE_ENCODED);
	else if (entry->state == PAGES_PACKED &&
		 layout->pagemap->packings[entry->packing].block_pages >
			 UNPACK_BLOCK_MOST / layout->page_bytes)
		misplace(maker, FATE_ENCODED);
	else if (entry->state == PAGES_PACKED && !measure_blocks(layout, entry, stored))
		misplace(maker, FATE_BAD_SIZES);
	else if (entry->aligned && !align(&maker->offset, layout->page_bytes))
		misplace(maker, FATE_MISPLACED);
}

static int take_entry(struct maker *maker, const struct pagemap_entry *entry, struct error *err)
{
	uint64_t length, stored;
	const char *what;
	int ret;

	if (__builtin_mul_overflow(entry->pages, maker->layout->page_bytes, &length)) {
		if (entry->stored)
			misplace(maker, FATE_MISPLACED);
		return warn_entry(maker, entry, 0, "is longer than any memory", err);
	}
	locate(maker, entry, length, &stored);
	what = fault(maker, entry, length);
	if (what) {
		ret = warn_entry(maker, entry, length, what, err);
	} else {
		ret = add_entry(maker, entry, length, err);
		maker->any = true;
		maker->last = entry->address + length - 1;
	}
	if (__builtin_add_overflow(maker->offset, stored, &maker->offset))
		misplace(maker, FATE_MISPLACED);
	return ret;
}

/* Bytes of all blocks that can be unpacked. Their count is bounded by the map's bytes, so that the sum cannot wrap. */
static uint64_t unpacked_bytes(const struct page_layout *layout)
{
	const struct pagemap *pagemap = layout->pagemap;
	uint64_t sum = 0, stored;

	for (size_t i = 0; i < pagemap->count; i++) {
		const struct pagemap_entry *entry = &pagemap->entries[i];

		if (entry->state == PAGES_PACKED &&
		    pagemap->packings[entry->packing].block_pages <=
			    UNPACK_BLOCK_MOST / layout->page_bytes &&
		    measure_blocks(layout, entry, &stored))
			sum += entry->pages * layout->page_bytes;
	}
	return sum;
}

static int open_unpacker(const struct page_layout *layout, struct error *err)
{
	uint64_t length = layout->unpacker ? unpacked_bytes(layout) : 0;

	return length ? unpacker_open(layout->unpacker, length, layout->pages_name, err) : 0;
}

int page_places_make(struct page_places *out, const struct page_layout *layout,
		     const struct page_places *wanted, struct warning_list *warnings,
		     uint64_t *described, struct error *err)
{
	struct maker maker = {
		.out = out, .layout = layout, .wanted = wanted, .warnings = warnings
	};
	int ret = open_unpacker(layout, err);

	for (size_t i = 0; i < layout->pagemap->count && ret == 0; i++)
		ret = take_entry(&maker, &layout->pagemap->entries[i], err);
	*described = maker.misplaced ? DESCRIBED_UNKNOWN : maker.offset;
	return ret;
}

void page_places_release(struct page_places *places)
{
	free(places->items);
	*places = (struct page_places){ 0 };
}
