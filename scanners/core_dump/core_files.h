#ifndef CKPT_SCANNERS_CORE_DUMP_CORE_FILES_H
#define CKPT_SCANNERS_CORE_DUMP_CORE_FILES_H

#include "engine/base/error.h"
#include "scanners/checkpoint.h"
#include "scanners/core_dump/core_file.h"

/*
 * The files that the mappings of a core's only process show, where they can be told from others: a core says neither
 * size nor time of a file, but the page that an ELF file begins with is dumped as a rule, and its build id lies there.
 * Others are left unknown, for bytes of a file that only has the same path are not the process's memory. @vmas are the
 * process's. Fails only without memory.
 */
int core_files_fill(struct checkpoint *checkpoint, struct vma *vmas, size_t vma_count,
		    const struct core_file *file, struct error *err);

#endif
