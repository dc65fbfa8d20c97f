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

const char *open_file_kind_name(enum open_file_kind kind)
{
	static const char *const names[OPEN_FILE_KINDS] = {
		[OPEN_FILE_FILE] = "file",	   [OPEN_FILE_PIPE] = "pipe",
		[OPEN_FILE_FIFO] = "fifo",	   [OPEN_FILE_SOCKET] = "socket",
		[OPEN_FILE_TERMINAL] = "terminal", [OPEN_FILE_MEMFD] = "memfd",
		[OPEN_FILE_EVENTFD] = "eventfd",   [OPEN_FILE_EVENTPOLL] = "eventpoll",
		[OPEN_FILE_SIGNALFD] = "signalfd", [OPEN_FILE_TIMERFD] = "timerfd",
		[OPEN_FILE_INOTIFY] = "inotify",   [OPEN_FILE_FANOTIFY] = "fanotify",
		[OPEN_FILE_TUN] = "tun",	   [OPEN_FILE_NAMESPACE] = "namespace",
		[OPEN_FILE_BPF_MAP] = "bpf-map",   [OPEN_FILE_PIDFD] = "pidfd",
		[OPEN_FILE_DEVICE] = "device",	   [OPEN_FILE_OTHER] = "other",
	};

	return names[kind];
}

/* The last packed range that does not start behind @offset. */
uint64_t page_image_stored_offset(const struct page_image *image, uint64_t offset)
{
	size_t low = 0, high = image->packed_count;

	if (!image->packed_count)
		return offset;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (image->packed[middle].offset <= offset)
			low = middle;
		else
			high = middle;
	}
	return image->packed[low].stored;
}

void checkpoint_free(struct checkpoint *checkpoint)
{
	if (!checkpoint)
		return;
	arena_free(checkpoint->arena);
	free(checkpoint);
}
