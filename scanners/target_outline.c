#include "scanners/target_outline.h"

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
	if (!line.arguments && facts->ppid == 0 && container->argument_count)
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
		.path = captured->path,
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
