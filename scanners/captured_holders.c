#include "scanners/captured_holders.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

#define MOST_HOLDERS ((size_t)4 << 20)
#define MOST_PER_PROCESS 64

struct found {
	struct captured *captured;
	struct holder holder;
};

struct search_for_holders {
	struct captured **by_path;
	size_t path_count;
	struct found *items;
	size_t count, capacity;
};

static int compare_paths(const void *left, const void *right)
{
	return strcmp((*(struct captured *const *)left)->path,
		      (*(struct captured *const *)right)->path);
}

/* What CRIU holds of open files tells its holders by itself. */
static bool is_sought(const struct captured *captured)
{
	return captured->kind == TARGET_FILE && captured->path && !captured->holder_count &&
	       (captured->origin == ORIGIN_ROOTFS_DIFF || captured->origin == ORIGIN_TMPFS ||
		captured->origin == ORIGIN_SHM || captured->origin == ORIGIN_VOLUME);
}

static int list_paths(struct search_for_holders *search, struct captured_list *captured,
		      struct error *err)
{
	search->by_path = calloc(captured->count + 1, sizeof(struct captured *));
	if (!search->by_path)
		return error_no_memory(err, "holders of files");
	for (size_t i = 0; i < captured->count; i++)
		if (is_sought(&captured->items[i]))
			search->by_path[search->path_count++] = &captured->items[i];
	qsort(search->by_path, search->path_count, sizeof(struct captured *), compare_paths);
	return 0;
}

/* The first of this path; path_count: none. */
static size_t place_of(const struct search_for_holders *search, const char *path)
{
	size_t low = 0, high = search->path_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(search->by_path[middle]->path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < search->path_count && strcmp(search->by_path[low]->path, path) == 0
		       ? low
		       : search->path_count;
}

static int note(struct search_for_holders *search, const char *path, struct holder holder,
		struct error *err)
{
	for (size_t i = place_of(search, path);
	     i < search->path_count && strcmp(search->by_path[i]->path, path) == 0; i++) {
		struct found *grown;

		if (search->count == MOST_HOLDERS)
			return 0;
		grown = array_grow(search->items, &search->capacity, search->count + 1,
				   sizeof(*grown));
		if (!grown)
			return error_no_memory(err, "holders of files");
		search->items = grown;
		search->items[search->count++] = (struct found){ search->by_path[i], holder };
	}
	return 0;
}

/* NULL: it has none any more. */
static const char *path_now(const struct open_file *file)
{
	return file->deleted ? file->kept_as : file->path;
}

static int note_descriptors(struct search_for_holders *search, const struct process *process,
			    struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < process->descriptor_count; i++) {
		const struct descriptor *descriptor = &process->descriptors[i];
		const struct open_file *file = descriptor->file;

		if (file && file->kind == OPEN_FILE_FILE && path_now(file))
			ret = note(search, path_now(file),
				   (struct holder){ process->pid, descriptor->fd, true }, err);
	}
	return ret;
}

static int note_mappings(struct search_for_holders *search, const struct process *process,
			 struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < process->vma_count; i++) {
		const struct vma *vma = &process->vmas[i];
		const char *path = vma->file	  ? path_now(vma->file)
				   : vma->deleted ? NULL
						  : vma->path;

		if (vma->kind == VMA_FILE && path)
			ret = note(search, path, (struct holder){ .pid = process->pid }, err);
	}
	return ret;
}

/* The processes that share a list of descriptors are next to each other. */
static int compare_lists(const void *left_item, const void *right_item)
{
	const struct process *left = *(const struct process *const *)left_item;
	const struct process *right = *(const struct process *const *)right_item;

	if (left->descriptors != right->descriptors)
		return left->descriptors > right->descriptors ? 1 : -1;
	return (left->pid > right->pid) - (left->pid < right->pid);
}

/* What was found for one process, once more for another that has the same descriptors. */
static int repeat(struct search_for_holders *search, size_t first, size_t end, uint32_t pid,
		  struct error *err)
{
	for (size_t i = first; i < end && search->count < MOST_HOLDERS; i++) {
		struct found *grown = array_grow(search->items, &search->capacity,
						 search->count + 1, sizeof(*grown));

		if (!grown)
			return error_no_memory(err, "holders of files");
		search->items = grown;
		grown[search->count] = grown[i];
		grown[search->count++].holder.pid = pid;
	}
	return 0;
}

