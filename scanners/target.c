#include "scanners/target.h"

#include <stdio.h>

void target_release(struct target *target)
{
	process_memory_free(target->memory);
	match_table_free(target->matches);
	held_hits_free(target->hits);
}

struct memory_bytes target_bytes(const struct target *target)
{
	const struct content *content = &target->captured.content;

	if (target->kind == TARGET_PROCESS)
		return process_memory_bytes(target->memory, target->filter);
	return (struct memory_bytes){
		.dumped = content_bytes(content, PIECE_STORED),
		.lost = content_bytes(content, PIECE_LOST),
	};
}

void target_lose(struct target *target, uint64_t bytes)
{
	/* Page maps may describe any number of bytes that are not there. */
	if (__builtin_add_overflow(target->bytes_lost, bytes, &target->bytes_lost))
		target->bytes_lost = UINT64_MAX;
}

struct warning target_warning(const struct target *target, enum warning_code code)
{
	struct warning warning = { .code = code, .has_target = true, .target = target->number };

	if (target->kind == TARGET_PROCESS) {
		warning.has_memory = true;
		warning.pid = target->process->pid;
	} else {
		warning.file = target->captured.path;
	}
	return warning;
}

const char *target_label(const struct target *target, char label[TARGET_LABEL_BYTES])
{
	const char *object = target->captured.object ? target->captured.object : "";

	if (target->kind == TARGET_PROCESS)
		snprintf(label, TARGET_LABEL_BYTES, "process %u", target->process->pid);
	else if (target->captured.path)
		snprintf(label, TARGET_LABEL_BYTES, "the file");
	else
		snprintf(label, TARGET_LABEL_BYTES, "%s %s", target_kind_name(target->kind),
			 object);
	return label;
}
