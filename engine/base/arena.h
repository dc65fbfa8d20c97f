#ifndef CKPT_ENGINE_BASE_ARENA_H
#define CKPT_ENGINE_BASE_ARENA_H

#include <stddef.h>

/*
 * Memory that is built up in one phase and freed at once. One thread builds;
 * what was built may then be read by any number of threads.
 */
struct arena;

/* NULL when there is no memory. @limit_bytes: what all allocations together may take; 0: no limit. */
struct arena *arena_new(size_t limit_bytes);
void arena_free(struct arena *arena);

/* Zeroed memory, aligned for any type, valid until arena_free(). NULL: no memory, or the limit is reached. */
void *arena_alloc(struct arena *arena, size_t bytes);
/* The same for @count items; checks the multiplication. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t item_bytes);
/* Copies; a string copy is terminated whatever @bytes holds. */
void *arena_copy(struct arena *arena, const void *bytes, size_t length);
char *arena_copy_string(struct arena *arena, const char *text, size_t length);
/* Bytes handed out so far, less what was given back. */
size_t arena_used(const struct arena *arena);

/* How far an arena was built up. Marks nest: going back to one makes all later ones void. */
struct arena_mark {
	void *chunk;
	size_t chunk_used, used, next_size;
};

struct arena_mark arena_mark(const struct arena *arena);
/* Gives back everything that was handed out since @mark. */
void arena_rewind(struct arena *arena, struct arena_mark mark);

#endif
