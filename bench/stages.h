#ifndef CKPT_BENCH_STAGES_H
#define CKPT_BENCH_STAGES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "scanners/scan_job.h"

/*
 * What a scan is made of, each stage measured alone, and the whole of it:
 *
 *	reading       all bytes of memory are brought by the reader, and looked at once
 *	inflating_X   all bytes of an archive that is compressed with X come out of it
 *	mapping       members become processes, targets and blocks
 *	candidates    atoms are looked for in all bytes
 *	confirm       what atoms lead to is confirmed, without looking for them
 *	conditions    rules are evaluated for all targets
 *	scan          everything, as the command scan does it
 *
 * Each works by the code of a scan. Reading, inflating, mapping and the scan are measured with a cold page cache too.
 */
#define BENCH_STAGE_BYTES 24

struct bench_row {
	char stage[BENCH_STAGE_BYTES];
	size_t threads;
	bool cold;
	uint64_t bytes;
	double seconds; /* the least of several runs; above 0 */
};

/* What cannot be measured as it should. */
enum bench_note {
	BENCH_NOT_EMPTIED, /* the page cache keeps the files: there are no cold rows */
	BENCH_NOT_FILLED, /* it does not hold them all: warm rows read from the disk too */
};

/* Called by bench_measure(), on its thread; a failure ends it. */
struct bench_sink {
	void *context;
	/* Once, before any row; the outline is lent for the call. */
	int (*begin)(void *context, const struct checkpoint_outline *outline, struct error *err);
	int (*row)(void *context, const struct bench_row *row, struct error *err);
	void (*note)(void *context, enum bench_note note); /* each at most once */
};

/* Borrowed. */
struct bench_plan {
	const char *path; /* may not be standard input */
	/* Archives that are inflated alone, beside @path if that is compressed. */
	const char *const *archives;
	size_t archive_count;
	const struct compiled_rules *rules;
	struct scan_options options; /* memory, read_mode, stop, defaults */
	size_t threads; /* rows for 1, 2, 4... and these */
	double seconds; /* about as long each row may take; one run is made however long it is */
};

/*
 * Scans once, which @scan is told of, and then measures, if that found a checkpoint. ERROR_INTERRUPTED: told to stop; rows
 * that were delivered stand.
 */
int bench_measure(const struct bench_plan *plan, const struct hit_sink *scan,
		  const struct bench_sink *sink, struct scan_result *out, struct error *err);

#endif
