#include "engine/base/unnamed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/cleanup.h"

const char *unnamed_file_place(void)
{
	const char *directory = getenv("TMPDIR");

	return directory && *directory ? directory : "/tmp";
}

static int open_named(const char *directory)
{
	char CLEANUP_FREE *path = NULL;

	if (asprintf(&path, "%s/ckpt-scan-XXXXXX", directory) < 0) {
		path = NULL;
		errno = ENOMEM;
		return -1;
	}

	int descriptor = mkostemp(path, O_CLOEXEC);

	if (descriptor >= 0)
		unlink(path);
	return descriptor;
}

int unnamed_file_open(const char *directory)
{
	int descriptor = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);

	/* Some file systems, and old kernels, know no file without a name. */
	if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		descriptor = open_named(directory);
	return descriptor;
}
