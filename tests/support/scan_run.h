#ifndef CKPT_TESTS_SUPPORT_SCAN_RUN_H
#define CKPT_TESTS_SUPPORT_SCAN_RUN_H

#include <stddef.h>

#include <jansson.h>

#include "rules/ruleset.h"
#include "scanners/scan_job.h"

/* One whole scan as the program does it, with its report as JSON. A failure ends the test. */
struct scan_setup {
	const char *path;
	const char *rules; /* text; NULL: none */
	const struct search_pattern *patterns;
	size_t pattern_count;
	bool every_rule_live; /* see compile_options */
	struct scan_options options; /* list_matches is set for you */
	size_t threads; /* 0: two */
};

struct scan_run {
	json_t *lines; /* array of the report's objects; json_decref() */
	struct scan_result result;
};

void scan_run(const struct scan_setup *setup, struct scan_run *out);
void scan_run_release(struct scan_run *run);

/* The same with a sink of the test's own; returns what scan_job_run() does. */
int scan_run_into(const struct scan_setup *setup, const struct hit_sink *sink,
		  struct scan_result *out, struct error *err);

/*
 * The report without what may differ between two forms of one checkpoint, one line each, in order; malloc'd.
 */
char *scan_run_normalized(const struct scan_run *run);
/* The summary's object, lent. */
json_t *scan_run_summary(const struct scan_run *run);
/* Whether a warning of this code is in the report. */
bool scan_run_warns(const struct scan_run *run, const char *code);

/* All lines of a JSON lines file as an array; ends the test if it cannot be read. */
json_t *json_lines_load(const char *path);

/* A new directory below $TMPDIR, kept in @out; removed with all that is in it by temporary_remove(). */
void temporary_directory(char *out, size_t size);
void temporary_remove(const char *path);
/* Whether a file can be read: fixtures that are not in the repository may be missing. */
bool file_is_there(const char *path);

#endif
