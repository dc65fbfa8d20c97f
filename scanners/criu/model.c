#include "scanners/criu/model.h"

#include <stdlib.h>
#include <string.h>

/* All that is known of one process id; each may be NULL. */
struct parts {
	uint32_t pid;
	const struct tree_entry *tree;
	const struct core *core;
	const struct mm *mm;
	const struct stored_image *pagemap;
};

int model_warn_missing(const struct model *model, enum image_kind kind, uint64_t number,
		       const uint32_t *pid, struct address_range memory, struct error *err)
{
	char name[IMAGE_NAME_BYTES];
	struct warning warning = {
		.code = WARNING_MISSING_IMAGE,
		.file = name,
		.has_memory = pid && memory.start != memory.end,
		.pid = pid ? *pid : 0,
		.start = memory.start,
		.end = memory.end,
	};

	image_name_print((struct image_name){ kind, number }, name);
	if (model->warnings && warning_list_add(model->warnings, &warning, "%s: missing", name) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int compare_pids(const void *left_item, const void *right_item)
{
	const uint32_t *left = left_item, *right = right_item;

	return (*left > *right) - (*left < *right);
}

static bool names_process(const struct stored_image *stored)
{
	return (stored->holds == IMAGE_CORE && stored->core.leader) || stored->holds == IMAGE_MM ||
	       stored->holds == IMAGE_PAGEMAP;
}

/* Ids from everything that names a process: the tree may not have come yet, or may be damaged. */
static int collect_pids(const struct model *model, uint32_t **out, size_t *count, struct error *err)
{
	const struct image_table *table = model->table;
	const struct process_tree *tree = model->facts.tree;
	size_t kept = 0, found = 0;
	uint32_t *pids = calloc(table->count + (tree ? tree->count : 0) + 1, sizeof(*pids));

	if (!pids)
		return error_no_memory(err, "process ids");
	for (size_t i = 0; i < table->count; i++) {
		if (names_process(table->images[i]))
			pids[found++] = (uint32_t)table->images[i]->name.number;
	}
	for (size_t i = 0; tree && i < tree->count; i++)
		pids[found++] = tree->entries[i].pid;
	qsort(pids, found, sizeof(*pids), compare_pids);
	for (size_t i = 0; i < found; i++) {
		if (!kept || pids[kept - 1] != pids[i])
			pids[kept++] = pids[i];
	}
	*out = pids;
	*count = kept;
	return 0;
}

static struct parts find_parts(const struct model *model, uint32_t pid)
{
	const struct stored_image *core = image_table_find(model->table, IMAGE_CORE, pid);
	const struct stored_image *mm = image_table_find(model->table, IMAGE_MM, pid);

	return (struct parts){
		.pid = pid,
		.tree = model->facts.tree ? process_tree_find(model->facts.tree, pid) : NULL,
		.core = core && core->core.decoded ? &core->core : NULL,
		.mm = mm && mm->mm.decoded ? &mm->mm : NULL,
		.pagemap = image_table_find(model->table, IMAGE_PAGEMAP, pid),
	};
}

static int warn_part(const struct model *model, enum image_kind kind, uint32_t pid,
		     struct error *err)
{
	/* An image that is there but damaged has been told of already. */
	if (image_table_has_name(model->table, kind, pid))
		return 0;
	return model_warn_missing(model, kind, pid, &pid, (struct address_range){ 0 }, err);
}

/* Mappings of a CRIU before 2.0, where they are all that there is. */
static int warn_old_vmas(const struct model *model, const struct parts *parts, struct error *err)
{
	char name[IMAGE_NAME_BYTES];
	struct warning warning = { .code = WARNING_UNSUPPORTED, .file = name };

	if (!model->warnings || (parts->mm && parts->mm->vma_count) ||
	    !image_table_find(model->table, IMAGE_OLD_VMAS, parts->pid))
		return 0;
	image_name_print((struct image_name){ IMAGE_OLD_VMAS, parts->pid }, name);
	if (warning_list_add(model->warnings, &warning,
			     "%s: made by a CRIU before 2.0, which is too old: its mappings are "
			     "not read",
			     name) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int warn_parts(const struct model *model, const struct parts *parts, struct error *err)
{
	int ret = parts->core ? 0 : warn_part(model, IMAGE_CORE, parts->pid, err);

	/* Of a dead process CRIU keeps nothing but its core. */
	if (ret < 0 || (parts->core && parts->core->state == PROCESS_DEAD))
		return ret;
	if (!parts->mm)
		ret = warn_part(model, IMAGE_MM, parts->pid, err);
	if (ret == 0 && !parts->pagemap)
		ret = warn_part(model, IMAGE_PAGEMAP, parts->pid, err);
	return ret ? ret : warn_old_vmas(model, parts, err);
}

static int fill_core(struct model *model, struct process *process, const struct core *core,
		     struct error *err)
{
	process->name = arena_copy(model->checkpoint->arena, core->name, strlen(core->name) + 1);
	process->state = core->state;
	process->has_uid = core->has_uid;
	process->uid = core->uid;
	return process->name ? 0 : error_no_memory(err, "a process's name");
}

static int fill_memory(struct model *model, struct process *process, const struct mm *mm,
		       struct error *err)
{
	int ret = model_make_vmas(model, process, mm, err);

	if (mm->page_bytes)
		process->page_bytes = mm->page_bytes;
	if (mm->argument_start < mm->argument_end) {
		process->argument_start = mm->argument_start;
		process->argument_end = mm->argument_end;
	}
	if (mm->environment_start < mm->environment_end) {
		process->environment_start = mm->environment_start;
		process->environment_end = mm->environment_end;
	}
	model_executable(model, process, mm);
	return ret;
}

static int make_process(struct model *model, struct process *process, uint32_t pid,
			struct error *err)
{
	struct parts parts = find_parts(model, pid);
	int ret = warn_parts(model, &parts, err);

	*process = (struct process){
		.pid = pid, .name = "", .page_bytes = model->page_bytes, .state = PROCESS_UNKNOWN
	};
	if (parts.tree) {
		process->ppid = parts.tree->ppid;
		process->has_ppid = parts.tree->ppid != 0;
	}
	if (ret == 0 && parts.tree)
		ret = model_threads(model, process, parts.tree, err);
	if (ret == 0 && parts.core)
		ret = fill_core(model, process, parts.core, err);
	if (ret == 0 && parts.mm)
		ret = fill_memory(model, process, parts.mm, err);
	if (ret == 0)
		ret = model_descriptors(model, process,
					parts.core && parts.core->state != PROCESS_DEAD, err);
	if (ret == 0 && parts.pagemap)
		ret = model_make_runs(model, parts.pagemap, process->page_bytes, &process->runs,
				      &process->run_count, err);
	return ret;
}

static int make_processes(struct model *model, struct error *err)
{
	struct checkpoint *checkpoint = model->checkpoint;
	struct process *processes = NULL;
	uint32_t *pids = NULL;
	size_t count = 0;
	int ret = collect_pids(model, &pids, &count, err);

	if (ret < 0)
		return ret;
	processes = arena_alloc_array(checkpoint->arena, count, sizeof(*processes));
	if (!processes)
		ret = error_no_memory(err, "processes");
	for (size_t i = 0; i < count && ret == 0; i++)
		ret = make_process(model, &processes[i], pids[i], err);
	checkpoint->processes = processes;
	checkpoint->process_count = count;
	free(pids);
	return ret;
}

static bool uses_files(const struct stored_image *stored)
{
	return (stored->holds == IMAGE_MM && stored->mm.uses_files) ||
	       (stored->holds == IMAGE_FDINFO && stored->descriptors.count);
}

static bool any_uses_files(const struct image_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		if (uses_files(table->images[i]))
			return true;
	}
	return false;
}

/* Images of which a directory has one. */
static int check_singles(const struct model *model, struct error *err)
{
	const struct image_table *table = model->table;
	const struct address_range nothing = { 0 };
	int ret = 0;

	if (!image_table_has_name(table, IMAGE_PROCESS_TREE, 0) && !model->facts.tree)
		ret = model_warn_missing(model, IMAGE_PROCESS_TREE, 0, NULL, nothing, err);
	if (ret == 0 && !image_table_has_name(table, IMAGE_FILES, 0) && !model->facts.files &&
	    !model->facts.old_files && any_uses_files(table))
		ret = model_warn_missing(model, IMAGE_FILES, 0, NULL, nothing, err);
	return ret;
}

static int prepare(struct model *model, struct error *err)
{
	model->checkpoint = calloc(1, sizeof(*model->checkpoint));
	if (!model->checkpoint)
		return error_no_memory(err, "the model of a checkpoint");
	model->checkpoint->arena = arena_new(0);
	if (!model->checkpoint->arena)
		return error_no_memory(err, "the model of a checkpoint");
	return 0;
}

/* Without files there are no bytes to read. */
static int read_segments(struct model *model, struct error *err)
{
	const struct model_input *input = model->input;

	return input->files ? segments_read(&model->segments, input->payloads, input->files, err)
			    : 0;
}

static int fill(struct model *model, struct error *err)
{
	int ret = read_segments(model, err);

	if (!ret)
		ret = model_list_images(model, err);
	if (ret < 0)
		return ret;
	model->page_bytes = model_guess_page_bytes(model);
	ret = model_list_objects(model, err);
	if (ret == 0)
		ret = model_list_files(model, err);
	if (ret == 0)
		ret = make_processes(model, err);
	if (ret == 0 && model->warnings)
		ret = check_singles(model, err);
	if (ret == 0 && model->warnings)
		ret = model_check_images(model, err);
	return ret;
}

/*
 * Work through parents is bounded by what they hold: real chains take a few steps for each entry of their page maps.
 */
#define STEPS_AT_LEAST (UINT64_C(1) << 20)
#define STEPS_PER_ENTRY 64
/* As long as this no image of packed pages is too much. */
#define UNPACK_AT_LEAST (UINT64_C(64) << 20)

static void set_budgets(struct model *model)
{
	uint64_t entries = 0, stored = 0;

	for (size_t i = 0; i < model->input->layer_count; i++) {
		const struct model_layer *layer = &model->input->layers[i];

		for (size_t j = 0; j < layer->table->count; j++) {
			const struct stored_image *image = layer->table->images[j];

			if (image_is_pagemap(image))
				entries += image->pagemap.count;
		}
		for (size_t j = 0; j < layer->pages->count; j++) {
			if (__builtin_add_overflow(stored, layer->pages->files[j].length, &stored))
				stored = UINT64_MAX;
		}
	}
	model->parent_steps = STEPS_AT_LEAST + entries * STEPS_PER_ENTRY;
	if (__builtin_mul_overflow(stored, UNPACK_FACTOR, &model->unpack_budget) ||
	    __builtin_add_overflow(model->unpack_budget, UNPACK_AT_LEAST, &model->unpack_budget))
		model->unpack_budget = UINT64_MAX;
}

int model_make(struct checkpoint **out, const struct model_input *input, struct error *err)
{
	struct model model = {
		.input = input,
		.table = input->layers[0].table,
		.pages = input->layers[0].pages,
		.warnings = input->warnings,
		.facts = facts_of(input->layers[0].table),
	};
	int ret = prepare(&model, err);

	set_budgets(&model);
	if (ret == 0)
		ret = fill(&model, err);
	if (ret == 0)
		*out = model.checkpoint;
	else
		checkpoint_free(model.checkpoint);
	free(model.model_images);
	free(model.model_objects);
	segments_release(&model.segments);
	free(model.descriptor_lists);
	return ret;
}
