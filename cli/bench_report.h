#ifndef CKPT_CLI_BENCH_REPORT_H
#define CKPT_CLI_BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bench/stages.h"
#include "engine/base/json_writer.h"
#include "report/table.h"

/*
 * What was measured, for people a table for each checkpoint and which stage limits a scan of it, or the same rows as JSON
 * lines. A zeroed struct with the first five fields is ready. One thread.
 */
struct bench_report {
	FILE *stream; /* the caller's */
	bool json, color; /* color: on @stream */
	size_t threads; /* what is limited is told for so many */
	const char *made; /* what is said of a made checkpoint; NULL: one that was named */
	struct json_writer row;
	struct text start; /* of every row: type, checkpoint, container */
	struct table *table;
	struct bench_row *rows;
	size_t count, capacity;
	bool follows; /* a table stands before this one */
};

int bench_report_begin(struct bench_report *report, const struct checkpoint_outline *outline,
		       struct error *err);
int bench_report_row(struct bench_report *report, const struct bench_row *row, struct error *err);
/* After the last row of a checkpoint, also where there is none. */
int bench_report_end(struct bench_report *report, struct error *err);
void bench_report_release(struct bench_report *report);

/* "12.3 GB/s": three digits, of 1000. */
void bench_rate_add(struct text *text, uint64_t bytes, double seconds);

#endif
