#include "bench/made/made_layers.h"

#include <lz4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

#define LONGEST_PIECE 7u /* pages that have one fate in all layers */

static void *grown(void *items, size_t *capacity, size_t count, size_t size)
{
	void *more = array_grow(items, capacity, count + 1, size);

	if (!more) {
		fputs("no memory for a made checkpoint\n", stderr);
		exit(4);
	}
	return more;
}

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Blocks. */

static void make_block(const struct made_memory *memory, const struct made_pages *pages,
		       const struct made_entry *entry, uint64_t page, uint64_t count, uint8_t *out)
{
	for (uint64_t i = 0; i < count; i++) {
		uint8_t *to = out + i * pages->page_bytes;

		if (entry->stale)
			made_page_make_stale(memory, pages, entry->first_page + page + i, to);
		else
			made_page_make(memory, pages, entry->first_page + page + i, to);
	}
}

/* Where blocks are made and packed. */
struct packer {
	uint8_t *raw, *packed;
	int packed_room;
};

static void packer_open(struct packer *packer)
{
	packer->packed_room = LZ4_compressBound((int)MADE_REGION);
	packer->raw = malloc(MADE_REGION);
	packer->packed = malloc((size_t)packer->packed_room);
	if (!packer->raw || !packer->packed) {
		fputs("no memory for a made checkpoint\n", stderr);
		exit(4);
	}
}

static void packer_release(struct packer *packer)
{
	free(packer->raw);
	free(packer->packed);
}

/* What is stored of the raw bytes: nothing of zeros, and as they are where they do not become fewer. */
static const uint8_t *pack(struct packer *packer, size_t length, size_t *stored)
{
	int made;

	*stored = 0;
	if (!packer->raw[0] && memcmp(packer->raw, packer->raw + 1, length - 1) == 0)
		return packer->raw;
	made = LZ4_compress_default((const char *)packer->raw, (char *)packer->packed, (int)length,
				    packer->packed_room);
	*stored = made > 0 && (size_t)made < length ? (size_t)made : length;
	return *stored == length ? packer->raw : packer->packed;
}

static uint64_t block_at(const struct made_entry *entry, uint64_t page)
{
	uint64_t left = entry->pages - page;

	return left < entry->block_pages ? left : entry->block_pages;
}

static void measure(struct made_entry *entry, const struct made_memory *memory,
		    const struct made_pages *pages, struct packer *packer)
{
	for (uint64_t page = 0; page < entry->pages; page += entry->block_pages) {
		uint64_t count = block_at(entry, page);
		size_t stored;

		make_block(memory, pages, entry, page, count, packer->raw);
		pack(packer, count * pages->page_bytes, &stored);
		entry->sizes = grown(entry->sizes, &entry->size_capacity, entry->size_count,
				     sizeof(*entry->sizes));
		entry->sizes[entry->size_count++] = (uint32_t)stored;
	}
}

/* Entries. */

static bool joins(const struct made_entry *last, const struct made_entry *entry,
		  uint64_t page_bytes)
{
	return last->address + last->pages * page_bytes == entry->address &&
	       last->first_page + last->pages == entry->first_page &&
	       last->parent == entry->parent && last->stale == entry->stale;
}

static void add_entry(struct made_map *map, const struct made_entry *entry, uint64_t page_bytes,
		      bool may_join)
{
	struct made_entry *last = map->count ? &map->entries[map->count - 1] : NULL;

	if (may_join && last && joins(last, entry, page_bytes)) {
		last->pages += entry->pages;
		return;
	}
	map->entries = grown(map->entries, &map->capacity, map->count, sizeof(*map->entries));
	map->entries[map->count++] = *entry;
}

/*
 * Every piece of a run is owned by one layer. Those above leave it to the next one, those below had it some time
 * before, or did not have it.
 */
static void add_piece(struct made_map *map, struct made_entry piece, size_t owner, size_t layer,
		      bool had_before, uint64_t page_bytes)
{
	piece.parent = layer < owner;
	piece.stale = layer > owner;
	if (!piece.stale || had_before)
		add_entry(map, &piece, page_bytes, true);
}

static void split_run(struct made_map *map, const struct made_run *run, uint64_t first_page,
		      size_t parents, size_t layer, uint64_t *random, uint64_t page_bytes)
{
	uint64_t done = 0;

	while (done < run->pages) {
		uint64_t length = 1 + random_next(random) % LONGEST_PIECE;
		size_t owner = random_next(random) % (parents + 1);
		bool had_before = random_next(random) % 2;

		if (length > run->pages - done)
			length = run->pages - done;
		add_piece(map,
			  (struct made_entry){ .address = run->address + done * page_bytes,
					       .pages = length,
					       .first_page = first_page + done },
			  owner, layer, had_before, page_bytes);
		done += length;
	}
}

