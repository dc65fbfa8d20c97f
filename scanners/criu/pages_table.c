#include "scanners/criu/pages_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/array.h"

int pages_table_add(struct pages_table *table, uint64_t id, uint32_t file, uint64_t offset,
		    uint64_t length, struct error *err)
{
	struct pages_file *grown =
		array_grow(table->files, &table->capacity, table->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "a table of pages images");
	table->files = grown;
	table->files[table->count] = (struct pages_file){
		.id = id, .offset = offset, .length = length, .file = file, .order = table->count
	};
	table->count++;
	table->sorted = false;
	return 0;
}

void pages_table_lose(struct pages_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->files[i].order == table->count - 1)
			table->files[i].cut_here = true;
}

static int compare_files(const void *left_item, const void *right_item)
{
	const struct pages_file *left = left_item, *right = right_item;

	if (left->id != right->id)
		return left->id > right->id ? 1 : -1;
	return (left->order > right->order) - (left->order < right->order);
}

static int warn_double(uint64_t id, struct warning_list *warnings, struct error *err)
{
	char name[48];
	struct warning warning = { .code = WARNING_DUPLICATE_MEMBER, .file = name };

	snprintf(name, sizeof(name), "pages-%" PRIu64 ".img", id);
	if (warning_list_add(warnings, &warning, "%s: comes twice, the last one counts", name) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

int pages_table_sort(struct pages_table *table, struct warning_list *warnings, struct error *err)
{
	size_t kept = 0;
	int ret = 0;

	if (table->sorted || !table->count)
		return 0;
	qsort(table->files, table->count, sizeof(*table->files), compare_files);
	for (size_t i = 0; i < table->count; i++) {
		bool again = kept && table->files[kept - 1].id == table->files[i].id;

		if (again && warnings && ret == 0)
			ret = warn_double(table->files[i].id, warnings, err);
		table->files[again ? kept - 1 : kept++] = table->files[i];
	}
	table->count = kept;
	table->sorted = true;
	for (size_t i = 0; i < kept; i++)
		table->files[i].order = i;
	return ret;
}

const struct pages_file *pages_table_find(const struct pages_table *table, uint64_t id)
{
	const struct pages_file *files = table->files;
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (files[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < table->count && files[low].id == id ? &files[low] : NULL;
}

void pages_table_release(struct pages_table *table)
{
	free(table->files);
	*table = (struct pages_table){ 0 };
}
