#include "scanners/mapped_files.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/address_space.h"

static int compare_files(const struct open_file *left, const struct open_file *right)
{
	int order = strcmp(left->path ? left->path : "", right->path ? right->path : "");

	if (!order)
		order = (left->id > right->id) - (left->id < right->id);
	return order ? order : (left > right) - (left < right);
}

static int compare_mapped(const void *left, const void *right)
{
	return compare_files(((const struct mapped_file *)left)->file,
			     ((const struct mapped_file *)right)->file);
}

static int add(struct mapped_files *files, const struct open_file *file, struct error *err)
{
	struct mapped_file *grown;

	/* Pages of one mapping, and mappings of one file, mostly follow each other. */
	if (files->count && files->items[files->count - 1].file == file)
		return 0;
	grown = array_grow(files->items, &files->capacity, files->count + 1, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "mapped files");
	files->items = grown;
	files->items[files->count++] = (struct mapped_file){ file, NULL };
	return 0;
}

static int add_of_process(struct mapped_files *files, const struct process *process,
			  struct error *err)
{
	struct span_cursor cursor = span_cursor_at(process, 0);
	struct span span;
	int ret = 0;

	while (!ret && span_cursor_next(&cursor, &span)) {
		const struct vma *vma = span.region.vma;

		if (span.kind == SPAN_NOT_DUMPED && vma->file && !span.of_file)
			ret = add(files, vma->file, err);
	}
	return ret;
}

static void sort(struct mapped_files *files)
{
	size_t kept = 0;

	if (!files->count)
		return;
	qsort(files->items, files->count, sizeof(*files->items), compare_mapped);
	for (size_t i = 1; i < files->count; i++)
		if (files->items[i].file != files->items[kept].file)
			files->items[++kept] = files->items[i];
	files->count = kept + 1;
}

int mapped_files_list(struct mapped_files *out, const struct checkpoint *checkpoint,
		      struct error *err)
{
	struct mapped_files files = { 0 };
	int ret = 0;

	for (size_t i = 0; !ret && i < checkpoint->process_count; i++)
		ret = add_of_process(&files, &checkpoint->processes[i], err);
	if (ret) {
		mapped_files_release(&files);
		return ret;
	}
	sort(&files);
	*out = files;
	return 0;
}

void mapped_files_release(struct mapped_files *files)
{
	free(files->items);
	*files = (struct mapped_files){ 0 };
}

struct mapped_file *mapped_files_find(const struct mapped_files *files,
				      const struct open_file *file)
{
	const struct mapped_file key = { file, NULL };

	if (!files->count)
		return NULL;
	return bsearch(&key, files->items, files->count, sizeof(key), compare_mapped);
}
