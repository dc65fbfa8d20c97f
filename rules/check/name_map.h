#ifndef CKPT_RULES_CHECK_NAME_MAP_H
#define CKPT_RULES_CHECK_NAME_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Names within scopes, each with a number. Keys are borrowed and must outlive the map. A zeroed map is empty.
 * One thread.
 */
struct name_entry {
	const char *name; /* NULL: free */
	uint32_t length;
	uint32_t scope;
	uint32_t number;
};

struct name_map {
	struct name_entry *entries;
	size_t capacity, count; /* capacity is a power of two */
};

void name_map_release(struct name_map *map);
/* Empties, keeping the memory. */
void name_map_clear(struct name_map *map);
/* False: no memory. A name that is there keeps its number. */
bool name_map_add(struct name_map *map, uint32_t scope, const char *name, size_t length,
		  uint32_t number);
bool name_map_find(const struct name_map *map, uint32_t scope, const char *name, size_t length,
		   uint32_t *number);

#endif
