#ifndef CKPT_SCANNERS_SCAN_JOB_H
#define CKPT_SCANNERS_SCAN_JOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/read/file_table.h"
#include "engine/read/read_mode.h"
#include "engine/search.h"
#include "engine/workers.h"
#include "rules/compiled_rules.h"
#include "scanners/hit.h"
#include "scanners/memory_filter.h"

/* Counted while a scan runs; read by whoever shows progress. */
struct scan_progress {
	_Atomic uint64_t bytes_done, bytes_total; /* total 0: not known yet */
	_Atomic uint64_t hits;
};

/* What is scanned and what is reported. Borrowed for the call; zeroed: everything, with the defaults. */
struct scan_options {
	const uint32_t *pids; /* only these; NULL: all */
	size_t pid_count;
	const char *const *process_globs; /* name or executable's base name */
	size_t process_glob_count;
	uint32_t target_kinds; /* bits 1 << enum target_kind; 0: all */
	struct memory_filter memory_filter; /* which memory of a process is searched */
	const char *member; /* only the checkpoint whose images are in this directory; NULL: all */
	const char *const *parents; /* earlier images of an incremental chain, newest first */
	size_t parent_count;
	const char *rootfs; /* the container's image; NULL: none */
	const char *const *rule_names; /* report only these: "NS:NAME" or "NAME" */
	size_t rule_name_count;
	const char *const *tags;
	size_t tag_count;
	bool negate; /* report rules that are false */
	bool raw; /* what is named is a plain file: one target, judged as such; pids and globs do not count */
	uint32_t max_listed; /* per string and target; 0: 100 and 1,000 per hit */
	uint32_t data_bytes; /* of a match; 0: none */
	uint32_t context_bytes;
	enum read_mode read_mode; /* of files in place: a directory's, an uncompressed archive */
	bool stats; /* whether summaries tell how the work went */
	bool list_matches; /* whether hits carry matches at all */
	double rule_seconds; /* 0: 10 */
	size_t shard_bytes; /* 0: the engine's choice */
	enum sharing sharing; /* of what forked processes have in common */
	uint64_t search_factor; /* at most so many times the bytes stored are searched; 0: 64 */
	struct file_table_options memory; /* what may be kept of an inflated archive */
	uint64_t held_bytes; /* of hits that wait for their turn in memory; 0: 16 MiB */
	const _Atomic int *stop; /* non-zero: end with what was found, incomplete (interrupted) */
	struct scan_progress *progress; /* may be NULL */
};

struct scan_job {
	struct workers *workers; /* two jobs may share them */
	const struct compiled_rules *rules;
	const struct scan_options *options;
	const char *path; /* of the checkpoint or file; "-": standard input */
};

/* How a job ended. */
struct scan_result {
	bool complete; /* all of it is */
	bool is_checkpoint; /* or holds any; with scan_options.raw, a file that can be read */
	bool machine; /* incomplete because of the machine */
	bool nothing_selected; /* filters chose nothing of it */
	size_t checkpoints; /* found in it, and not left out by scan_options.member */
	size_t summaries,
		incomplete_summaries; /* one for each checkpoint; one where there is none */
	uint64_t hits;
};

/*
 * Scans one operand: each checkpoint in it, by member, or a plain file. 0 even when incomplete or no checkpoint (the summary and *@out say so); negative only
 * when the sink refused or memory ran out.
 */
int scan_job_run(const struct scan_job *job, const struct hit_sink *sink, struct scan_result *out,
		 struct error *err);

/* Whether --rule and --tag choose any rule of the ruleset. */
bool scan_options_select_rules(const struct scan_options *options, const struct ruleset *rules);

#endif
