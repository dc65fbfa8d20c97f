#include "engine/chains/start_set.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/bitmap.h"

#define FIRST_CAPACITY 4u
#define BITS_BYTES (START_CHUNK_STARTS / 8)
#define LENGTHS_BYTES (START_CHUNK_STARTS * sizeof(uint16_t))

void start_set_init(struct start_set *set, uint64_t length, bool varies)
{
	*set = (struct start_set){ .longest = length, .varies = varies };
}

static void chunk_release(struct start_chunk *chunk)
{
	free(chunk->list);
	free(chunk->bits);
	free(chunk->lengths);
}

void start_set_release(struct start_set *set)
{
	for (size_t i = 0; i < set->chunk_count; i++)
		chunk_release(&set->chunks[i]);
	free(set->chunks);
	*set = (struct start_set){ 0 };
}

static int pay(struct start_set *set, struct match_credit *credit, uint64_t bytes,
	       struct error *err)
{
	if (!match_credit_use(credit, bytes))
		return error_set(err, ERROR_LIMIT, 0,
				 "no room for more matches of a chain's parts");
	set->paid += bytes;
	return 0;
}

static void pay_back(struct start_set *set, struct match_credit *credit, uint64_t bytes)
{
	set->paid -= bytes;
	match_credit_return(credit, bytes);
}

static int no_memory(struct start_set *set, struct match_credit *credit, uint64_t paid,
		     struct error *err)
{
	pay_back(set, credit, paid);
	return error_no_memory(err, "matches of a chain's parts");
}

