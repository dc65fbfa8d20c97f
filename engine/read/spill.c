#include "engine/read/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/unnamed_file.h"

/* At least the page of any machine we run on, so that every place can be mapped. */
#define PLACE_ALIGNMENT 65536

struct spill {
	uint64_t memory_bytes, memory_used;
	uint64_t reserved; /* bytes of the file that have an owner */
	uint64_t length; /* of the file */
	char *directory;
	int descriptor;
	bool no_spill;
};

int spill_new(struct spill **out, uint64_t memory_bytes, bool no_spill, const char *directory,
	      struct error *err)
{
	struct spill *spill = calloc(1, sizeof(*spill));

	if (!spill)
		return error_no_memory(err, "the spill");
	spill->directory = strdup(directory ? directory : unnamed_file_place());
	if (!spill->directory) {
		free(spill);
		return error_no_memory(err, "the spill");
	}
	spill->memory_bytes = memory_bytes;
	spill->no_spill = no_spill;
	spill->descriptor = -1;
	*out = spill;
	return 0;
}

void spill_free(struct spill *spill)
{
	if (!spill)
		return;
	if (spill->descriptor >= 0)
		close(spill->descriptor);
	free(spill->directory);
	free(spill);
}

bool spill_take_memory(struct spill *spill, uint64_t bytes)
{
	if (bytes > spill->memory_bytes - spill->memory_used)
		return false;
	spill->memory_used += bytes;
	return true;
}

void spill_give_memory(struct spill *spill, uint64_t bytes)
{
	spill->memory_used -= bytes;
}

uint64_t spill_memory_used(const struct spill *spill)
{
	return spill->memory_used;
}

static int open_file(struct spill *spill, struct error *err)
{
	spill->descriptor = unnamed_file_open(spill->directory);
	if (spill->descriptor < 0)
		return error_set(err, ERROR_SYSTEM, errno, "make a spill file in %s",
				 spill->directory);
	return 0;
}

int spill_reserve(struct spill *spill, uint64_t length, uint64_t *offset, struct error *err)
{
	uint64_t rounded;

	if (spill->no_spill)
		return error_set(err, ERROR_LIMIT, 0,
				 "more than %llu bytes to keep, and nothing may go to a disk",
				 (unsigned long long)spill->memory_bytes);
	if (__builtin_add_overflow(length, PLACE_ALIGNMENT - 1, &rounded) ||
	    rounded > (uint64_t)INT64_MAX - spill->reserved)
		return error_set(err, ERROR_LIMIT, 0, "no place for %llu bytes in the spill file",
				 (unsigned long long)length);
	if (spill->descriptor < 0) {
		int ret = open_file(spill, err);

		if (ret)
			return ret;
	}
	*offset = spill->reserved;
	spill->reserved += rounded - rounded % PLACE_ALIGNMENT;
	return 0;
}

static void grown_to(struct spill *spill, uint64_t end)
{
	if (spill->length < end)
		spill->length = end;
}

int spill_write(struct spill *spill, uint64_t offset, struct bytes bytes, struct error *err)
{
	while (bytes.length > 0) {
		ssize_t put = pwrite(spill->descriptor, bytes.data, bytes.length, (off_t)offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return error_set(err, ERROR_SYSTEM, errno, "write the spill file in %s",
					 spill->directory);
		bytes.data += put;
		bytes.length -= (size_t)put;
		offset += (uint64_t)put;
		grown_to(spill, offset);
	}
	return 0;
}

int spill_extend(struct spill *spill, uint64_t end, struct error *err)
{
	if (end <= spill->length)
		return 0;
	if (ftruncate(spill->descriptor, (off_t)end) < 0)
		return error_set(err, ERROR_SYSTEM, errno, "extend the spill file in %s",
				 spill->directory);
	grown_to(spill, end);
	return 0;
}

void spill_discard(struct spill *spill, uint64_t offset, uint64_t length)
{
	/* Best effort: without it the space comes back when the file is closed. */
	if (length > 0 && fallocate(spill->descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				    (off_t)offset, (off_t)length) < 0)
		return;
}

int spill_descriptor(const struct spill *spill)
{
	return spill->descriptor;
}
