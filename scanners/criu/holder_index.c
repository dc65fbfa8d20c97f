#include "scanners/criu/holder_index.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

/* The kernel lets a machine have about a million open files; forked workers share them. */
#define MOST_HOLDERS (UINT64_C(1) << 22)

static bool held_of_file(const struct facts *facts, const struct open_file *file, struct held *out)
{
	static const struct {
		enum open_file_kind kind;
		enum held_kind held;
	} kinds[] = {
		{ OPEN_FILE_PIPE, HELD_PIPE },	       { OPEN_FILE_FIFO, HELD_FIFO },
		{ OPEN_FILE_SOCKET, HELD_SOCKET },     { OPEN_FILE_MEMFD, HELD_OBJECT },
		{ OPEN_FILE_TERMINAL, HELD_TERMINAL }, { OPEN_FILE_BPF_MAP, HELD_BPF_MAP },
	};
	const struct deleted_file *deleted;

	if (file->kind == OPEN_FILE_FILE) {
		deleted = file->deleted ? deleted_files_find(facts->deleted, file->id) : NULL;
		*out = (struct held){ HELD_GHOST, deleted ? deleted->number : 0 };
		return deleted && deleted->ghost;
	}
	/* What nothing describes has no object: 0 is one. */
	if (file->kind == OPEN_FILE_MEMFD && !file->path)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		*out = (struct held){ kinds[i].held, file->object };
		if (kinds[i].kind == file->kind)
			return true;
	}
	return false;
}

static int compare_held(struct held left, struct held right)
{
	if (left.kind != right.kind)
		return left.kind > right.kind ? 1 : -1;
	return (left.object > right.object) - (left.object < right.object);
}

static int compare_files(const void *left_item, const void *right_item)
{
	const struct held_file *left = left_item, *right = right_item;
	int order = compare_held(left->held, right->held);

	if (order)
		return order;
	return (left->file->id > right->file->id) - (left->file->id < right->file->id);
}

static int compare_holders(const void *left_item, const void *right_item)
{
	const struct held_by *left = left_item, *right = right_item;
	int order = compare_held(left->held, right->held);

	if (!order)
		order = (left->holder.pid > right->holder.pid) -
			(left->holder.pid < right->holder.pid);
	if (!order)
		order = right->holder.has_fd - left->holder.has_fd;
	return order ? order
		     : (left->holder.fd > right->holder.fd) - (left->holder.fd < right->holder.fd);
}

static int index_files(struct holder_index *index, const struct checkpoint *checkpoint,
		       const struct facts *facts, struct error *err)
{
	index->files = calloc(checkpoint->file_count + 1, sizeof(*index->files));
	if (!index->files)
		return error_no_memory(err, "holders of files");
	for (size_t i = 0; i < checkpoint->file_count; i++) {
		struct held_file *added = &index->files[index->file_count];

		added->file = &checkpoint->files[i];
		if (held_of_file(facts, added->file, &added->held))
			index->file_count++;
	}
	qsort(index->files, index->file_count, sizeof(*index->files), compare_files);
	return 0;
}

static int add_holder(struct holder_index *index, struct held held, struct holder holder,
		      struct error *err)
{
	struct held_by *grown = array_grow(index->holders, &index->holder_capacity,
					   index->holder_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "holders of files");
	index->holders = grown;
	index->holders[index->holder_count++] = (struct held_by){ held, holder };
	return 0;
}

static bool held_of_vma(const struct facts *facts, const struct vma *vma, struct held *out)
{
	if (vma->backing == BACKING_FILE)
		return vma->file && held_of_file(facts, vma->file, out);
	if (vma->backing != BACKING_OBJECT || !vma->object)
		return false;
	*out = (struct held){ HELD_OBJECT, vma->object->id };
	return true;
}

static int index_process(struct holder_index *index, const struct process *process,
			 const struct facts *facts, struct error *err)
{
	struct held held;
	int ret = 0;

	for (size_t i = 0; i < process->descriptor_count && !ret; i++) {
		const struct descriptor *descriptor = &process->descriptors[i];

		if (held_of_file(facts, descriptor->file, &held))
			ret = add_holder(index, held,
					 (struct holder){ process->pid, descriptor->fd, true },
					 err);
	}
	for (size_t i = 0; i < process->vma_count && !ret; i++) {
		if (held_of_vma(facts, &process->vmas[i], &held))
			ret = add_holder(index, held, (struct holder){ .pid = process->pid }, err);
	}
	return ret;
}

