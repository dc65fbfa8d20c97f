#include "scanners/target_list.h"

#include <stdlib.h>

#include "scanners/select.h"

#define SEARCH_FACTOR 64

/* Page maps may describe any number of bytes that are not there. */
static void add(uint64_t *sum, uint64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = UINT64_MAX;
}

static void add_bytes(struct memory_bytes *sum, struct memory_bytes more)
{
	add(&sum->dumped, more.dumped);
	add(&sum->lost, more.lost);
	add(&sum->not_dumped, more.not_dumped);
}

static int add_process(struct target_list *list, const struct checkpoint *checkpoint,
		       const struct process *process, const struct scan_options *options,
		       struct error *err)
{
	struct process_memory *memory;
	int ret = process_memory_new(&memory, checkpoint, process, err);

	if (ret)
		return ret;
	if (!select_process(options, process)) {
		add_bytes(&list->left_out, process_memory_bytes(memory, NULL));
		process_memory_free(memory);
		return 0;
	}
	add_bytes(&list->chosen, process_memory_bytes(memory, NULL));
	list->targets[list->count++] = (struct target){
		.kind = TARGET_PROCESS,
		.process = process,
		.memory = memory,
		.purpose = process_memory_is_low(memory) ? PURPOSE_LOW_PROCESS : PURPOSE_PROCESS,
	};
	return 0;
}

static int new_list(struct target_list **out, size_t capacity, struct error *err)
{
	struct target_list *list = calloc(1, sizeof(*list));

	if (list)
		list->targets = calloc(capacity ? capacity : 1, sizeof(*list->targets));
	if (!list || !list->targets) {
		free(list);
		return error_no_memory(err, "the list of targets");
	}
	*out = list;
	return 0;
}

int target_list_of_file(struct target_list **out, const struct file_target *file, struct error *err)
{
	int ret = new_list(out, 1, err);

	if (ret)
		return ret;
	(*out)->targets[0] = (struct target){
		.kind = TARGET_FILE,
		.file = *file,
		.purpose = PURPOSE_FILE,
	};
	(*out)->count = 1;
	add_bytes(&(*out)->chosen, target_bytes(&(*out)->targets[0]));
	return 0;
}

int target_list_new(struct target_list **out, const struct checkpoint *checkpoint,
		    const struct scan_options *options, struct error *err)
{
	struct target_list *list = NULL;
	int made = new_list(&list, checkpoint->process_count, err);

	if (made)
		return made;
	for (size_t i = 0; i < checkpoint->process_count; i++) {
		int ret = add_process(list, checkpoint, &checkpoint->processes[i], options, err);

		if (ret) {
			target_list_free(list);
			return ret;
		}
	}
	*out = list;
	return 0;
}

void target_list_free(struct target_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++)
		target_release(&list->targets[i]);
	free(list->targets);
	free(list);
}

uint64_t target_list_budget(uint64_t stored_bytes, const struct scan_options *options)
{
	uint64_t factor = options->search_factor ? options->search_factor : SEARCH_FACTOR;
	uint64_t budget;

	return __builtin_mul_overflow(stored_bytes, factor, &budget) ? UINT64_MAX : budget;
}

static struct block_budget budget_of(const struct checkpoint *checkpoint,
				     const struct scan_options *options)
{
	uint64_t stored = 0;

	for (size_t i = 0; i < checkpoint->image_count; i++)
		add(&stored, checkpoint->images[i].length);
	return (struct block_budget){ .left = target_list_budget(stored, options) };
}

int target_refuse(struct target *target, uint64_t refused, struct warning_list *warnings,
		  struct error *err)
{
	struct warning warning = { .code = WARNING_LIMIT,
				   .has_memory = true,
				   .pid = target->process->pid,
				   .start = process_memory_lowest(target->memory),
				   .bytes = refused };

	target_lose(target, refused);
	if (warning_list_add(warnings, &warning,
			     "process %u maps stored bytes more often than may be searched",
			     warning.pid) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

int target_list_blocks(struct target_list *list, const struct checkpoint *checkpoint,
		       const struct scan_options *options, struct block_list *blocks,
		       struct warning_list *warnings, struct error *err)
{
	struct block_budget budget = budget_of(checkpoint, options);

	for (size_t i = 0; i < list->count; i++) {
		struct target *target = &list->targets[i];
		int ret;

		budget.refused = 0;
		ret = process_memory_blocks(target->memory, NULL, (uint32_t)i,
					    (uint32_t)target->purpose, blocks, &budget, err);
		if (ret)
			return error_context(err, "process %u", target->process->pid);
		ret = budget.refused ? target_refuse(target, budget.refused, warnings, err) : 0;
		if (ret)
			return ret;
	}
	return 0;
}
