#include "scanners/core_dump/core_files.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/build_id.h"

struct making {
	struct checkpoint *checkpoint;
	const struct process *process;
	const struct core_file *file;
	struct open_file *files;
	size_t count;
};

static bool is_file(const struct vma *vma)
{
	return vma->kind == VMA_FILE && vma->path && vma->path[0] == '/';
}

/* By path, a deleted one apart; mappings of one file by address. */
static int compare(const void *left_item, const void *right_item)
{
	const struct vma *left = *(struct vma *const *)left_item;
	const struct vma *right = *(struct vma *const *)right_item;
	int order = strcmp(left->path, right->path);

	if (!order)
		order = (int)left->deleted - (int)right->deleted;
	return order ? order : (left->start > right->start) - (left->start < right->start);
}

static bool same_file(const struct vma *left, const struct vma *right)
{
	return left->deleted == right->deleted && strcmp(left->path, right->path) == 0;
}

/* The run that begins where the mapping does; NULL: that page is not there. */
static const struct page_run *first_run(const struct process *process, const struct vma *vma)
{
	size_t low = 0, high = process->run_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (process->runs[middle].address < vma->start)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == process->run_count || process->runs[low].address != vma->start ||
	    process->runs[low].lost)
		return NULL;
	return &process->runs[low];
}

/* Of the file that @vma shows from its first byte on. */
static bool read_id(const struct making *making, const struct vma *vma, struct build_id *out)
{
	const struct page_run *run = vma->offset ? NULL : first_run(making->process, vma);
	struct piece piece;
	struct content content;

	if (!run)
		return false;
	piece = (struct piece){ .length = run->length,
				.offset = making->file->bytes.offset + run->offset,
				.file = making->file->bytes.file,
				.kind = PIECE_STORED };
	content = (struct content){ run->length, &piece, 1 };
	return build_id_read(out, &content, making->file->files);
}

/* Whether all mappings that tell an id tell the same one: a path may have led to two files, one after the other. */
static bool read_one_id(const struct making *making, struct vma *const *group, size_t count,
			struct build_id *out)
{
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		struct build_id id;

		if (!read_id(making, group[i], &id))
			continue;
		if (found &&
		    (id.length != out->length || memcmp(id.data, out->data, id.length) != 0))
			return false;
		*out = id;
		found = true;
	}
	return found;
}

static int add_file(struct making *making, struct vma **group, size_t count, struct error *err)
{
	struct build_id id;
	const uint8_t *copy;
	struct open_file *file;

	if (!read_one_id(making, group, count, &id))
		return 0;
	copy = arena_copy(making->checkpoint->arena, id.data, id.length);
	if (!copy)
		return error_no_memory(err, "files of a core dump");
	file = &making->files[making->count];
	*file = (struct open_file){ .id = (uint32_t)making->count,
				    .kind = OPEN_FILE_FILE,
				    .path = group[0]->path,
				    .deleted = group[0]->deleted,
				    .build_id = { copy, id.length } };
	making->count++;
	for (size_t i = 0; i < count; i++)
		group[i]->file = file;
	return 0;
}

static int add_files(struct making *making, struct vma **sorted, size_t count, struct error *err)
{
	size_t start = 0;
	int ret = 0;

	for (size_t i = 1; i <= count && !ret; i++) {
		if (i < count && same_file(sorted[start], sorted[i]))
			continue;
		ret = add_file(making, sorted + start, i - start, err);
		start = i;
	}
	return ret;
}

int core_files_fill(struct checkpoint *checkpoint, struct vma *vmas, size_t vma_count,
		    const struct core_file *file, struct error *err)
{
	struct making making = { .checkpoint = checkpoint,
				 .process = &checkpoint->processes[0],
				 .file = file };
	struct vma **sorted = calloc(vma_count + 1, sizeof(*sorted));
	size_t count = 0;
	int ret;

	if (!sorted)
		return error_no_memory(err, "files of a core dump");
	for (size_t i = 0; i < vma_count; i++) {
		if (is_file(&vmas[i]))
			sorted[count++] = &vmas[i];
	}
	if (count)
		qsort(sorted, count, sizeof(*sorted), compare);
	making.files = arena_alloc_array(checkpoint->arena, count + 1, sizeof(*making.files));
	ret = making.files ? add_files(&making, sorted, count, err)
			   : error_no_memory(err, "files of a core dump");
	free(sorted);
	checkpoint->files = making.files;
	checkpoint->file_count = making.count;
	return ret;
}
