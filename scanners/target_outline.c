#include "scanners/target_outline.h"

#include <stdlib.h>

#include "scanners/command_line.h"

static const char *executable_state_name(enum executable_state state)
{
	static const char *const names[] = {
		[EXECUTABLE_FILE] = "file",
		[EXECUTABLE_DELETED] = "deleted",
		[EXECUTABLE_MEMFD] = "memfd",
	};

	return names[state];
}

static int make_process(struct target_outline *out, const struct target *target,
			const struct process *facts, const struct file_table *files,
			const struct container *container, struct arena *arena, struct error *err)
{
	struct memory_bytes bytes = process_memory_bytes(target->memory, NULL);
	struct command_line line;
	int ret = command_line_read(&line, target->process, target->memory, files, arena, err);

	if (ret)
		return ret;
	if (!line.arguments && facts->ppid == 0 && container && container->argument_count)
		line = (struct command_line){ container->arguments, container->argument_count,
					      false };
	*out = (struct target_outline){
		.kind = TARGET_PROCESS,
		.pid = facts->pid,
		.ppid = facts->ppid,
		.has_ppid = facts->has_ppid && facts->ppid,
		.has_uid = facts->has_uid,
		.name = facts->name[0] ? facts->name : NULL,
		.executable = facts->executable,
		.executable_state =
			facts->executable ? executable_state_name(facts->executable_state) : NULL,
		.command_line = line.arguments,
		.command_line_count = line.count,
		.command_line_cut = line.cut,
		.uid = facts->uid,
		.thread_count = facts->thread_count,
		.bytes_unseen = bytes.lost + bytes.not_dumped + target->bytes_lost,
	};
	return 0;
}

#define HOLDERS_SHOWN 16

static void make_captured(struct target_outline *out, const struct target *target)
{
	const struct captured *captured = &target->captured;
	struct memory_bytes bytes = target_bytes(target);
	size_t holders = captured->holder_count;

	*out = (struct target_outline){
		.kind = target->kind,
		.path = captured->path && captured->path[0] ? captured->path : NULL,
		.origin = captured_origin_name(captured->origin),
		.object = captured->object,
		.archive = captured->archive,
		.direction = captured->direction,
		.protocol = captured->protocol,
		.state = captured->state,
		.local = captured->local,
		.remote = captured->remote,
		.size = captured->content.length,
		.bytes_unseen = bytes.lost + target->bytes_lost,
		.held_by = captured->holders,
		.held_by_count = holders < HOLDERS_SHOWN ? holders : HOLDERS_SHOWN,
		.held_by_total = holders,
	};
}

int target_outline_make(struct target_outline *out, const struct target *target,
			const struct process *facts, const struct file_table *files,
			const struct container *container, struct arena *arena, struct error *err)
{
	if (target->kind == TARGET_PROCESS)
		return make_process(out, target, facts, files, container, arena, err);
	make_captured(out, target);
	return 0;
}

static int compare_pid(const void *pid, const void *process)
{
	uint32_t left = *(const uint32_t *)pid, right = ((const struct process *)process)->pid;

	return (left > right) - (left < right);
}

const struct process *target_facts(const struct target *target, const struct checkpoint *facts)
{
	const struct process *process = target->process, *found = NULL;

	if (process && facts && facts->process_count)
		found = bsearch(&process->pid, facts->processes, facts->process_count,
				sizeof(*facts->processes), compare_pid);
	return found ? found : process;
}

/* Processes come first, by pid. */
static const struct target *target_of_pid(const struct target_list *targets, uint32_t pid)
{
	size_t low = 0, high = targets->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct target *target = &targets->targets[middle];

		if (target->kind == TARGET_PROCESS && target->process->pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == targets->count || targets->targets[low].kind != TARGET_PROCESS)
		return NULL;
	return targets->targets[low].process->pid == pid ? &targets->targets[low] : NULL;
}

int target_outline_of_warning(struct target_outline *out, bool *found,
			      const struct target_outlines *outlines, const struct warning *warning,
			      struct arena *arena, struct error *err)
{
	const struct target_list *targets = outlines->targets;
	const struct target *target = NULL;

	if (targets && warning->has_target && warning->target < targets->count)
		target = &targets->targets[warning->target];
	else if (targets && warning->has_memory)
		target = target_of_pid(targets, warning->pid);
	*found = target != NULL;
	if (!target)
		return 0;
	return target_outline_make(out, target, target_facts(target, outlines->facts),
				   outlines->files, outlines->container, arena, err);
}
