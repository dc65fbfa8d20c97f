#include "rules/check/name_map.h"

#include <stdlib.h>
#include <string.h>

void name_map_release(struct name_map *map)
{
	free(map->entries);
	*map = (struct name_map){ 0 };
}

void name_map_clear(struct name_map *map)
{
	/* A map that one large rule has blown up would make every small one after it slow to clear. */
	if (map->capacity > 1024) {
		name_map_release(map);
		return;
	}
	if (map->entries)
		memset(map->entries, 0, map->capacity * sizeof(*map->entries));
	map->count = 0;
}

/* FNV-1a, then mixed: names of rules often differ in their last digits only. */
static uint64_t hash_of(uint32_t scope, const char *name, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325u ^ scope;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3u;
	hash ^= hash >> 29;
	return hash * 0x9e3779b97f4a7c15u;
}

static bool is_entry(const struct name_entry *entry, uint32_t scope, const char *name,
		     size_t length)
{
	return entry->scope == scope && entry->length == length &&
	       memcmp(entry->name, name, length) == 0;
}

static struct name_entry *slot_of(const struct name_map *map, uint32_t scope, const char *name,
				  size_t length)
{
	size_t mask = map->capacity - 1;
	size_t i = (size_t)(hash_of(scope, name, length) >> 20) & mask;

	while (map->entries[i].name && !is_entry(&map->entries[i], scope, name, length))
		i = (i + 1) & mask;
	return &map->entries[i];
}

static bool grow(struct name_map *map)
{
	size_t capacity = map->capacity ? map->capacity * 2 : 64;
	struct name_map larger = { calloc(capacity, sizeof(*larger.entries)), capacity,
				   map->count };

	if (!larger.entries)
		return false;
	for (size_t i = 0; i < map->capacity; i++) {
		const struct name_entry *entry = &map->entries[i];

		if (entry->name)
			*slot_of(&larger, entry->scope, entry->name, entry->length) = *entry;
	}
	free(map->entries);
	*map = larger;
	return true;
}

bool name_map_add(struct name_map *map, uint32_t scope, const char *name, size_t length,
		  uint32_t number)
{
	if (length > UINT32_MAX || (map->count + 1 > map->capacity / 2 && !grow(map)))
		return false;

	struct name_entry *slot = slot_of(map, scope, name, length);

	if (!slot->name) {
		*slot = (struct name_entry){ name, (uint32_t)length, scope, number };
		map->count++;
	}
	return true;
}

bool name_map_find(const struct name_map *map, uint32_t scope, const char *name, size_t length,
		   uint32_t *number)
{
	if (!map->count)
		return false;

	const struct name_entry *slot = slot_of(map, scope, name, length);

	if (!slot->name)
		return false;
	*number = slot->number;
	return true;
}
