#ifndef CKPT_REPORT_FORMAT_H
#define CKPT_REPORT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/base/error.h"
#include "scanners/hit.h"

/* What of a run every line tells: json.md's `run`. */
struct run_facts {
	const char *id, *time, *version, *host;
};

struct report_options {
	bool print_strings, print_meta, print_tags, count_only, negate;
	bool color;
	bool quiet; /* no notes */
	uint32_t context_bytes;
	uint64_t max_listed;
};

/* Results of a whole run: end(), after the last checkpoint. */
struct run_summary {
	uint64_t checkpoints, complete, incomplete, skipped, hits;
	int exit_code;
	double seconds;
};

/*
 * One way to write results. A report is a hit_sink for any number of checkpoints, one after another, and one
 * end of the run. It writes to a stream that it does not close; a write that fails is ERROR_SYSTEM.
 */
struct report;

struct report_format {
	const char *name; /* what -o takes */
	int (*open)(struct report **out, FILE *stream, const struct run_facts *run,
		    const struct report_options *options, struct error *err);
	const struct hit_sink *(*sink)(struct report *report);
	int (*end_run)(struct report *report, const struct run_summary *summary, struct error *err);
	void (*close)(struct report *report);
};

extern const struct report_format report_text;
extern const struct report_format report_json;

/* NULL: no such format. */
const struct report_format *report_format_find(const char *name);
/* Fills run_facts with a random id, the time now, and this host; strings live in @buffer. */
struct run_facts_buffer {
	char id[33], time[32], host[256];
};
int run_facts_init(struct run_facts *facts, struct run_facts_buffer *buffer, struct error *err);

#endif