/* Many mappings of one file by one process are one holder, and none where it has it open. */
static void drop_doubles(struct holder_index *index)
{
	size_t kept = 0;

	for (size_t i = 0; i < index->holder_count; i++) {
		const struct held_by *last = kept ? &index->holders[kept - 1] : NULL;
		const struct held_by *next = &index->holders[i];

		if (last && compare_held(last->held, next->held) == 0 &&
		    last->holder.pid == next->holder.pid && !next->holder.has_fd)
			continue;
		index->holders[kept++] = *next;
	}
	index->holder_count = kept;
}

static int warn_limit(struct holder_index *index, struct error *err)
{
	struct warning warning = { .code = WARNING_LIMIT };

	if (index->told_limit)
		return 0;
	index->told_limit = true;
	if (warning_list_add(index->warnings, &warning,
			     "too many descriptors: not all holders of files are listed") < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

int holder_index_make(struct holder_index *out, const struct checkpoint *checkpoint,
		      const struct facts *facts, struct warning_list *warnings, struct error *err)
{
	uint64_t cost = 0;
	int ret;

	*out = (struct holder_index){ .warnings = warnings };
	ret = index_files(out, checkpoint, facts, err);
	for (size_t i = 0; i < checkpoint->process_count && !ret; i++) {
		const struct process *process = &checkpoint->processes[i];

		cost += process->descriptor_count + process->vma_count;
		if (cost > MOST_HOLDERS) {
			ret = warn_limit(out, err);
			break;
		}
		ret = index_process(out, process, facts, err);
	}
	if (out->holder_count) {
		qsort(out->holders, out->holder_count, sizeof(*out->holders), compare_holders);
		drop_doubles(out);
	}
	if (ret)
		holder_index_release(out);
	return ret;
}

void holder_index_release(struct holder_index *index)
{
	free(index->files);
	free(index->holders);
	*index = (struct holder_index){ 0 };
}

const struct open_file *holder_index_file(const struct holder_index *index, struct held held)
{
	size_t low = 0, high = index->file_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_held(index->files[middle].held, held) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == index->file_count || compare_held(index->files[low].held, held) != 0)
		return NULL;
	return index->files[low].file;
}

static size_t first_holder(const struct holder_index *index, struct held held, size_t *count)
{
	size_t low = 0, high = index->holder_count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_held(index->holders[middle].held, held) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low;
	     end < index->holder_count && compare_held(index->holders[end].held, held) == 0; end++)
		;
	*count = end - low;
	return low;
}

static bool comes_before(const struct holder *left, const struct holder *right)
{
	if (left->pid != right->pid)
		return left->pid < right->pid;
	if (left->has_fd != right->has_fd)
		return left->has_fd;
	return left->fd < right->fd;
}

/* Merges two sorted stretches of the index. */
static void merge(const struct holder_index *index, size_t left, size_t left_end, size_t right,
		  size_t right_end, struct holder *out)
{
	while (left < left_end || right < right_end) {
		bool from_left = right == right_end ||
				 (left < left_end && comes_before(&index->holders[left].holder,
								  &index->holders[right].holder));

		*out++ = index->holders[from_left ? left++ : right++].holder;
	}
}

int holder_index_list(struct holder_index *index, struct held held, struct held other,
		      struct arena *arena, const struct holder **out, size_t *count,
		      struct error *err)
{
	size_t left_count, right_count = 0, right = 0;
	size_t left = first_holder(index, held, &left_count);
	struct holder *list;

	if (compare_held(held, other) != 0)
		right = first_holder(index, other, &right_count);
	*out = NULL;
	*count = left_count + right_count;
	index->listed += *count;
	if (index->listed > 2 * MOST_HOLDERS) {
		*count = 0;
		return warn_limit(index, err);
	}
	list = arena_alloc_array(arena, *count, sizeof(*list));
	if (!list)
		return error_no_memory(err, "holders of files");
	merge(index, left, left + left_count, right, right + right_count, list);
	*out = list;
	return 0;
}
