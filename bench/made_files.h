#ifndef CKPT_BENCH_MADE_FILES_H
#define CKPT_BENCH_MADE_FILES_H

#include <stdatomic.h>
#include <stdint.h>

#include "engine/base/error.h"

/*
 * A made checkpoint for who has none: a tar, and the same bytes compressed with zstd and gzip. The files
 * have no names, so that nothing is left of them however the program ends; their paths lead through /proc. One thread.
 */
enum { MADE_TAR, MADE_ZSTD, MADE_GZIP, MADE_FILES };

struct made_files;

/* @directory NULL: $TMPDIR, else /tmp. @bytes: of memory. ERROR_INTERRUPTED: @stop (may be NULL) is not zero. */
int made_files_new(struct made_files **out, const char *directory, uint64_t seed, uint64_t bytes,
		   const _Atomic int *stop, struct error *err);
void made_files_free(struct made_files *files); /* NULL allowed */
/* Lent, valid as long as the files. */
const char *made_files_path(const struct made_files *files, int which);
const char *made_files_directory(const struct made_files *files);

#endif
