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
/* Bytes handed out so far. */
size_t arena_used(const struct arena *arena);

#endif
