#ifndef CKPT_ENGINE_SEARCH_LOST_LIST_H
#define CKPT_ENGINE_SEARCH_LOST_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"

/* Bytes of a file that a block has and nobody could read. */
struct lost {
	uint64_t offset, length;
	uint32_t file;
	enum warning_code code; /* TRUNCATED, CHANGED_WHILE_READ or READ_ERROR */
};

/* Release with free(items). */
struct lost_list {
	struct lost *items;
	size_t count, capacity;
};

/* Joins what continues or repeats the item before. */
int lost_list_add(struct lost_list *list, const struct lost *lost, struct error *err);
/* Sorts and joins: afterwards no byte is listed twice for the same reason. */
void lost_list_merge(struct lost_list *list);
/* One warning an item; merge first, so that how the blocks were cut does not show. */
void lost_list_warn(const struct lost_list *list, const struct file_table *files,
		    struct warning_list *warnings);

#endif
