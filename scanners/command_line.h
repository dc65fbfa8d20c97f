#ifndef CKPT_SCANNERS_COMMAND_LINE_H
#define CKPT_SCANNERS_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/read/file_table.h"
#include "scanners/checkpoint.h"
#include "scanners/process_memory.h"

/* More is cut. */
#define COMMAND_LINE_BYTES 4096

struct command_line {
	const char *const *arguments; /* NULL: not known */
	size_t count;
	bool cut;
};

/*
 * The arguments as they stand in the process's memory, which programs may have overwritten; not known where
 * those bytes are not at hand or are all zero. Texts live in @arena.
 */
int command_line_read(struct command_line *out, const struct process *process,
		      const struct process_memory *memory, const struct file_table *files,
		      struct arena *arena, struct error *err);

#endif
