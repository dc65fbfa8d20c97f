#ifndef CKPT_SCANNERS_MEMORY_FILTER_H
#define CKPT_SCANNERS_MEMORY_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "scanners/checkpoint.h"

/*
 * Which memory of a process is searched: --vma, --protection, --address. Zeroed: all. It chooses where strings are
 * searched, not what is there: ends that it cuts are unseen edges, and conditions read all of the memory.
 */
struct memory_filter {
	uint32_t vma_kinds; /* bits 1 << enum vma_kind; 0: all */
	uint32_t protection; /* enum protection: all of these */
	bool has_range;
	uint64_t first, last; /* with has_range: addresses, both included */
};

static inline bool memory_filter_narrows(const struct memory_filter *filter)
{
	return filter->vma_kinds || filter->protection || filter->has_range;
}

/* Whether kind and protection choose this mapping; NULL: dumped pages outside of any. */
bool memory_filter_takes(const struct memory_filter *filter, const struct vma *vma);

#endif