/* The first chunk whose number is not below @number. */
static size_t chunk_index(const struct start_set *set, uint64_t number)
{
	size_t low = 0, high = set->chunk_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->chunks[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Shards are done nearly in order, so what has to move are few. */
static int insert_chunk(struct start_set *set, struct match_credit *credit, size_t index,
			uint64_t number, struct error *err)
{
	const uint64_t bytes = 2 * sizeof(struct start_chunk); /* growth included */
	struct start_chunk *grown;
	int ret = pay(set, credit, bytes, err);

	if (ret)
		return ret;
	grown = array_grow(set->chunks, &set->chunk_capacity, set->chunk_count + 1, sizeof(*grown));
	if (!grown)
		return no_memory(set, credit, bytes, err);
	set->chunks = grown;
	memmove(grown + index + 1, grown + index, (set->chunk_count - index) * sizeof(*grown));
	grown[index] = (struct start_chunk){ .number = number };
	set->chunk_count++;
	return 0;
}

static int find_chunk(struct start_set *set, struct match_credit *credit, uint64_t number,
		      struct start_chunk **out, struct error *err)
{
	size_t index = set->last;
	int ret = 0;

	if (index >= set->chunk_count || set->chunks[index].number != number)
		index = chunk_index(set, number);
	if (index == set->chunk_count || set->chunks[index].number != number)
		ret = insert_chunk(set, credit, index, number, err);
	if (ret)
		return ret;
	set->last = index;
	*out = &set->chunks[index];
	return 0;
}

static void put_in_bitmap(struct start_chunk *chunk, uint32_t entry)
{
	bitmap_set(chunk->bits, entry >> 16);
	if (chunk->lengths)
		chunk->lengths[entry >> 16] = (uint16_t)entry;
}

static int make_bitmap(struct start_set *set, struct start_chunk *chunk,
		       struct match_credit *credit, struct error *err)
{
	uint64_t bytes = BITS_BYTES + (set->varies ? LENGTHS_BYTES : 0);
	int ret = pay(set, credit, bytes, err);

	if (ret)
		return ret;
	chunk->bits = calloc(1, BITS_BYTES);
	chunk->lengths = set->varies ? malloc(LENGTHS_BYTES) : NULL;
	if (!chunk->bits || (set->varies && !chunk->lengths)) {
		free(chunk->bits);
		free(chunk->lengths);
		chunk->bits = NULL;
		chunk->lengths = NULL;
		return no_memory(set, credit, bytes, err);
	}
	for (uint32_t i = 0; i < chunk->count; i++)
		put_in_bitmap(chunk, chunk->list[i]);
	pay_back(set, credit, chunk->capacity * sizeof(*chunk->list));
	free(chunk->list);
	chunk->list = NULL;
	chunk->count = chunk->capacity = 0;
	return 0;
}

static int grow_list(struct start_set *set, struct start_chunk *chunk, struct match_credit *credit,
		     struct error *err)
{
	uint32_t capacity = chunk->capacity ? 2 * chunk->capacity : FIRST_CAPACITY;
	uint64_t bytes = (capacity - chunk->capacity) * sizeof(*chunk->list);
	uint32_t *grown;
	int ret;

	if (capacity * sizeof(*grown) > BITS_BYTES + (set->varies ? LENGTHS_BYTES : 0))
		return make_bitmap(set, chunk, credit, err);
	ret = pay(set, credit, bytes, err);
	if (ret)
		return ret;
	grown = realloc(chunk->list, capacity * sizeof(*grown));
	if (!grown)
		return no_memory(set, credit, bytes, err);
	chunk->list = grown;
	chunk->capacity = capacity;
	return 0;
}

int start_set_add(struct start_set *set, struct match_credit *credit, uint64_t start,
		  uint64_t length, struct error *err)
{
	uint32_t entry = (uint32_t)(start % START_CHUNK_STARTS) << 16;
	struct start_chunk *chunk;
	int ret;

	if (set->varies && length > UINT16_MAX)
		return error_set(err, ERROR_USAGE, 0, "a part's match of %llu bytes",
				 (unsigned long long)length);
	ret = find_chunk(set, credit, start >> START_CHUNK_BITS, &chunk, err);
	if (ret == 0 && !chunk->bits && chunk->count == chunk->capacity)
		ret = grow_list(set, chunk, credit, err);
	if (ret)
		return ret;
	if (set->varies)
		entry |= (uint32_t)length;
	if (set->longest < length)
		set->longest = length;
	if (chunk->bits)
		put_in_bitmap(chunk, entry);
	else
		chunk->list[chunk->count++] = entry;
	return 0;
}

static int compare_entries(const void *left_item, const void *right_item)
{
	uint32_t left = *(const uint32_t *)left_item, right = *(const uint32_t *)right_item;

	return (left > right) - (left < right);
}

void start_set_finish(struct start_set *set)
{
	for (size_t i = 0; i < set->chunk_count; i++)
		if (set->chunks[i].count > 1)
			qsort(set->chunks[i].list, set->chunks[i].count, sizeof(uint32_t),
			      compare_entries);
}

static void enter_chunk(struct start_cursor *cursor)
{
	const struct start_chunk *chunk;

	if (!cursor->chunks_left)
		return;
	chunk = &cursor->set->chunks[cursor->chunks_left - 1];
	cursor->left = chunk->bits ? START_CHUNK_STARTS : chunk->count;
}

void start_cursor_init(struct start_cursor *cursor, const struct start_set *set)
{
	*cursor = (struct start_cursor){ .set = set, .chunks_left = set ? set->chunk_count : 0 };
	enter_chunk(cursor);
}

/* The highest bit below @below. */
static bool bit_below(const uint64_t *bits, uint32_t below, uint32_t *out)
{
	while (below > 0) {
		uint32_t word = (below - 1) / 64, used = (below - 1) % 64 + 1;
		uint64_t left = bits[word] << (64 - used);

		if (left) {
			*out = below - 1 - (uint32_t)__builtin_clzll(left);
			return true;
		}
		below = 64 * word;
	}
	return false;
}

/* The next entry of the chunk, start above and length below. */
static bool next_entry(struct start_cursor *cursor, const struct start_chunk *chunk, uint32_t *out)
{
	uint32_t start;

	if (!chunk->bits) {
		if (cursor->left == 0)
			return false;
		*out = chunk->list[--cursor->left];
		return true;
	}
	if (!bit_below(chunk->bits, cursor->left, &start))
		return false;
	cursor->left = start;
	*out = start << 16 | (chunk->lengths ? chunk->lengths[start] : 0);
	return true;
}

bool start_cursor_next(struct start_cursor *cursor, struct part_match *out)
{
	while (cursor->chunks_left) {
		const struct start_chunk *chunk = &cursor->set->chunks[cursor->chunks_left - 1];
		uint32_t entry;

		if (next_entry(cursor, chunk, &entry)) {
			out->start = (chunk->number << START_CHUNK_BITS) + (entry >> 16);
			out->length =
				cursor->set->varies ? entry & UINT16_MAX : cursor->set->longest;
			return true;
		}
		cursor->chunks_left--;
		enter_chunk(cursor);
	}
	return false;
}
