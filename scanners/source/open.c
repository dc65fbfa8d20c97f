#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanners/source/form.h"
#include "scanners/source/inflated.h"
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

/* What is not compressed, and can be read at any time. */
static int open_in_place(struct source *source, const struct kind *kind,
			 const struct stored_bytes *part, struct error *err)
{
	return kind->use == KIND_CORE ? core_in_place_open(source, part, err)
				      : tar_in_place_open(source, part, err);
}

/* Whether what comes out is a source is known only when something has come out. */
static int open_passing(struct source *source, const struct kind *kind, struct origin *origin,
			struct error *err)
{
	struct inflated *inflated;
	struct lease first = { 0 };
	int ret = inflated_open(&inflated, source, kind, origin, err);

	if (ret)
		return ret;
	ret = inflated_next(inflated, &first, err);
	if (ret) {
		inflated_close(inflated);
		return ret;
	}

	const struct kind *inner = kind_of((struct bytes){ first.data, first.length });

	source->compression = kind->compression;
	if (inner->use == KIND_TAR)
		return tar_stream_open(source, inflated, &first, err);
	if (inner->use == KIND_CORE)
		return core_stream_open(source, inflated, &first, err);
	ret = error_set(err, ERROR_NOT_FOUND, 0, "%s, but not of a tar archive: %s", kind->name,
			first.length ? inner->name : "nothing");
	lease_release(&first);
	inflated_close(inflated);
	return ret;
}

static int known_kind(const struct kind **out, struct bytes start, struct error *err)
{
	const struct kind *kind = kind_of(start);

	if (start.length == 0)
		return error_set(err, ERROR_NOT_FOUND, 0, "empty file");
	if (kind->use == KIND_ENCRYPTED || kind->use == KIND_OTHER)
		return refuse(kind, err);
	*out = kind;
	return 0;
}

static int map_file(struct source *source, struct origin *origin, struct stored_bytes *out,
		    struct error *err)
{
	int ret = file_table_add_descriptor(source->files, origin->descriptor, source->path,
					    &out->file, err);

	if (ret)
		return ret;
	origin->descriptor = -1;
	out->offset = 0;
	out->length = file_table_length(source->files, out->file);
	return 0;
}

/* A plain file or a pipe. The descriptor is taken over where that is told in @origin. */
static int open_descriptor(struct source *source, struct origin *origin, bool in_place,
			   struct error *err)
{
	uint8_t start[KIND_BYTES];
	const struct kind *kind = NULL;
	struct stored_bytes whole;
	size_t length = 0;
	int ret = read_start(source, origin->descriptor, in_place, start, sizeof(start), &length,
			     err);

	if (!ret)
		ret = known_kind(&kind, (struct bytes){ start, length }, err);
	if (ret)
		return ret;
	source->can_repeat = in_place;
	if (in_place && kind->use != KIND_COMPRESSED) {
		ret = map_file(source, origin, &whole, err);
		return ret ? ret : open_in_place(source, kind, &whole, err);
	}
	/* The thread reads a file from its start; of a pipe the start is what was read. */
	if (!in_place)
		origin->start = (struct bytes){ start, length };
	return open_passing(source, kind, origin, err);
}

