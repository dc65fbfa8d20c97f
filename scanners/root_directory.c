#include "scanners/root_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel gives up when something is renamed meanwhile. */
#define MOST_TRIES 16

typedef int open_path(int directory, const char *path, int flags);

static int open_at_once(int directory, const char *path, int flags)
{
	struct open_how how = { .flags = (unsigned int)flags | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	long descriptor = -1;

	errno = EAGAIN;
	for (int i = 0; i < MOST_TRIES && descriptor < 0 && errno == EAGAIN; i++)
		descriptor = syscall(SYS_openat2, directory, path, &how, sizeof(how));
	return (int)descriptor;
}

static int open_name(int directory, const char *name, size_t length, int flags)
{
	char copy[NAME_MAX + 1];

	if (length > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(copy, name, length);
	copy[length] = '\0';
	if (strcmp(copy, "..") == 0) {
		errno = EXDEV;
		return -1;
	}
	return openat(directory, copy, flags | O_NOFOLLOW | O_CLOEXEC);
}

/* Takes @directory over. */
static int step_into(int directory, const char *name, size_t length, int flags)
{
	int descriptor = open_name(directory, name, length, flags);
	int number = errno;

	close(directory);
	errno = number;
	return descriptor;
}

static int open_by_steps(int directory, const char *path, int flags)
{
	int at = fcntl(directory, F_DUPFD_CLOEXEC, 0);

	while (at >= 0) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (!path[length])
			return step_into(at, path, length, flags);
		at = step_into(at, path, length, O_PATH | O_DIRECTORY);
		path += length;
	}
	return -1;
}

static bool is_regular(int descriptor, struct stat *info)
{
	if (fstat(descriptor, info) < 0)
		return false;
	errno = EINVAL;
	return S_ISREG(info->st_mode);
}

/* Between the look at it and the opening it may have become anything: a FIFO must not make us wait. */
static int open_looked_at(int directory, const char *path, open_path *open,
			  const struct stat *looked)
{
	int descriptor = open(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat info;

	if (descriptor < 0)
		return -1;
	if (is_regular(descriptor, &info) && info.st_dev == looked->st_dev &&
	    info.st_ino == looked->st_ino)
		return descriptor;
	close(descriptor);
	errno = ESTALE;
	return -1;
}

static int open_regular(int directory, const char *path, open_path *open)
{
	int look = open(directory, path, O_PATH), number;
	struct stat info;

	if (look < 0)
		return -1;
	if (is_regular(look, &info)) {
		close(look);
		return open_looked_at(directory, path, open, &info);
	}
	number = errno;
	close(look);
	errno = number;
	return -1;
}

int root_directory_open(int directory, const char *path)
{
	int descriptor = open_regular(directory, path, open_at_once);

	if (descriptor >= 0 || (errno != ENOSYS && errno != EPERM))
		return descriptor;
	return root_directory_open_by_steps(directory, path);
}

int root_directory_open_by_steps(int directory, const char *path)
{
	return open_regular(directory, path, open_by_steps);
}
