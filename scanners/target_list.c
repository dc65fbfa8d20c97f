#include "scanners/target_list.h"

#include <stdlib.h>

#include "scanners/select.h"

static void add_bytes(struct memory_bytes *sum, struct memory_bytes more)
{
	sum->dumped += more.dumped;
	sum->lost += more.lost;
	sum->not_dumped += more.not_dumped;
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
		add_bytes(&list->left_out, process_memory_bytes(memory));
		process_memory_free(memory);
		return 0;
	}
	add_bytes(&list->chosen, process_memory_bytes(memory));
	list->targets[list->count++] = (struct target){
		.process = process,
		.memory = memory,
		.purpose = process_memory_is_low(memory) ? PURPOSE_LOW_PROCESS : PURPOSE_PROCESS,
	};
	return 0;
}

int target_list_new(struct target_list **out, const struct checkpoint *checkpoint,
		    const struct scan_options *options, struct error *err)
{
	struct target_list *list = calloc(1, sizeof(*list));

	if (!list)
		return error_no_memory(err, "the list of targets");
	list->targets = calloc(checkpoint->process_count ? checkpoint->process_count : 1,
			       sizeof(*list->targets));
	if (!list->targets) {
		free(list);
		return error_no_memory(err, "the list of targets");
	}
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
	for (size_t i = 0; i < list->count; i++) {
		process_memory_free(list->targets[i].memory);
		match_table_free(list->targets[i].matches);
		held_hits_free(list->targets[i].hits);
	}
	free(list->targets);
	free(list);
}

int target_list_blocks(const struct target_list *list, struct block_list *blocks, struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct target *target = &list->targets[i];
		int ret = process_memory_blocks(target->memory, (uint32_t)i,
						(uint32_t)target->purpose, blocks, err);

		if (ret)
			return error_context(err, "process %u", target->process->pid);
	}
	return 0;
}
