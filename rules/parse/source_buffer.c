#include "rules/parse/source_buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/cleanup.h"

/* Zero bytes behind the text */
#define TAIL_BYTES 2

static int allocate(struct source_buffer *out, size_t length, struct error *err)
{
	char *text = malloc(length + TAIL_BYTES);

	if (!text)
		return error_no_memory(err, "the text of a rules file");
	*out = (struct source_buffer){ text, length };
	return 0;
}

static void end_text(struct source_buffer *buffer, size_t length)
{
	buffer->length = length;
	memset(buffer->text + length, 0, TAIL_BYTES);
}

int source_buffer_copy(struct source_buffer *out, struct bytes text, struct error *err)
{
	int ret = allocate(out, text.length, err);

	if (ret < 0)
		return ret;
	if (text.length)
		memcpy(out->text, text.data, text.length);
	end_text(out, text.length);
	return 0;
}

static int open_regular(const char *path, struct stat *info, int *out, struct error *err)
{
	/* A fifo must not make us wait; it is refused below. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return error_set(err, ERROR_SYSTEM, errno, "%s", path);
	if (fstat(fd, info) < 0 || !S_ISREG(info->st_mode)) {
		close(fd);
		return error_set(err, ERROR_SYSTEM, 0, "%s: no regular file", path);
	}
	*out = fd;
	return 0;
}

static int fill(struct source_buffer *buffer, int fd, const char *path, struct error *err)
{
	size_t filled = 0;

	while (filled < buffer->length) {
		ssize_t got = read(fd, buffer->text + filled, buffer->length - filled);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(err, ERROR_SYSTEM, errno, "%s", path);
		if (!got)
			break;
		filled += (size_t)got;
	}
	end_text(buffer, filled);
	return 0;
}

int source_buffer_read(struct source_buffer *out, const char *path, size_t limit, struct stat *info,
		       struct error *err)
{
	CLEANUP_CLOSE int fd = -1;
	struct source_buffer buffer = { 0 };
	int ret = open_regular(path, info, &fd, err);

	if (ret < 0)
		return ret;
	if ((uint64_t)info->st_size > limit)
		return error_set(err, ERROR_LIMIT, 0, "%s is larger than %zu bytes", path, limit);
	ret = allocate(&buffer, (size_t)info->st_size, err);
	if (ret < 0)
		return ret;
	ret = fill(&buffer, fd, path, err);
	if (ret < 0)
		source_buffer_release(&buffer);
	else
		*out = buffer;
	return ret;
}

void source_buffer_release(struct source_buffer *buffer)
{
	free(buffer->text);
	*buffer = (struct source_buffer){ 0 };
}
