#include "engine/read/residency.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/array.h"

#define WINDOW_BYTES ((uint64_t)2 << 20)
/* Of a whole file: enough that one of which a good part is missing hardly passes for one that is there. */
#define SAMPLES 16
#define SAMPLE_BYTES ((uint64_t)64 << 10)
/* A window is there when at most this part of it is missing: reading it anew costs more than waiting for that. */
#define MOST_MISSING 8

#ifndef __NR_cachestat
#define __NR_cachestat 451 /* on all machines; the kernel has it since 6.5 */
#endif

struct cache_range { /* as the kernel takes it */
	uint64_t offset, length;
};

struct cache_counts { /* pages, as the kernel gives them */
	uint64_t cached, dirty, written_back, evicted, recently_evicted;
};

enum presence { PRESENCE_UNKNOWN, PRESENCE_THERE, PRESENCE_MISSING };

struct file_presence {
	uint8_t whole; /* enum presence; MISSING: a part of it is, see the windows */
	uint8_t *windows; /* enum presence of each; NULL: no memory for it */
};

struct residency {
	const struct file_table *files;
	struct file_presence *items; /* by file number */
	size_t capacity;
	size_t page_bytes;
	bool no_cachestat;
};

int residency_new(struct residency **out, const struct file_table *files, struct error *err)
{
	struct residency *residency = calloc(1, sizeof(*residency));

	if (!residency)
		return error_no_memory(err, "what is in the page cache");
	residency->files = files;
	residency->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	*out = residency;
	return 0;
}

void residency_free(struct residency *residency)
{
	if (!residency)
		return;
	for (size_t i = 0; i < residency->capacity; i++)
		free(residency->items[i].windows);
	free(residency->items);
	free(residency);
}

static bool ask_cachestat(struct residency *residency, int descriptor, uint64_t offset,
			  uint64_t length, uint64_t *pages)
{
	struct cache_range range = { offset, length };
	struct cache_counts counts;

	if (residency->no_cachestat)
		return false;
	if (syscall(__NR_cachestat, descriptor, &range, &counts, 0) == 0) {
		*pages = counts.cached;
		return true;
	}
	residency->no_cachestat = errno == ENOSYS || errno == EPERM;
	return false;
}

/* At most a window. */
static bool ask_mincore(const struct residency *residency, uint32_t file, uint64_t offset,
			uint64_t length, uint64_t *pages)
{
	/* Pages are never smaller than 4 KiB. */
	unsigned char seen[WINDOW_BYTES / 4096];
	size_t count = (size_t)((length + residency->page_bytes - 1) / residency->page_bytes);
	struct bytes lent;

	if (file_table_lend(residency->files, file, offset, (size_t)length, &lent, NULL) < 0 ||
	    mincore((void *)(uintptr_t)lent.data, lent.length, seen) < 0)
		return false;
	*pages = 0;
	for (size_t i = 0; i < count; i++)
		*pages += seen[i] & 1;
	return true;
}

/* @offset is a multiple of a page, and the range within the file and at most a window. */
static bool is_there(struct residency *residency, uint32_t file, uint64_t offset, uint64_t length)
{
	uint64_t all = (length + residency->page_bytes - 1) / residency->page_bytes, pages = 0;
	int descriptor = file_table_descriptor(residency->files, file);

	if (!ask_cachestat(residency, descriptor, offset, length, &pages) &&
	    !ask_mincore(residency, file, offset, length, &pages))
		return true;
	return pages >= all || (all - pages) * MOST_MISSING <= all;
}

static enum presence sample(struct residency *residency, uint32_t file, uint64_t length)
{
	uint64_t step = length / SAMPLES;

	for (uint64_t i = 0; i < SAMPLES; i++) {
		uint64_t offset = step * i / residency->page_bytes * residency->page_bytes;
		uint64_t left = length - offset;

		if (!is_there(residency, file, offset, left < SAMPLE_BYTES ? left : SAMPLE_BYTES))
			return PRESENCE_MISSING;
	}
	return PRESENCE_THERE;
}

static void begin_file(struct residency *residency, uint32_t file, struct file_presence *presence)
{
	uint64_t length = file_table_length(residency->files, file);

	presence->whole = PRESENCE_THERE;
	if (file_table_descriptor(residency->files, file) >= 0 && length)
		presence->whole = (uint8_t)sample(residency, file, length);
	if (presence->whole == PRESENCE_MISSING)
		presence->windows = calloc((size_t)((length - 1) / WINDOW_BYTES + 1), 1);
}

/* NULL: no memory for it. */
static struct file_presence *presence_of(struct residency *residency, uint32_t file)
{
	size_t old = residency->capacity;
	struct file_presence *grown = array_grow(residency->items, &residency->capacity,
						 (size_t)file + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	residency->items = grown;
	for (size_t i = old; i < residency->capacity; i++)
		grown[i] = (struct file_presence){ PRESENCE_UNKNOWN, NULL };
	if (grown[file].whole == PRESENCE_UNKNOWN)
		begin_file(residency, file, &grown[file]);
	return &grown[file];
}

static bool window_is_there(struct residency *residency, uint32_t file,
			    struct file_presence *presence, uint64_t window)
{
	uint64_t start = window * WINDOW_BYTES;
	uint64_t left = file_table_length(residency->files, file) - start;
	bool there;

	if (presence->windows[window] != PRESENCE_UNKNOWN)
		return presence->windows[window] == PRESENCE_THERE;
	there = is_there(residency, file, start, left < WINDOW_BYTES ? left : WINDOW_BYTES);
	presence->windows[window] = there ? PRESENCE_THERE : PRESENCE_MISSING;
	return there;
}

bool residency_has(struct residency *residency, uint32_t file, uint64_t offset, uint64_t length)
{
	struct file_presence *presence = presence_of(residency, file);
	uint64_t end, all = file_table_length(residency->files, file);

	if (!presence || presence->whole == PRESENCE_THERE || !presence->windows || !length ||
	    offset >= all)
		return true;
	end = length < all - offset ? offset + length : all;
	for (uint64_t window = offset / WINDOW_BYTES; window <= (end - 1) / WINDOW_BYTES; window++)
		if (!window_is_there(residency, file, presence, window))
			return false;
	return true;
}
