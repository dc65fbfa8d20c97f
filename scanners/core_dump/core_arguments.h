#ifndef CKPT_SCANNERS_CORE_DUMP_CORE_ARGUMENTS_H
#define CKPT_SCANNERS_CORE_DUMP_CORE_ARGUMENTS_H

#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "scanners/checkpoint.h"
#include "scanners/core_dump/core_file.h"
#include "scanners/core_dump/core_notes.h"

/*
 * Where a process's command line and environment lie. No note says it, but the kernel puts them on the stack of a
 * new program in a fixed order, and NT_AUXV is a copy of what lies in the middle of it:
 *
 *	argc | argv[0..argc-1] | 0 | environment's pointers | 0 | vector | ... random bytes ... | strings | path executed
 *
 * Ranges that cannot be found so are empty. @process has its runs. Fails only without memory.
 */
int core_arguments_find(struct process *process, const struct core_file *file,
			const struct core_notes *notes, struct error *err);

#endif
