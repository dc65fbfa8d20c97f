#include "scanners/source/raw_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/read/inflater.h"
#include "engine/read/spill.h"

/* Reserving takes no space. */
#define MOST_BYTES (UINT64_C(1) << 62)

/* What came so far: in memory, or all of it in the file. */
struct raw_intake {
	struct spill *spill;
	uint8_t *memory;
	size_t capacity;
	uint64_t length;
	bool on_disk;
};

static int intake_spill(struct raw_intake *intake, struct error *err)
{
	const struct bytes kept = { intake->memory, (size_t)intake->length };
	uint64_t offset;
	int ret = spill_reserve(intake->spill, MOST_BYTES, &offset, err);

	if (!ret)
		ret = spill_write(intake->spill, 0, kept, err);
	if (ret)
		return ret;
	free(intake->memory);
	intake->memory = NULL;
	intake->on_disk = true;
	return 0;
}

static int intake_add(struct raw_intake *intake, struct bytes bytes, struct error *err)
{
	int ret = 0;

	if (!intake->on_disk && !spill_take_memory(intake->spill, bytes.length))
		ret = intake_spill(intake, err);
	if (!ret && intake->on_disk)
		ret = spill_write(intake->spill, intake->length, bytes, err);
	if (ret)
		return ret;
	if (!intake->on_disk) {
		uint8_t *grown = array_grow(intake->memory, &intake->capacity,
					    (size_t)intake->length + bytes.length, 1);

		if (!grown)
			return error_no_memory(err, "a file");
		intake->memory = grown;
		memcpy(grown + intake->length, bytes.data, bytes.length);
	}
	intake->length += bytes.length;
	return 0;
}

/* Hands it to the file table. */
static int intake_end(struct raw_intake *intake, struct file_table *files, const char *name,
		      uint32_t *out, struct error *err)
{
	int descriptor, ret;

	if (!intake->on_disk) {
		uint8_t *memory = intake->memory ? intake->memory : malloc(1);

		intake->memory = memory;
		if (!memory)
			return error_no_memory(err, "a file");
		ret = file_table_add_memory(files, memory, (size_t)intake->length, name, out, err);
		if (!ret)
			intake->memory = NULL;
		return ret;
	}
	descriptor = fcntl(spill_descriptor(intake->spill), F_DUPFD_CLOEXEC, 0);
	if (descriptor < 0)
		return error_set(err, ERROR_SYSTEM, errno, "keep what was read");
	ret = file_table_add_descriptor(files, descriptor, name, out, err);
	if (ret)
		close(descriptor);
	return ret;
}

static enum warning_code code_of_intake(int ret, const struct error *err, bool reading)
{
	switch (ret) {
	case ERROR_LIMIT:
		return WARNING_LIMIT;
	case ERROR_INTERRUPTED:
		return WARNING_INTERRUPTED;
	default:
		return !reading && err->sys_errno == ENOSPC ? WARNING_NO_SPACE : WARNING_READ_ERROR;
	}
}

static int take_all(struct raw_intake *intake, struct inflater *input, enum warning_code *why,
		    struct error *err)
{
	for (;;) {
		struct lease lease = { 0 };
		int ret = inflater_next(input, &lease, err);
		bool reading = ret != 0;
		size_t length = lease.length;

		if (!ret && length)
			ret = intake_add(intake, (struct bytes){ lease.data, length }, err);
		if (ret)
			*why = code_of_intake(ret, err, reading);
		if (!reading)
			lease_release(&lease);
		if (ret || !length)
			return ret;
	}
}

/* The descriptor stays the caller's. */
static int read_through(struct raw_file *raw, int descriptor, const char *name,
			struct file_table *files, const struct file_table_options *keep,
			const _Atomic int *stop, enum warning_code *why, struct error *err)
{
	const struct inflater_options options = { .descriptor = descriptor, .stop = stop };
	struct raw_intake intake = { 0 };
	struct inflater *input = NULL;
	int ret;

	*why = WARNING_READ_ERROR;
	ret = spill_new(&intake.spill, keep->memory_bytes, keep->no_spill, keep->directory, err);
	if (!ret)
		ret = inflater_start(&input, &decoder_plain, &options, err);
	if (!ret)
		ret = take_all(&intake, input, why, err);
	if (!ret)
		ret = intake_end(&intake, files, name, &raw->file, err);
	raw->length = intake.length;
	raw->descriptor = -1;
	inflater_stop(input);
	spill_free(intake.spill);
	free(intake.memory);
	return ret;
}

