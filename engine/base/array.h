#ifndef CKPT_ENGINE_BASE_ARRAY_H
#define CKPT_ENGINE_BASE_ARRAY_H

#include <stddef.h>

/*
 * Makes room for @needed items in a malloc'd array that holds *@capacity of them, growing by halves, so
 * that pushing n items costs n. Returns the array (moved or not) and sets *@capacity; NULL when there is no
 * memory or the size overflows: then the old array is untouched.
 *
 *	struct run *grown = array_grow(list->runs, &list->capacity, list->count + 1, sizeof(*list->runs));
 */
void *array_grow(void *items, size_t *capacity, size_t needed, size_t item_bytes);

#endif
