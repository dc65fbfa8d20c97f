#ifndef CKPT_SCANNERS_MEMORY_BYTES_H
#define CKPT_SCANNERS_MEMORY_BYTES_H

#include <stdint.h>

#include "scanners/checkpoint.h"
#include "scanners/memory_filter.h"

/* Bytes by what became of them; memory that several processes map counts for each. */
struct memory_bytes {
	uint64_t
		dumped; /* in page runs that can be read, and of files: exactly what blocks hold beside zeros */
	uint64_t lost; /* described by the page map, not to be had */
	uint64_t not_dumped; /* pages of mapped files that are not at hand */
	uint64_t from_files; /* of @dumped: taken from mapped files */
	uint64_t not_selected; /* would be dumped or lost, if the filter chose it */
};
/* Of one process. @filter NULL: chooses all. */
struct memory_bytes memory_bytes_count(const struct process *process,
				       const struct memory_filter *filter);
/* Of one of its mappings what that function counts as not dumped. */
uint64_t memory_bytes_not_dumped(const struct process *process, const struct vma *vma,
				 const struct memory_filter *filter);

#endif
