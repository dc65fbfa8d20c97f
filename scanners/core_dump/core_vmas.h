#ifndef CKPT_SCANNERS_CORE_DUMP_CORE_VMAS_H
#define CKPT_SCANNERS_CORE_DUMP_CORE_VMAS_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "scanners/checkpoint.h"
#include "scanners/core_dump/core_file.h"
#include "scanners/core_dump/core_notes.h"

/*
 * Loaded segments as VMAs and page runs of @process, whose page size is set. A core does not say where the heap is,
 * nor which anonymous memory is shared: both are anonymous. Where segments overlap, the first in the file's order of
 * addresses counts, and the others begin behind it, with a warning. A mapped file
 * without a segment is a VMA that was not dumped, of unknown protection: readable. *@vmas are the process's, to be dressed further. Fails only without memory.
 */
int core_vmas_fill(struct process *process, struct vma **vmas, const struct core_file *file,
		   const struct core_notes *notes, struct arena *arena, struct error *err);

#endif