/* Opened without waiting: a FIFO of nobody reads as empty. What comes through it may take its time. */
static int open_pipe(struct source *source, struct origin *origin, struct error *err)
{
	int flags = fcntl(origin->descriptor, F_GETFL);

	if (flags < 0 || fcntl(origin->descriptor, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return error_set(err, ERROR_SYSTEM, errno, "open");
	return open_descriptor(source, origin, false, err);
}

static int open_path(struct source *source, struct origin *origin, struct error *err)
{
	struct stat info;

	if (fstat(origin->descriptor, &info) < 0)
		return error_set(err, ERROR_SYSTEM, errno, "stat");
	if (S_ISDIR(info.st_mode))
		return directory_open(source, origin->descriptor, err);
	if (S_ISREG(info.st_mode)) {
		source->size = (uint64_t)info.st_size;
		source->time = info.st_mtime;
		return open_descriptor(source, origin, true, err);
	}
	if (S_ISFIFO(info.st_mode))
		return open_pipe(source, origin, err);
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

static int open_named(struct source *source, const char *path, bool standard_input,
		      struct error *err)
{
	int descriptor = open_operand(path, standard_input, err), ret;
	struct origin origin = { .descriptor = descriptor };

	if (descriptor < 0)
		return descriptor;
	ret = standard_input ? open_descriptor(source, &origin, false, err)
			     : open_path(source, &origin, err);
	if (origin.descriptor >= 0)
		close(origin.descriptor);
	return ret;
}

int source_open(struct source **out, const char *path, struct file_table *files,
		struct warning_list *warnings, const struct source_options *options,
		struct error *err)
{
	bool standard_input = strcmp(path, "-") == 0;
	const char *name = standard_input ? "standard input" : path;
	struct source *source = source_new(name, files, warnings, options);
	int ret;

	if (!source)
		return error_no_memory(err, "a source");
	ret = open_named(source, path, standard_input, err);
	if (ret) {
		source_close(source);
		error_context(err, "%s", name);
		return ret;
	}
	*out = source;
	return 0;
}

/* Up to @capacity bytes, fewer where there are no more, or no more were kept. */
static int read_part_start(const struct source *source, uint8_t *data, size_t capacity,
			   size_t *length, struct error *err)
{
	const struct stored_bytes *part = &source->part;
	size_t wanted = part->length < capacity ? (size_t)part->length : capacity;
	struct bytes lent;

	if (file_table_lend(source->files, part->file, part->offset, wanted, &lent, NULL))
		return file_table_read(source->files, part->file, part->offset, data, wanted,
				       length, err);
	if (lent.length > 0)
		memcpy(data, lent.data, lent.length);
	*length = lent.length;
	return 0;
}

static bool lies_together(const struct source *source)
{
	const struct stored_bytes *part = &source->part;
	struct bytes lent;

	return file_table_lend(source->files, part->file, part->offset, (size_t)part->length, &lent,
			       NULL) == 0 &&
	       lent.length == part->length;
}

static int open_part(struct source *source, struct error *err)
{
	struct origin origin = { .descriptor = -1, .part = source->part };
	uint8_t start[KIND_BYTES];
	const struct kind *kind = NULL;
	size_t length = 0;
	int ret = read_part_start(source, start, sizeof(start), &length, err);

	if (!ret)
		ret = known_kind(&kind, (struct bytes){ start, length }, err);
	if (ret)
		return ret;
	source->can_repeat = true;
	if (kind->use != KIND_COMPRESSED && lies_together(source))
		return open_in_place(source, kind, &source->part, err);
	return open_passing(source, kind, &origin, err);
}

int source_open_part(struct source **out, const struct stored_bytes *part, const char *name,
		     struct file_table *files, struct warning_list *warnings,
		     const struct source_options *options, struct error *err)
{
	struct source *source = source_new(name, files, warnings, options);
	int ret;

	if (!source)
		return error_no_memory(err, "a source");
	source->is_part = true;
	source->part = *part;
	source->size = part->length;
	ret = open_part(source, err);
	if (ret) {
		source_close(source);
		error_context(err, "%s", name);
		return ret;
	}
	*out = source;
	return 0;
}

int source_open_again(struct source **out, const struct source *source,
		      struct warning_list *warnings, struct error *err)
{
	if (!source->can_repeat)
		return error_set(err, ERROR_USAGE, 0, "%s comes only once", source->path);
	if (source->is_part)
		return source_open_part(out, &source->part, source->path, source->files, warnings,
					&source->limits, err);
	return source_open(out, source->path, source->files, warnings, &source->limits, err);
}
