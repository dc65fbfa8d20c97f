#ifndef CKPT_BENCH_MADE_MADE_ARCHIVE_H
#define CKPT_BENCH_MADE_MADE_ARCHIVE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "bench/made/made_layers.h"
#include "bench/made/made_memory.h"
#include "engine/base/error.h"

/* A made checkpoint as files: an archive, or a directory. */
struct made_archive_plan {
	const char
		*path; /* NULL: an archive, written to the descriptor, which stays the caller's */
	int descriptor;
	const char *compression; /* as libarchive calls it; NULL: none */
	struct made_form form;
	bool directory; /* at @path, which must not be there; its archive has no metadata of an engine beside */
	bool reversed; /* pages before the images that place them */
	const _Atomic int *stop; /* non-zero: ERROR_INTERRUPTED; may be NULL */
};

/* On failure what was written stays, and is no checkpoint. */
int made_archive_write(const struct made_archive_plan *plan, const struct made_memory *memory,
		       struct error *err);

/* Writes all bytes of one descriptor, from its start, compressed to another, as fast as the compression can be done. */
int made_archive_pack(int from, int to, const char *compression, const _Atomic int *stop,
		      struct error *err);

#endif
