#ifndef CKPT_BENCH_PAGE_CACHE_H
#define CKPT_BENCH_PAGE_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "engine/base/error.h"

/*
 * The page cache as far as it concerns what was named: one file, or all regular files below a directory, as they were when
 * this was made. Files that are gone since, or may not be opened, count for nothing. One thread.
 */
struct page_cache;

/* @stop (may be NULL): non-zero ends page_cache_fill(). Borrowed. */
int page_cache_new(struct page_cache **out, const char *path, const _Atomic int *stop,
		   struct error *err);
void page_cache_free(struct page_cache *cache); /* NULL allowed */

/* Reads all bytes; false: not all of them stayed, as of files larger than the memory. ERROR_INTERRUPTED. */
int page_cache_fill(const struct page_cache *cache, bool *all, struct error *err);
/*
 * Writes what is not written, and gives the pages up. False: the kernel kept more than a few of them, as of a file
 * system that lives in memory or pages that somebody has mapped; or it does not tell, as of other people's files.
 */
bool page_cache_drop(const struct page_cache *cache);

#endif
