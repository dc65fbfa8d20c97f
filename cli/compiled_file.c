#include "cli/compiled_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/cleanup.h"
#include "engine/base/text.h"
#include "rules/compiled_rules.h"

/* Up to @length bytes; fewer at the end of the file, negative when reading fails. */
static ssize_t read_fully(int descriptor, uint8_t *data, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t count = read(descriptor, data + done, length - done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		if (count == 0)
			break;
		done += (size_t)count;
	}
	return (ssize_t)done;
}

bool compiled_file_is(const char *path)
{
	uint8_t head[16];
	struct stat info;
	ssize_t count;

	/* Opening a pipe would wait for its writer, and what is read from it is gone. */
	if (stat(path, &info) < 0 || !S_ISREG(info.st_mode))
		return false;

	CLEANUP_CLOSE int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (descriptor < 0)
		return false;
	count = read_fully(descriptor, head, sizeof(head));
	return count > 0 && compiled_rules_is_file((struct bytes){ head, (size_t)count });
}

int compiled_file_read(const char *path, uint8_t **out, size_t *length, struct error *err)
{
	CLEANUP_CLOSE int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat info;
	uint8_t *data;
	ssize_t count;

	if (descriptor < 0 || fstat(descriptor, &info) < 0)
		return error_set(err, ERROR_SYSTEM, errno, "%s", path);
	data = malloc((size_t)info.st_size + 1);
	if (!data)
		return error_no_memory(err, path);
	count = read_fully(descriptor, data, (size_t)info.st_size);
	if (count < 0) {
		free(data);
		return error_set(err, ERROR_SYSTEM, errno, "%s", path);
	}
	*out = data;
	*length = (size_t)count;
	return 0;
}

static int write_fully(int descriptor, struct bytes bytes)
{
	while (bytes.length) {
		ssize_t count = write(descriptor, bytes.data, bytes.length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		bytes.data += count;
		bytes.length -= (size_t)count;
	}
	return 0;
}

static mode_t mode_of_new_files(void)
{
	mode_t mask = umask(077);

	umask(mask);
	return 0666 & ~mask;
}

static int write_and_rename(const char *path, char *temporary, struct bytes bytes)
{
	int descriptor = mkstemp(temporary);
	int ret, reason;

	if (descriptor < 0)
		return -1;
	ret = write_fully(descriptor, bytes);
	if (!ret)
		ret = fsync(descriptor);
	if (!ret)
		ret = fchmod(descriptor, mode_of_new_files());
	reason = errno;
	if (close(descriptor) < 0 && !ret) {
		ret = -1;
		reason = errno;
	}
	if (!ret && rename(temporary, path) < 0) {
		ret = -1;
		reason = errno;
	}
	if (ret)
		unlink(temporary);
	errno = reason;
	return ret;
}

static int write_into(const char *path, struct bytes bytes)
{
	CLEANUP_CLOSE int descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	return descriptor < 0 ? -1 : write_fully(descriptor, bytes);
}

/* What can be replaced: renaming onto /dev/null would take it away from everybody. */
static bool is_file_or_nothing(const char *path)
{
	struct stat info;

	return stat(path, &info) < 0 || S_ISREG(info.st_mode);
}

int compiled_file_write(const char *path, struct bytes bytes, struct error *err)
{
	bool replaces = is_file_or_nothing(path);
	struct text temporary = { 0 };
	int ret;

	text_add_format(&temporary, "%s.XXXXXX", path);
	if (temporary.failed)
		ret = error_no_memory(err, path);
	else if (replaces ? write_and_rename(path, temporary.data, bytes) : write_into(path, bytes))
		ret = error_set(err, ERROR_SYSTEM, errno, "write %s", path);
	else
		ret = 0;
	text_release(&temporary);
	return ret;
}
