#include "scanners/memory_filter.h"

bool memory_filter_takes(const struct memory_filter *filter, const struct vma *vma)
{
	enum vma_kind kind = vma ? vma->kind : VMA_UNMAPPED;
	uint32_t protection = vma ? vma->protection : 0;

	if (filter->vma_kinds && !(filter->vma_kinds & UINT32_C(1) << kind))
		return false;
	return (protection & filter->protection) == filter->protection;
}
