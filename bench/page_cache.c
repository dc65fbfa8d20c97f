#include "bench/page_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/array.h"

#define READ_BYTES ((size_t)1 << 20)
#define WINDOW_BYTES ((uint64_t)64 << 20)
/* More than this part of the pages is not "hardly any", and not "all" when it is missing. */
#define FEW_OF 32

struct page_cache {
	char **paths;
	size_t count, capacity;
	const _Atomic int *stop;
};

struct page_count {
	uint64_t present, all;
};

static int add_path(struct page_cache *cache, const char *path, struct error *err)
{
	char **grown = array_grow(cache->paths, &cache->capacity, cache->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "names of files");
	cache->paths = grown;
	grown[cache->count] = strdup(path);
	if (!grown[cache->count])
		return error_no_memory(err, "names of files");
	cache->count++;
	return 0;
}

static int list_files(struct page_cache *cache, const char *path, struct error *err)
{
	char *copy = strdup(path);
	char *const roots[] = { copy, NULL };
	FTS *walk = copy ? fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL) : NULL;
	FTSENT *entry;
	int ret = walk ? 0 : error_no_memory(err, "names of files");

	while (!ret && (entry = fts_read(walk)) != NULL)
		if (entry->fts_info == FTS_F)
			ret = add_path(cache, entry->fts_accpath, err);
	if (walk)
		fts_close(walk);
	free(copy);
	return ret;
}

int page_cache_new(struct page_cache **out, const char *path, const _Atomic int *stop,
		   struct error *err)
{
	struct page_cache *cache = calloc(1, sizeof(*cache));
	int ret;

	if (!cache)
		return error_no_memory(err, "names of files");
	cache->stop = stop;
	ret = list_files(cache, path, err);
	if (ret)
		page_cache_free(cache);
	else
		*out = cache;
	return ret;
}

void page_cache_free(struct page_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->count; i++)
		free(cache->paths[i]);
	free(cache->paths);
	free(cache);
}

/* -1: no longer a file, or none that may be read. */
static int open_file(const char *path, uint64_t *length)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat info;

	if (descriptor < 0)
		return -1;
	if (fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode)) {
		*length = (uint64_t)info.st_size;
		return descriptor;
	}
	close(descriptor);
	return -1;
}

/* At most WINDOW_BYTES. What the kernel does not tell counts as present, as it does for mincore() itself. */
static uint64_t present_pages(int descriptor, uint64_t offset, size_t length, size_t page_bytes)
{
	size_t pages = (length + page_bytes - 1) / page_bytes;
	unsigned char *seen = calloc(pages, 1);
	void *mapped = mmap(NULL, length, PROT_READ, MAP_SHARED, descriptor, (off_t)offset);
	bool told = seen && mapped != MAP_FAILED && mincore(mapped, length, seen) == 0;
	uint64_t present = told ? 0 : pages;

	for (size_t i = 0; told && i < pages; i++)
		present += seen[i] & 1;
	if (mapped != MAP_FAILED)
		munmap(mapped, length);
	free(seen);
	return present;
}

static void count_file(int descriptor, uint64_t length, struct page_count *count)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);

	for (uint64_t offset = 0; offset < length; offset += WINDOW_BYTES) {
		uint64_t left = length - offset;
		size_t window = (size_t)(left < WINDOW_BYTES ? left : WINDOW_BYTES);

		count->all += (window + page_bytes - 1) / page_bytes;
		count->present += present_pages(descriptor, offset, window, page_bytes);
	}
}

static struct page_count count_all(const struct page_cache *cache)
{
	struct page_count count = { 0 };

	for (size_t i = 0; i < cache->count; i++) {
		uint64_t length;
		int descriptor = open_file(cache->paths[i], &length);

		if (descriptor < 0)
			continue;
		count_file(descriptor, length, &count);
		close(descriptor);
	}
	return count;
}

static int read_through(const struct page_cache *cache, int descriptor, uint8_t *buffer,
			struct error *err)
{
	ssize_t got = 1;

	while (got > 0 || (got < 0 && errno == EINTR)) {
		if (cache->stop && atomic_load(cache->stop))
			return error_set(err, ERROR_INTERRUPTED, 0,
					 "stopped before all was measured");
		got = read(descriptor, buffer, READ_BYTES);
	}
	return 0;
}

int page_cache_fill(const struct page_cache *cache, bool *all, struct error *err)
{
	uint8_t *buffer = malloc(READ_BYTES);
	struct page_count count;
	int ret = buffer ? 0 : error_no_memory(err, "a buffer");

	for (size_t i = 0; !ret && i < cache->count; i++) {
		uint64_t length;
		int descriptor = open_file(cache->paths[i], &length);

		if (descriptor < 0)
			continue;
		ret = read_through(cache, descriptor, buffer, err);
		close(descriptor);
	}
	free(buffer);
	if (ret)
		return ret;
	count = count_all(cache);
	*all = count.all - count.present <= count.all / FEW_OF;
	return 0;
}

bool page_cache_drop(const struct page_cache *cache)
{
	struct page_count count;

	for (size_t i = 0; i < cache->count; i++) {
		uint64_t length;
		int descriptor = open_file(cache->paths[i], &length);

		if (descriptor < 0)
			continue;
		/* Only what is written can be given up. */
		fdatasync(descriptor);
		posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
		close(descriptor);
	}
	count = count_all(cache);
	return count.all && count.present <= count.all / FEW_OF;
}
