#include "engine/read/distant.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int step_into(int directory, const char *name, bool last)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC;

	return openat(directory, name,
		      flags | (last ? O_NONBLOCK | O_NOCTTY : O_DIRECTORY | O_PATH));
}

/* One name at a time, so that no link on the way is followed. */
static int open_below(int root, const char *path)
{
	int at = root;

	while (*path) {
		char name[NAME_MAX + 1];
		size_t length = strcspn(path, "/");
		bool last = path[length] == '\0';
		int next = -1;

		if (length > NAME_MAX) {
			errno = ENAMETOOLONG;
		} else {
			memcpy(name, path, length);
			name[length] = '\0';
			next = step_into(at, name, last);
		}
		if (at != root)
			close(at);
		if (next < 0)
			return -1;
		at = next;
		path += length + !last;
	}
	return at;
}

static bool is_same(const struct distant *distant, int descriptor)
{
	struct stat info;

	return fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode) &&
	       info.st_dev == distant->device && info.st_ino == distant->inode;
}

static int read_all(int descriptor, const char *path, uint64_t offset, uint8_t *buffer,
		    size_t length, size_t *got, struct error *err)
{
	size_t done = 0;

	while (done < length) {
		ssize_t put =
			pread(descriptor, buffer + done, length - done, (off_t)(offset + done));

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return error_set(err, ERROR_SYSTEM, errno, "read %s", path);
		if (put == 0)
			break;
		done += (size_t)put;
	}
	*got = done;
	return 0;
}

int distant_read(const struct distant *distant, const char *path, uint64_t offset, uint8_t *buffer,
		 size_t length, size_t *got, struct error *err)
{
	int descriptor = open_below(distant->root, path), ret;

	if (descriptor < 0)
		return error_set(err, ERROR_SYSTEM, errno, "open %s", path);
	ret = is_same(distant, descriptor)
		      ? read_all(descriptor, path, offset, buffer, length, got, err)
		      : error_set(err, ERROR_SYSTEM, ESTALE, "open %s", path);
	close(descriptor);
	return ret;
}