static void add_runs(struct made_map *map, const struct made_memory *memory,
		     const struct made_pages *pages, size_t parents, size_t layer)
{
	uint64_t random = (memory->seed + pages->id) * 0x9e3779b97f4a7c15u + 99, first_page = 0;

	for (size_t i = 0; i < pages->run_count; i++) {
		const struct made_run *run = &pages->runs[i];
		const struct made_entry whole = { .address = run->address,
						  .pages = run->pages,
						  .first_page = first_page };

		if (parents)
			split_run(map, run, first_page, parents, layer, &random, pages->page_bytes);
		else
			add_entry(map, &whole, pages->page_bytes, false);
		first_page += run->pages;
	}
}

static bool is_stored(const struct made_entry *entry)
{
	return !entry->parent;
}

/* Every fifth entry stays raw, as shared memory does; every third starts at a whole page. */
static void pack_entries(struct made_map *map, const struct made_memory *memory,
			 const struct made_pages *pages, enum made_packing packing)
{
	struct packer packer;

	packer_open(&packer);
	for (size_t i = 0; i < map->count; i++) {
		struct made_entry *entry = &map->entries[i];

		if (!is_stored(entry))
			continue;
		entry->aligned = i % 3 == 2;
		if (i % 5 == 4)
			continue;
		entry->block_pages = packing == MADE_BY_PAGE ? 1 : MADE_REGION / pages->page_bytes;
		measure(entry, memory, pages, &packer);
	}
	packer_release(&packer);
}

static uint64_t aligned(const struct made_entry *entry, uint64_t offset, uint64_t page_bytes)
{
	return entry->aligned ? (offset + page_bytes - 1) / page_bytes * page_bytes : offset;
}

static uint64_t stored_bytes(const struct made_entry *entry, uint64_t page_bytes)
{
	uint64_t sum = 0;

	if (!entry->block_pages)
		return entry->pages * page_bytes;
	for (size_t i = 0; i < entry->size_count; i++)
		sum += entry->sizes[i];
	return sum;
}

void made_map_make(struct made_map *map, const struct made_memory *memory,
		   const struct made_pages *pages, const struct made_form *form, size_t layer)
{
	*map = (struct made_map){ 0 };
	add_runs(map, memory, pages, form->parents, layer);
	if (form->packing != MADE_RAW && layer % 2 == 0)
		pack_entries(map, memory, pages, form->packing);
	for (size_t i = 0; i < map->count; i++) {
		const struct made_entry *entry = &map->entries[i];

		if (is_stored(entry))
			map->image_bytes = aligned(entry, map->image_bytes, pages->page_bytes) +
					   stored_bytes(entry, pages->page_bytes);
	}
}

void made_map_release(struct made_map *map)
{
	for (size_t i = 0; i < map->count; i++)
		free(map->entries[i].sizes);
	free(map->entries);
	*map = (struct made_map){ 0 };
}

/* Pages images. */

static void write_entry(const struct made_entry *entry, const struct made_memory *memory,
			const struct made_pages *pages, struct packer *packer,
			made_bytes_each *each, void *context)
{
	struct made_entry whole = *entry;

	if (!whole.block_pages)
		whole.block_pages = MADE_REGION / pages->page_bytes;
	for (uint64_t page = 0; page < whole.pages; page += whole.block_pages) {
		uint64_t count = block_at(&whole, page);
		size_t length = count * pages->page_bytes;
		const uint8_t *bytes = packer->raw;

		make_block(memory, pages, entry, page, count, packer->raw);
		if (entry->block_pages)
			bytes = pack(packer, count * pages->page_bytes, &length);
		each(context, bytes, length);
	}
}

/* What lies before an aligned entry has no meaning. */
static void write_padding(uint64_t length, made_bytes_each *each, void *context)
{
	static const uint8_t padding[] = "padding ";

	for (uint64_t done = 0; done < length; done += 8)
		each(context, padding, length - done < 8 ? (size_t)(length - done) : 8);
}

void made_map_write(const struct made_map *map, const struct made_memory *memory,
		    const struct made_pages *pages, made_bytes_each *each, void *context)
{
	struct packer packer;
	uint64_t offset = 0;

	packer_open(&packer);
	for (size_t i = 0; i < map->count; i++) {
		const struct made_entry *entry = &map->entries[i];
		uint64_t start = aligned(entry, offset, pages->page_bytes);

		if (!is_stored(entry))
			continue;
		write_padding(start - offset, each, context);
		write_entry(entry, memory, pages, &packer, each, context);
		offset = start + stored_bytes(entry, pages->page_bytes);
	}
	packer_release(&packer);
}
