#ifndef CKPT_BENCH_SUBJECT_H
#define CKPT_BENCH_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/search_measure.h"
#include "engine/workers.h"
#include "rules/compiled_rules.h"
#include "scanners/operand.h"
#include "scanners/scan_job.h"
#include "scanners/target_list.h"

/*
 * What was named, opened, and of each checkpoint in it the targets and blocks: what the steps of a scan that come behind
 * can be done with one by one, and again. Bytes that pass are kept. One thread.
 */
struct subject_part {
	struct opened_checkpoint opened;
	struct target_list *targets;
	struct block_list *blocks;
	struct match_table **matches; /* by target, once they were searched for; NULL: not yet */
};

struct subject {
	struct operand_options operand_options;
	const struct scan_options *options;
	struct operand *operand;
	struct subject_part *parts;
	size_t count;
	uint64_t bytes; /* of all blocks, without zeros that were never written */
	bool in_place; /* a directory, a tar or a core dump that is not compressed */
	uint64_t
		mapping_ns; /* from the members to the blocks; in place also the walk over the members */
};

/* @options, with all they point to, and @path are borrowed. ERROR_INTERRUPTED: told to stop meanwhile. */
int subject_open(struct subject **out, const char *path, const struct scan_options *options,
		 struct error *err);
void subject_close(struct subject *subject); /* NULL allowed */

/*
 * Searches all blocks, each by itself; with STEP_CONFIRM the matches stay with the subject. *@bytes: how many were looked at. Files
 * are read as the options say by STEP_READ alone; else they are mapped.
 */
int subject_search(struct subject *subject, struct workers *workers,
		   const struct compiled_rules *rules, struct search_measure *measure,
		   uint64_t *bytes, struct error *err);
/* Evaluates all conditions for all targets, by the matches that were found before, and forgets the verdicts. */
int subject_judge(struct subject *subject, struct workers *workers,
		  const struct compiled_rules *rules, struct error *err);

#endif
