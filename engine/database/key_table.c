#include "engine/database/key_table.h"

#include <string.h>

#include "engine/base/bitmap.h"

#define BUCKET_BITS 16u
#define BUCKETS (1u << BUCKET_BITS)

/* The differences between the bytes of an atom, the first pair lowest. */
struct key_entry {
	uint32_t differences;
	uint32_t number;
};

/*
 * By a hash of the differences:
 *
 *	filled	0 0 1 0 1 ...			looked at for every byte, small enough for the first cache
 *	first	0 0 0 2 2 3 ...			bucket b has the entries first[b] to first[b + 1]
 *	entries	[ bucket 2    ][ bucket 4 ] ...
 */
struct key_table {
	uint64_t filled[BITMAP_WORDS(BUCKETS)];
	uint32_t first[BUCKETS + 1];
	struct key_entry *entries;
	size_t count;
};

static uint32_t bucket_of(uint32_t differences)
{
	return (differences * 0x9e3779b1u) >> (32 - BUCKET_BITS);
}

/* Of the KEYED_BYTES bytes @at. */
static uint32_t differences_at(const uint8_t *at)
{
	uint32_t left, right;

	memcpy(&left, at, sizeof(left));
	memcpy(&right, at + 1, sizeof(right));
	return left ^ right;
}

/* Puts @entries in order of their buckets. */
static int make_table(const struct key_table **out, const struct key_entry *entries, size_t count,
		      struct arena *arena, struct error *err)
{
	struct key_table *table = arena_alloc(arena, count ? sizeof(*table) : 1);
	uint32_t next = 0;

	*out = NULL;
	if (count == 0)
		return 0;
	if (!table)
		return error_no_memory(err, "strings under any key");
	table->count = count;
	table->entries = arena_alloc_array(arena, count, sizeof(*table->entries));
	if (!table->entries)
		return error_no_memory(err, "strings under any key");
	for (size_t i = 0; i < count; i++)
		table->first[bucket_of(entries[i].differences)]++;
	for (uint32_t bucket = 0; bucket < BUCKETS; bucket++) {
		uint32_t size = table->first[bucket];

		if (size)
			bitmap_set(table->filled, bucket);
		table->first[bucket] = next + size; /* its end, and soon its beginning */
		next += size;
	}
	table->first[BUCKETS] = next;
	for (size_t i = count; i-- > 0;)
		table->entries[--table->first[bucket_of(entries[i].differences)]] = entries[i];
	*out = table;
	return 0;
}

int key_table_make(const struct key_table **out, const struct atom *const *atoms, size_t count,
		   uint32_t first_number, struct arena *arena, struct error *err)
{
	struct key_entry *entries = arena_alloc_array(arena, count + 1, sizeof(*entries));

	if (!entries)
		return error_no_memory(err, "strings under any key");
	for (size_t i = 0; i < count; i++)
		entries[i] = (struct key_entry){ differences_at(atoms[i]->bytes),
						 first_number + (uint32_t)i };
	return make_table(out, entries, count, arena, err);
}

size_t key_table_count(const struct key_table *table)
{
	return table ? table->count : 0;
}

static int report(const struct key_table *table, uint32_t differences, size_t start,
		  window_found *found, void *context)
{
	uint32_t bucket = bucket_of(differences);
	int ret = 0;

	for (uint32_t i = table->first[bucket]; ret == 0 && i < table->first[bucket + 1]; i++)
		if (table->entries[i].differences == differences)
			ret = found(context, table->entries[i].number, start + KEYED_BYTES);
	return ret;
}

void key_table_scan(const struct key_table *table, const struct bytes *text, window_found *found,
		    void *context)
{
	if (!table)
		return;
	for (size_t start = 0; text->length - start >= KEYED_BYTES; start++) {
		uint32_t differences = differences_at(text->data + start);

		if (bitmap_test(table->filled, bucket_of(differences)) &&
		    report(table, differences, start, found, context))
			return;
	}
}

/* u32 atoms, then of each: u32 differences, u32 number. */
void key_table_save(const struct key_table *table, struct byte_writer *out)
{
	byte_writer_add_u32(out, (uint32_t)key_table_count(table));
	for (size_t i = 0; i < key_table_count(table); i++) {
		byte_writer_add_u32(out, table->entries[i].differences);
		byte_writer_add_u32(out, table->entries[i].number);
	}
}

int key_table_load(const struct key_table **out, size_t number_count, struct bytes_reader *in,
		   struct arena *arena, struct error *err)
{
	struct key_entry *entries;
	uint32_t count;

	if (!bytes_take_u32(in, &count) || count > in->rest.length / sizeof(*entries))
		return error_set(err, ERROR_FORMAT, 0, "the strings under any key end too early");
	entries = arena_alloc_array(arena, (size_t)count + 1, sizeof(*entries));
	if (!entries)
		return error_no_memory(err, "strings under any key");
	for (size_t i = 0; i < count; i++)
		if (!bytes_take_u32(in, &entries[i].differences) ||
		    !bytes_take_u32(in, &entries[i].number) || entries[i].number >= number_count)
			return error_set(err, ERROR_FORMAT, 0,
					 "a string under any key has no number");
	return make_table(out, entries, count, arena, err);
}
