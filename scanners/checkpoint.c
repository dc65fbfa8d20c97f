#include "scanners/checkpoint.h"

#include <stdlib.h>

static const char *const kind_names[] = {
	[VMA_HEAP] = "heap",	     [VMA_STACK] = "stack",   [VMA_ANONYMOUS] = "anonymous",
	[VMA_FILE] = "file",	     [VMA_SHARED] = "shared", [VMA_MEMFD] = "memfd",
	[VMA_SYSV] = "sysv",	     [VMA_VDSO] = "vdso",     [VMA_OTHER] = "other",
	[VMA_UNMAPPED] = "unmapped",
};

const char *vma_kind_name(enum vma_kind kind)
{
	return kind_names[kind];
}

void checkpoint_free(struct checkpoint *checkpoint)
{
	if (!checkpoint)
		return;
	arena_free(checkpoint->arena);
	free(checkpoint);
}
