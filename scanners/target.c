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
	if (target->kind == TARGET_PROCESS)
		return process_memory_bytes(target->memory, NULL);
	return (struct memory_bytes){ .dumped = target->file.length };
}

void target_lose(struct target *target, uint64_t bytes)
{
	/* Page maps may describe any number of bytes that are not there. */
	if (__builtin_add_overflow(target->bytes_lost, bytes, &target->bytes_lost))
		target->bytes_lost = UINT64_MAX;
}

struct warning target_warning(const struct target *target, enum warning_code code)
{
	if (target->kind == TARGET_PROCESS)
		return (struct warning){ .code = code,
					 .has_memory = true,
					 .pid = target->process->pid };
	return (struct warning){ .code = code, .file = target->file.path };
}

const char *target_label(const struct target *target, char label[TARGET_LABEL_BYTES])
{
	if (target->kind == TARGET_PROCESS)
		snprintf(label, TARGET_LABEL_BYTES, "process %u", target->process->pid);
	else
		snprintf(label, TARGET_LABEL_BYTES, "the file");
	return label;
}
