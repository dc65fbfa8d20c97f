#ifndef CKPT_REPORT_FORMAT_H
#define CKPT_REPORT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "scanners/hit.h"

/* What of a run every line tells: json.md's `run`. Borrowed by a report until it is closed. */
struct run_facts {
	const char *id, *time, *version, *host;
};

struct report_options {
	bool print_strings, print_meta, print_tags, count_only, negate;
	bool color;
	uint32_t
		context_bytes; /* > 0: matches are shown with their neighbours, in text implies print_strings */
	uint64_t max_listed;
	bool default_limits; /* nobody asked for more of a match or more matches: a JSON line is bounded */
};

/* Results of a whole run: end(), after the last checkpoint. */
struct run_summary {
	uint64_t checkpoints, complete, incomplete, skipped, hits;
	int exit_code;
	double seconds;
};

/*
 * One way to write results. A report is a hit_sink for any number of checkpoints, one after another, and one
 * end of the run. It writes to a stream that it does not close, whole lines at a time, and flushes it at the
 * end of each checkpoint; a write that fails is ERROR_SYSTEM. One thread at a time.
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

/*
 * Has no line for a warning: those are for standard error, whatever the format (report_add_warning()). None for
 * a rule's console line either, so that results stay apart from them (report_add_log()).
 */
extern const struct report_format report_text;
extern const struct report_format report_json;

/* NULL: no such format. */
const struct report_format *report_format_find(const char *name);

/* The line that names a checkpoint and its container, with a line feed, safe to show. */
void report_add_heading(struct text *text, const struct checkpoint_outline *outline, bool color);

/*
 * A warning as a person reads it, with a line feed, safe to show:
 *	ckpt-scan: warning: web.tar: pages-1.img: ends early [truncated] (pid 4, 4096 bytes not seen)
 * @checkpoint is NULL where it concerns none.
 */
void report_add_warning(struct text *text, const struct checkpoint_outline *checkpoint,
			const struct warning *warning, bool color);

/*
 * What a rule said about a target, the same way:
 *	ckpt-scan: log: web.tar: pid 4: Miner: pool at 0x7f48c082500a
 */
void report_add_log(struct text *text, const struct console_message *message, bool color);

/*
 * How the work on a checkpoint went (scan_summary.stats, not NULL), the same way:
 *	ckpt-scan: stats: web.tar: bytes by node 1073741824, 1069547520; 12 steals, 40 waits
 */
void report_add_stats(struct text *text, const struct scan_summary *summary, bool color);

/* Fills run_facts with a random id, the time now, and this host; strings live in @buffer. */
struct run_facts_buffer {
	char id[33], time[32], host[256];
};
int run_facts_init(struct run_facts *facts, struct run_facts_buffer *buffer, struct error *err);

#endif
