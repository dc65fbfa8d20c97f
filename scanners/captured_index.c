#include "scanners/captured_index.h"

#include <stdlib.h>
#include <string.h>

/* What was mounted hides what lies below. 0: no file that a path leads to. */
static int rank(const struct captured *captured)
{
	static const int ranks[ORIGINS] = {
		[ORIGIN_SHM] = 1,	  [ORIGIN_TMPFS] = 2,	[ORIGIN_VOLUME] = 3,
		[ORIGIN_ROOTFS_DIFF] = 4, [ORIGIN_DELETED] = 5,
	};

	return captured->kind == TARGET_FILE && captured->path ? ranks[captured->origin] : 0;
}

static int compare_ids(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

static int by_id(const void *left_item, const void *right_item)
{
	const struct captured *const *left = left_item, *const *right = right_item;

	return compare_ids((*left)->file_id, (*right)->file_id);
}

static int by_path(const void *left_item, const void *right_item)
{
	const struct captured *const *left = left_item, *const *right = right_item;
	int order = strcmp((*left)->path, (*right)->path);

	return order ? order : rank(*left) - rank(*right);
}

int captured_index_make(struct captured_index *out, const struct captured_list *list,
			struct error *err)
{
	struct captured_index index = {
		.by_id = calloc(list->count + 1, sizeof(*index.by_id)),
		.by_path = calloc(list->count + 1, sizeof(*index.by_path)),
	};

	if (!index.by_id || !index.by_path) {
		captured_index_release(&index);
		return error_no_memory(err, "captured files");
	}
	for (size_t i = 0; i < list->count; i++) {
		const struct captured *captured = &list->items[i];

		if (captured->kind == TARGET_FILE && captured->has_file_id)
			index.by_id[index.id_count++] = captured;
		if (rank(captured))
			index.by_path[index.path_count++] = captured;
	}
	qsort(index.by_id, index.id_count, sizeof(*index.by_id), by_id);
	qsort(index.by_path, index.path_count, sizeof(*index.by_path), by_path);
	*out = index;
	return 0;
}

void captured_index_release(struct captured_index *index)
{
	free(index->by_id);
	free(index->by_path);
	*index = (struct captured_index){ 0 };
}

/* Index of the first one that is not below @path. */
static size_t first_of_path(const struct captured_index *index, const char *path, bool deleted)
{
	size_t low = 0, high = index->path_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(index->by_path[middle]->path, path);

		if (order < 0 ||
		    (order == 0 && deleted && index->by_path[middle]->origin != ORIGIN_DELETED))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct captured *const *find_path(const struct captured_index *index, const char *path,
					       bool deleted, size_t *count)
{
	size_t first = first_of_path(index, path, deleted), end = first;

	while (end < index->path_count && strcmp(index->by_path[end]->path, path) == 0 &&
	       (index->by_path[end]->origin == ORIGIN_DELETED) == deleted)
		end++;
	*count = end - first;
	return index->by_path + first;
}

static const struct captured *const *find_id(const struct captured_index *index, uint64_t id,
					     size_t *count)
{
	size_t low = 0, high = index->id_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->by_id[middle]->file_id < id)
			low = middle + 1;
		else
			high = middle;
	}
	*count = low < index->id_count && index->by_id[low]->file_id == id;
	return index->by_id + low;
}

const struct captured *const *captured_index_find(const struct captured_index *index,
						  const struct open_file *file, size_t *count)
{
	const struct captured *const *found = find_id(index, file->id, count);

	if (!*count && file->same_as)
		found = find_id(index, file->same_as, count);
	if (!*count && file->kept_as)
		return find_path(index, file->kept_as, false, count);
	if (*count || !file->path)
		return found;
	found = find_path(index, file->path, file->deleted, count);
	/* Of several deleted files of one path nobody knows which it was. */
	if (file->deleted && *count > 1)
		*count = 0;
	return found;
}