/* Takes the descriptor over on success. */
static int lie_in_place(struct raw_file *raw, int descriptor, const char *name,
			struct file_table *files, enum warning_code *why, struct error *err)
{
	int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0), ret;

	*why = WARNING_CANNOT_OPEN;
	if (own < 0)
		return error_set(err, ERROR_SYSTEM, errno, "open %s", name);
	ret = file_table_add_descriptor(files, descriptor, name, &raw->file, err);
	if (ret == ERROR_TRUNCATED)
		*why = WARNING_CHANGED_WHILE_READ;
	if (ret) {
		close(own);
		return ret;
	}
	raw->length = file_table_length(files, raw->file);
	raw->descriptor = own;
	return 0;
}

/* Without waiting for the writer of a FIFO: that is left to reading, which can be stopped. */
static int open_operand(const char *path, bool standard_input, struct error *err)
{
	int descriptor = standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
					: open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (descriptor < 0)
		return error_set(err, ERROR_SYSTEM, errno, "cannot open");
	return descriptor;
}

/* What comes through a pipe may take its time. */
static int wait_for_pipe(int descriptor, struct error *err)
{
	int flags = fcntl(descriptor, F_GETFL);

	if (flags < 0 || fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return error_set(err, ERROR_SYSTEM, errno, "open");
	return 0;
}

/* Of a file whose offset somebody moved only the rest was given to us. */
static bool lies_in_place(int descriptor, const struct stat *info)
{
	return S_ISREG(info->st_mode) && info->st_size > 0 && lseek(descriptor, 0, SEEK_CUR) == 0;
}

/* Standard input is whatever the caller gives, a device too; no name leads to one by chance. */
static bool is_readable(const struct stat *info, bool standard_input)
{
	if (standard_input)
		return !S_ISDIR(info->st_mode);
	return S_ISREG(info->st_mode) || S_ISFIFO(info->st_mode);
}

static int refuse(const struct stat *info, enum warning_code *why, struct error *err)
{
	*why = WARNING_UNSUPPORTED;
	if (S_ISDIR(info->st_mode))
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "a directory, and only plain files are read with --raw");
	return error_set(err, ERROR_UNSUPPORTED, 0, "neither a plain file nor a pipe");
}

int raw_file_open(struct raw_file *out, const char *path, struct file_table *files,
		  const struct file_table_options *keep, const _Atomic int *stop,
		  enum warning_code *why, struct error *err)
{
	bool standard_input = strcmp(path, "-") == 0;
	const char *name = standard_input ? "standard input" : path;
	int descriptor = open_operand(path, standard_input, err), ret = 0;
	struct raw_file raw = { .descriptor = -1 };
	struct stat info;

	*why = WARNING_CANNOT_OPEN;
	if (descriptor < 0)
		return descriptor;
	if (fstat(descriptor, &info) < 0)
		ret = error_set(err, ERROR_SYSTEM, errno, "stat");
	else if (!is_readable(&info, standard_input))
		ret = refuse(&info, why, err);
	else if (!standard_input && S_ISFIFO(info.st_mode))
		ret = wait_for_pipe(descriptor, err);
	if (!ret && lies_in_place(descriptor, &info)) {
		ret = lie_in_place(&raw, descriptor, name, files, why, err);
		if (!ret)
			descriptor = -1;
	} else if (!ret) {
		ret = read_through(&raw, descriptor, name, files, keep, stop, why, err);
	}
	if (descriptor >= 0)
		close(descriptor);
	if (!ret)
		*out = raw;
	return ret;
}

void raw_file_close(struct raw_file *raw)
{
	if (raw->descriptor >= 0)
		close(raw->descriptor);
	raw->descriptor = -1;
}

uint64_t raw_file_length_now(const struct raw_file *raw)
{
	struct stat info;

	if (raw->descriptor < 0 || fstat(raw->descriptor, &info) < 0)
		return raw->length;
	return (uint64_t)info.st_size;
}
