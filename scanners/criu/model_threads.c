#include "scanners/criu/model.h"

#include <stdlib.h>
#include <string.h>

static int compare_threads(const void *left_item, const void *right_item)
{
	const struct thread *left = left_item, *right = right_item;

	return (left->id > right->id) - (left->id < right->id);
}

static size_t join_equal_threads(struct thread *threads, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (!kept || threads[kept - 1].id != threads[i].id)
			threads[kept++] = threads[i];
	}
	return kept;
}

/* What its core says; a core that has not come, or is lost, leaves it without one. */
static int name_thread(struct model *model, struct thread *thread, struct error *err)
{
	const struct stored_image *core = image_table_find(model->table, IMAGE_CORE, thread->id);
	const char *name = core && core->core.decoded ? core->core.name : "";

	thread->name = *name ? arena_copy_string(model->checkpoint->arena, name, strlen(name)) : "";
	return thread->name ? 0 : error_no_memory(err, "threads");
}

/* The process's own id is that of its first thread, also where the tree leaves it out. */
int model_threads(struct model *model, struct process *process, const struct tree_entry *entry,
		  struct error *err)
{
	size_t count = (size_t)entry->thread_count + 1;
	const uint32_t *ids = model->facts.tree->threads;
	struct thread *threads =
		arena_alloc_array(model->checkpoint->arena, count, sizeof(*threads));
	int ret = 0;

	if (!threads)
		return error_no_memory(err, "threads");
	threads[0].id = entry->pid;
	for (size_t i = 1; i < count; i++)
		threads[i].id = ids[entry->first_thread + i - 1];
	qsort(threads, count, sizeof(*threads), compare_threads);
	count = join_equal_threads(threads, count);
	for (size_t i = 0; i < count && !ret; i++)
		ret = name_thread(model, &threads[i], err);
	process->threads = threads;
	process->thread_count = (uint32_t)count;
	return ret;
}
