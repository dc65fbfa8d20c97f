#include "scanners/criu/page_places.h"

#include <stdlib.h>

#include "engine/base/array.h"

/* Addresses of one entry, both included. */
struct entry_span {
	uint64_t first, last;
	size_t entry;
};

struct maker {
	struct page_places *out;
	const struct page_layout *layout;
	const struct page_places *wanted;
	struct warning_list *warnings;
	bool *overlaps; /* by entry: it overlaps one before it; NULL: the map ascends, none does */
	uint64_t offset; /* of the next stored page; meaningless once misplaced */
	bool misplaced; /* from here on nobody knows the offset */
	enum page_fate why; /* ... because of this */
	uint64_t previous; /* address of the last entry that was used */
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
	return layout->pages_fate ? layout->pages_fate : FATE_CUT;
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
		      uint64_t lost, const char *what, struct error *err)
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
		.bytes = lost,
	};

	if (maker->warnings &&
	    warning_list_add(maker->warnings, &warning, "%s: an entry of %llu pages at %#llx %s",
			     layout->name, (unsigned long long)entry->pages,
			     (unsigned long long)entry->address, what) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* NULL: the entry by itself can be used. */
static const char *fault(const struct page_layout *layout, const struct pagemap_entry *entry,
			 uint64_t length)
{
	if (!length)
		return "is empty";
	if (entry->address % layout->page_bytes)
		return "does not start at a page";
	if (length - 1 > UINT64_MAX - entry->address)
		return "ends past the last address";
	return NULL;
}

/* False: the entry cannot be used. */
static bool span_of(const struct page_layout *layout, size_t index, struct entry_span *out)
{
	const struct pagemap_entry *entry = &layout->pagemap->entries[index];
	uint64_t length;

	if (__builtin_mul_overflow(entry->pages, layout->page_bytes, &length) ||
	    fault(layout, entry, length))
		return false;
	*out = (struct entry_span){ entry->address, entry->address + (length - 1), index };
	return true;
}

static bool ascends(const struct page_layout *layout)
{
	struct entry_span span, last = { 0 };
	bool any = false;

	for (size_t i = 0; i < layout->pagemap->count; i++) {
		if (!span_of(layout, i, &span))
			continue;
		if (any && span.first <= last.last)
			return false;
		last = span;
		any = true;
	}
	return true;
}

static int compare_spans(const void *left_item, const void *right_item)
{
	const struct entry_span *left = left_item, *right = right_item;
	int order = (left->first > right->first) - (left->first < right->first);

	return order ? order : (left->entry > right->entry) - (left->entry < right->entry);
}

/* Of two that overlap the later one in the map goes. */
static void mark_overlaps(bool *overlaps, const struct entry_span *spans, size_t count)
{
	const struct entry_span *kept = spans;

	for (size_t i = 1; i < count; i++) {
		if (spans[i].first > kept->last) {
			kept = &spans[i];
		} else if (spans[i].entry > kept->entry) {
			overlaps[spans[i].entry] = true;
		} else {
			overlaps[kept->entry] = true;
			kept = &spans[i];
		}
	}
}

/* CRIU writes maps in ascending order; what is out of order still has its own address, and its place. */
static int find_overlaps(struct maker *maker, struct error *err)
{
	const struct page_layout *layout = maker->layout;
	struct entry_span *spans;
	size_t count = 0;

	if (ascends(layout))
		return 0;
	spans = calloc(layout->pagemap->count, sizeof(*spans));
	maker->overlaps = calloc(layout->pagemap->count, sizeof(*maker->overlaps));
	if (!spans || !maker->overlaps) {
		free(spans);
		return error_no_memory(err, "a page map");
	}
	for (size_t i = 0; i < layout->pagemap->count; i++)
		count += span_of(layout, i, &spans[count]);
	qsort(spans, count, sizeof(*spans), compare_spans);
	mark_overlaps(maker->overlaps, spans, count);
	free(spans);
	return 0;
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

/* Whether a page of these is asked for. */
static bool is_wanted(const struct page_places *wanted, uint64_t address, uint64_t length)
{
	size_t low = 0, high = wanted ? wanted->count : 0;

	if (!wanted)
		return true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct page_place *place = &wanted->items[middle];

		if (place->address + (place->length - 1) < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < wanted->count && wanted->items[low].address <= address + (length - 1);
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
	else if (is_wanted(maker->wanted, address, block->length))
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

static int drop_entry(struct maker *maker, const struct pagemap_entry *entry, uint64_t length,
		      const char *what, struct error *err)
{
	if (__builtin_add_overflow(maker->out->dropped, length, &maker->out->dropped))
		maker->out->dropped = UINT64_MAX;
	return warn_entry(maker, entry, length, length, what, err);
}

static int use_entry(struct maker *maker, const struct pagemap_entry *entry, uint64_t length,
		     struct error *err)
{
	int ret = 0;

	if (entry->address < maker->previous)
		ret = warn_entry(maker, entry, length, 0, "is out of order", err);
	maker->previous = entry->address;
	return ret ? ret : add_entry(maker, entry, length, err);
}

static int take_entry(struct maker *maker, size_t index, struct error *err)
{
	const struct pagemap_entry *entry = &maker->layout->pagemap->entries[index];
	uint64_t length, stored;
	const char *what;
	int ret;

	if (__builtin_mul_overflow(entry->pages, maker->layout->page_bytes, &length)) {
		if (entry->stored)
			misplace(maker, FATE_MISPLACED);
		return warn_entry(maker, entry, 0, 0, "is longer than any memory", err);
	}
	locate(maker, entry, length, &stored);
	what = fault(maker->layout, entry, length);
	if (!what && maker->overlaps && maker->overlaps[index])
		what = "overlaps one before it";
	if (what)
		ret = drop_entry(maker, entry, length, what, err);
	else
		ret = use_entry(maker, entry, length, err);
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

	if (!ret)
		ret = find_overlaps(&maker, err);
	for (size_t i = 0; i < layout->pagemap->count && ret == 0; i++)
		ret = take_entry(&maker, i, err);
	if (maker.overlaps)
		page_places_sort(out);
	free(maker.overlaps);
	*described = maker.misplaced ? DESCRIBED_UNKNOWN : maker.offset;
	return ret;
}

static int compare_places(const void *left_item, const void *right_item)
{
	const struct page_place *left = left_item, *right = right_item;

	return (left->address > right->address) - (left->address < right->address);
}

void page_places_sort(struct page_places *places)
{
	for (size_t i = 1; i < places->count; i++) {
		if (places->items[i - 1].address > places->items[i].address) {
			qsort(places->items, places->count, sizeof(*places->items), compare_places);
			return;
		}
	}
}

void page_places_release(struct page_places *places)
{
	free(places->items);
	*places = (struct page_places){ 0 };
}
