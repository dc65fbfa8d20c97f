/* A core dump, whatever it says of itself: what the model promises holds, and the digest reads it to the same end. */
#include <stdlib.h>
#include <string.h>

#include "scanners/core_dump/core_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static void check_vmas(const struct process *process)
{
	for (size_t i = 0; i < process->vma_count; i++) {
		const struct vma *vma = &process->vmas[i];

		if (vma->end <= vma->start || (i && vma->start < process->vmas[i - 1].end))
			abort();
	}
}

/* Runs lie in the core, in order, and none outside of a VMA. */
static void check_runs(const struct process *process, uint64_t length)
{
	uint64_t end = 0;

	for (size_t i = 0; i < process->run_count; i++) {
		const struct page_run *run = &process->runs[i];

		if (!run->length || run->address < end ||
		    __builtin_add_overflow(run->address, run->length, &end))
			abort();
		if (!run->lost && (run->offset > length || run->length > length - run->offset))
			abort();
	}
}

static void check(const struct checkpoint *checkpoint, uint64_t length)
{
	const struct process *process = &checkpoint->processes[0];

	if (checkpoint->process_count != 1 || checkpoint->image_count != 1 ||
	    !process->thread_count || process->argument_end < process->argument_start ||
	    process->environment_end < process->environment_start)
		abort();
	check_vmas(process);
	check_runs(process, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };
	struct stored_bytes core = { .length = length };
	struct checkpoint *checkpoint;
	struct warning_list *warnings;
	struct file_table *files;
	uint8_t digest[DIGEST_BYTES], *copy = malloc(length + 1);

	if (!copy || warning_list_new(&warnings, NULL) || file_table_new(&files, &options, NULL))
		abort();
	if (length)
		memcpy(copy, data, length);
	if (file_table_add_memory(files, copy, length, "core", &core.file, NULL))
		abort();
	if (!core_dump_checkpoint(&checkpoint, files, &core, "core", warnings, NULL)) {
		check(checkpoint, length);
		checkpoint_free(checkpoint);
		if (core_dump_digest(files, &core, digest, NULL))
			abort();
	}
	file_table_free(files);
	warning_list_free(warnings);
	return 0;
}
