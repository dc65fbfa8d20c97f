#include "engine/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CHUNK_BYTES 4096u
#define LARGEST_CHUNK_BYTES (1u << 20)

struct chunk {
	struct chunk *next;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct chunk *chunks; /* the one in use first */
	size_t limit, used, next_size;
};

struct arena *arena_new(size_t limit_bytes)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		return NULL;
	arena->limit = limit_bytes ? limit_bytes : SIZE_MAX;
	arena->next_size = FIRST_CHUNK_BYTES;
	return arena;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(arena);
}

static struct chunk *add_chunk(struct arena *arena, size_t bytes)
{
	size_t size = bytes > arena->next_size ? bytes : arena->next_size;
	struct chunk *chunk = calloc(1, sizeof(*chunk) + size);

	if (!chunk)
		return NULL;
	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	if (arena->next_size < LARGEST_CHUNK_BYTES)
		arena->next_size *= 2;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	const size_t step = alignof(max_align_t);

	if (bytes > SIZE_MAX / 2)
		return NULL;

	size_t rounded = bytes ? (bytes + step - 1) / step * step : step;

	if (rounded > arena->limit - arena->used)
		return NULL;

	struct chunk *chunk = arena->chunks;

	if (!chunk || rounded > chunk->size - chunk->used) {
		chunk = add_chunk(arena, rounded);
		if (!chunk)
			return NULL;
	}

	void *memory = chunk->bytes + chunk->used;

	chunk->used += rounded;
	arena->used += rounded;
	return memory;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t item_bytes)
{
	if (item_bytes && count > SIZE_MAX / item_bytes)
		return NULL;
	return arena_alloc(arena, count * item_bytes);
}

void *arena_copy(struct arena *arena, const void *bytes, size_t length)
{
	void *copy = arena_alloc(arena, length);

	if (copy && length)
		memcpy(copy, bytes, length);
	return copy;
}

char *arena_copy_string(struct arena *arena, const char *text, size_t length)
{
	if (length == SIZE_MAX)
		return NULL;

	char *copy = arena_alloc(arena, length + 1);

	if (copy && length)
		memcpy(copy, text, length);
	return copy;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}

struct arena_mark arena_mark(const struct arena *arena)
{
	struct chunk *chunk = arena->chunks;

	return (struct arena_mark){ chunk, chunk ? chunk->used : 0, arena->used, arena->next_size };
}

/* Whoever allocates next expects zeros. */
static void give_back(struct chunk *chunk, size_t used)
{
	memset(chunk->bytes + used, 0, chunk->used - used);
	chunk->used = used;
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
	while (arena->chunks != mark.chunk) {
		struct chunk *chunk = arena->chunks;

		/* The first one may stay: a loop that begins with an empty arena need not make it each time. */
		if (!chunk->next && !mark.chunk && chunk->size == FIRST_CHUNK_BYTES) {
			give_back(chunk, 0);
			break;
		}
		arena->chunks = chunk->next;
		free(chunk);
	}
	if (mark.chunk)
		give_back(mark.chunk, mark.chunk_used);
	arena->used = mark.used;
	arena->next_size = mark.next_size;
}
