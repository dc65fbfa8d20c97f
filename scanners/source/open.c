#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanners/source/form.h"
#include "scanners/source/kinds.h"

static int refuse(const struct kind *kind, struct error *err)
{
	if (kind->use == KIND_ENCRYPTED)
		return error_set(err, ERROR_UNSUPPORTED, 0, "encrypted with %s; decrypt it first",
				 kind->name);
	return error_set(err, ERROR_NOT_FOUND, 0,
			 "not an archive and not a directory of CRIU images: %s", kind->name);
}

/* How often a wait looks at the flag that stops the run. */
#define STOP_CHECK_MS 100

/* False: the run was stopped. */
static bool wait_for_bytes(const struct source *source, int descriptor)
{
	const _Atomic int *stop = source->limits.stop;
	struct pollfd input = { .fd = descriptor, .events = POLLIN };

	while (stop && atomic_load(stop) == 0)
		if (poll(&input, 1, STOP_CHECK_MS) > 0)
			return true;
	return !stop;
}

/* Up to @capacity bytes, fewer only at the end; a file that can be repositioned stays where it is. */
static int read_start(const struct source *source, int descriptor, bool seekable, uint8_t *data,
		      size_t capacity, size_t *length, struct error *err)
{
	size_t done = 0;

	while (done < capacity) {
		if (!seekable && !wait_for_bytes(source, descriptor))
			return error_set(err, ERROR_INTERRUPTED, 0, "stopped");

		ssize_t got = seekable
				      ? pread(descriptor, data + done, capacity - done, (off_t)done)
				      : read(descriptor, data + done, capacity - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(err, ERROR_SYSTEM, errno, "read");
		if (got == 0)
			break;
		done += (size_t)got;
	}
	*length = done;
	return 0;
}

static int open_kind(struct source *source, int descriptor, bool in_place, struct bytes start,
		     struct error *err)
{
	const struct kind *kind = kind_of(start);

	if (start.length == 0)
		return error_set(err, ERROR_NOT_FOUND, 0, "empty file");
	if (kind->use != KIND_TAR && kind->use != KIND_COMPRESSED)
		return refuse(kind, err);
	if (in_place && kind->use == KIND_TAR)
		return tar_in_place_open(source, descriptor, err);
	/* The thread reads a file from its start; of a pipe the start is what was read. */
	return stream_open(source, descriptor, kind, in_place ? (struct bytes){ NULL, 0 } : start,
			   err);
}

/* Takes the descriptor over on success. */
static int open_descriptor(struct source *source, int descriptor, bool in_place, struct error *err)
{
	uint8_t start[KIND_BYTES];
	size_t length = 0;
	int ret = read_start(source, descriptor, in_place, start, sizeof(start), &length, err);

	if (ret)
		return ret;
	source->can_repeat = in_place;
	return open_kind(source, descriptor, in_place, (struct bytes){ start, length }, err);
}

/* Opened without waiting: a FIFO of nobody reads as empty. What comes through it may take its time. */
static int open_pipe(struct source *source, int descriptor, struct error *err)
{
	int flags = fcntl(descriptor, F_GETFL);

	if (flags < 0 || fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return error_set(err, ERROR_SYSTEM, errno, "open");
	return open_descriptor(source, descriptor, false, err);
}

static int open_path(struct source *source, int descriptor, struct error *err)
{
	struct stat info;

	if (fstat(descriptor, &info) < 0)
		return error_set(err, ERROR_SYSTEM, errno, "stat");
	if (S_ISDIR(info.st_mode)) {
		int ret = directory_open(source, descriptor, err);

		if (!ret)
			close(descriptor);
		return ret;
	}
	if (S_ISREG(info.st_mode)) {
		source->size = (uint64_t)info.st_size;
		return open_descriptor(source, descriptor, true, err);
	}
	if (S_ISFIFO(info.st_mode))
		return open_pipe(source, descriptor, err);
	return error_set(err, ERROR_NOT_FOUND, 0, "neither a file nor a directory");
}

static int open_operand(const char *path, bool standard_input, struct error *err)
{
	int descriptor = standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
					: open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (descriptor < 0)
		return error_set(err, ERROR_SYSTEM, errno, "cannot open");
	return descriptor;
}

int source_open(struct source **out, const char *path, struct file_table *files,
		struct warning_list *warnings, const struct source_options *options,
		struct error *err)
{
	bool standard_input = strcmp(path, "-") == 0;
	const char *name = standard_input ? "standard input" : path;
	struct source *source = source_new(name, files, warnings, options);
	int descriptor, ret;

	if (!source)
		return error_no_memory(err, "a source");
	descriptor = ret = open_operand(path, standard_input, err);
	if (descriptor >= 0) {
		ret = standard_input ? open_descriptor(source, descriptor, false, err)
				     : open_path(source, descriptor, err);
		/* A source that took the descriptor over has a form, and closes it by that. */
		if (ret && !source->ops)
			close(descriptor);
	}
	if (ret < 0) {
		source_close(source);
		return error_context(err, "%s", name);
	}
	*out = source;
	return 0;
}
