#include "engine/read/direct.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * One read tells what the file system asks for. STATX_DIOALIGN would too, but not of every file system, nor of
 * kernels before 6.1.
 */
static bool can_read(int descriptor)
{
	void *page = NULL;
	ssize_t got;

	if (posix_memalign(&page, DIRECT_ALIGNMENT, DIRECT_ALIGNMENT))
		return false;
	do {
		got = pread(descriptor, page, DIRECT_ALIGNMENT, 0);
	} while (got < 0 && errno == EINTR);
	free(page);
	return got >= 0;
}

int direct_open(int descriptor)
{
	char path[64];
	int direct;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
	direct = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC | O_NOCTTY);
	if (direct >= 0 && !can_read(direct)) {
		close(direct);
		direct = -1;
	}
	return direct;
}
