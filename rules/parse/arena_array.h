#ifndef CKPT_RULES_PARSE_ARENA_ARRAY_H
#define CKPT_RULES_PARSE_ARENA_ARRAY_H

#include "engine/base/arena.h"

/*
 * Makes room for one more item in an array of @count that grew in @arena by this function alone: it doubles
 * whenever @count is a power of two, so that no capacity need be kept. Returns the array, moved or not; NULL
 * without memory.
 */
void *arena_array_grow(struct arena *arena, void *items, size_t count, size_t item_bytes);

#endif