static int note_all_descriptors(struct search_for_holders *search,
				const struct checkpoint *checkpoint, struct error *err)
{
	const struct process **order =
		calloc(checkpoint->process_count + 1, sizeof(const struct process *));
	size_t first = 0, end = 0;
	int ret = order ? 0 : error_no_memory(err, "holders of files");

	for (size_t i = 0; !ret && i < checkpoint->process_count; i++)
		order[i] = &checkpoint->processes[i];
	if (!ret)
		qsort(order, checkpoint->process_count, sizeof(const struct process *),
		      compare_lists);
	for (size_t i = 0; !ret && i < checkpoint->process_count; i++) {
		if (i && order[i]->descriptors == order[i - 1]->descriptors &&
		    order[i]->descriptor_count == order[i - 1]->descriptor_count) {
			ret = repeat(search, first, end, order[i]->pid, err);
			continue;
		}
		first = search->count;
		ret = note_descriptors(search, order[i], err);
		end = search->count;
	}
	free(order);
	return ret;
}

static int compare_numbers(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

static int compare_found(const void *left_item, const void *right_item)
{
	const struct found *left = left_item, *right = right_item;
	int order = (left->captured > right->captured) - (left->captured < right->captured);

	if (!order)
		order = compare_numbers(left->holder.pid, right->holder.pid);
	if (!order)
		order = compare_numbers(!left->holder.has_fd, !right->holder.has_fd);
	return order ? order : compare_numbers(left->holder.fd, right->holder.fd);
}

/* Several mappings are one, and none beside descriptors. */
static bool adds(const struct holder *holders, size_t count, const struct holder *next)
{
	size_t same = 0;

	while (same < count && same < MOST_PER_PROCESS &&
	       holders[count - same - 1].pid == next->pid)
		same++;
	return same < MOST_PER_PROCESS && (!same || next->has_fd);
}

static int give(struct captured_list *list, struct found *found, size_t count, struct error *err)
{
	struct holder *holders = arena_alloc_array(list->arena, count, sizeof(*holders));
	size_t kept = 0;

	if (!holders)
		return error_no_memory(err, "holders of files");
	for (size_t i = 0; i < count; i++)
		if (adds(holders, kept, &found[i].holder))
			holders[kept++] = found[i].holder;
	found[0].captured->holders = holders;
	found[0].captured->holder_count = kept;
	return 0;
}

static int give_all(struct search_for_holders *search, struct captured_list *list,
		    struct error *err)
{
	int ret = 0;

	if (search->count)
		qsort(search->items, search->count, sizeof(*search->items), compare_found);
	for (size_t i = 0, end; !ret && i < search->count; i = end) {
		for (end = i + 1; end < search->count &&
				  search->items[end].captured == search->items[i].captured;)
			end++;
		ret = give(list, &search->items[i], end - i, err);
	}
	return ret;
}

static int tell_limit(const struct search_for_holders *search, struct warning_list *warnings,
		      struct error *err)
{
	struct warning warning = { .code = WARNING_LIMIT };

	if (search->count < MOST_HOLDERS)
		return 0;
	if (warning_list_add(warnings, &warning,
			     "too many descriptors: not all holders of files are listed") < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

int captured_holders_find(const struct checkpoint *checkpoint, struct captured_list *captured,
			  struct warning_list *warnings, struct error *err)
{
	struct search_for_holders search = { 0 };
	int ret = list_paths(&search, captured, err);

	if (!ret && search.path_count)
		ret = note_all_descriptors(&search, checkpoint, err);
	for (size_t i = 0; !ret && search.path_count && i < checkpoint->process_count; i++)
		ret = note_mappings(&search, &checkpoint->processes[i], err);
	if (!ret)
		ret = tell_limit(&search, warnings, err);
	if (!ret)
		ret = give_all(&search, captured, err);
	free(search.by_path);
	free(search.items);
	return ret;
}
