#include "cli/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/array.h"
#include "engine/base/cleanup.h"
#include "rules/compiled_rules.h"

#define READ_BYTES 65536u

struct buffer {
	uint8_t *data;
	size_t length, capacity;
};

static int too_large(const char *path, struct error *err)
{
	return error_set(err, ERROR_LIMIT, 0, "%s: larger than 256 MiB, not read", path);
}

static int check_kind(const char *path, int descriptor, struct error *err)
{
	struct stat info;

	if (fstat(descriptor, &info) < 0)
		return error_set(err, ERROR_SYSTEM, errno, "%s", path);
	if (S_ISDIR(info.st_mode))
		return error_set(err, ERROR_FORMAT, 0,
				 "%s: is a directory; files are named one by one", path);
	if (S_ISREG(info.st_mode) && info.st_size > (off_t)TEXT_FILE_BYTES_MAX)
		return too_large(path, err);
	return 0;
}

/* A zero byte is in no text. What compiled rules are is told, for they are easily taken for rules. */
static int check_text(const char *path, const uint8_t *data, size_t length, bool is_first,
		      struct error *err)
{
	if (is_first && length >= 5 && memcmp(data, "YARA", 4) == 0 && data[4] < 0x20)
		return error_set(err, ERROR_FORMAT, 0,
				 "%s: compiled by yarac; give the source of these rules", path);
	if (is_first && compiled_rules_is_file((struct bytes){ data, length }))
		return error_set(err, ERROR_FORMAT, 0,
				 "%s: compiled rules, which -r reads, and not from a pipe", path);
	if (memchr(data, '\0', length))
		return error_set(err, ERROR_FORMAT, 0, "%s: is a binary file, not text", path);
	return 0;
}

/* One read; *@ended at the end of the file. */
static int read_more(const char *path, int descriptor, struct buffer *buffer, bool *ended,
		     struct error *err)
{
	uint8_t *grown =
		array_grow(buffer->data, &buffer->capacity, buffer->length + READ_BYTES, 1);
	ssize_t count;

	if (!grown)
		return error_no_memory(err, path);
	buffer->data = grown;
	do {
		count = read(descriptor, buffer->data + buffer->length, READ_BYTES);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return error_set(err, ERROR_SYSTEM, errno, "%s", path);

	int ret = check_text(path, buffer->data + buffer->length, (size_t)count, !buffer->length,
			     err);

	if (ret)
		return ret;
	buffer->length += (size_t)count;
	*ended = count == 0;
	return buffer->length > TEXT_FILE_BYTES_MAX ? too_large(path, err) : 0;
}

/* Whether it is the name that is wrong, or the right to it, and not the machine. */
static bool is_of_the_name(int reason)
{
	switch (reason) {
	case EACCES:
	case ELOOP:
	case ENAMETOOLONG:
	case ENODEV:
	case ENOENT:
	case ENOTDIR:
	case ENXIO:
	case EPERM:
		return true;
	default:
		return false;
	}
}

static int cannot_open(const char *path, int reason, struct error *err)
{
	if (is_of_the_name(reason))
		return error_set(err, ERROR_NOT_FOUND, 0, "%s: %s", path, strerror(reason));
	return error_set(err, ERROR_SYSTEM, reason, "%s", path);
}

int text_file_read(const char *path, uint8_t **out, size_t *length, struct error *err)
{
	CLEANUP_CLOSE int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct buffer buffer = { 0 };
	bool ended = false;
	int ret;

	if (descriptor < 0)
		return cannot_open(path, errno, err);
	ret = check_kind(path, descriptor, err);
	while (!ret && !ended)
		ret = read_more(path, descriptor, &buffer, &ended, err);
	if (ret) {
		free(buffer.data);
		return ret;
	}
	*out = buffer.data;
	*length = buffer.length;
	return 0;
}
