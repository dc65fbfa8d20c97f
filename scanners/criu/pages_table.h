#ifndef CKPT_SCANNERS_CRIU_PAGES_TABLE_H
#define CKPT_SCANNERS_CRIU_PAGES_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"

/* Where pages-N.img lies. */
struct pages_file {
	uint64_t id; /* N */
	uint64_t offset, length;
	uint32_t file; /* in the file table */
	size_t order; /* in which they came */
	bool cut_here; /* it goes on behind @length, but that could not be kept */
};

/* The pages images that have come. Zeroed is empty. */
struct pages_table {
	struct pages_file *files;
	size_t count, capacity;
	bool sorted;
};

/* The same id again replaces the first. */
int pages_table_add(struct pages_table *table, uint64_t id, uint32_t file, uint64_t offset,
		    uint64_t length, struct error *err);
/* The rest of the one that came last could not be kept. */
void pages_table_lose(struct pages_table *table);
/* By id, each once. @warnings, if not NULL, hears of those that were replaced since the last time. */
int pages_table_sort(struct pages_table *table, struct warning_list *warnings, struct error *err);
/* Of a sorted table; NULL: none. */
const struct pages_file *pages_table_find(const struct pages_table *table, uint64_t id);
void pages_table_release(struct pages_table *table);

#endif
