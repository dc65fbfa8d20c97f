#ifndef CKPT_SCANNERS_ACCOUNT_H
#define CKPT_SCANNERS_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "scanners/hit.h"
#include "scanners/target_list.h"

/*
 * What became of every byte that a checkpoint describes:
 *
 *	described = scanned + lost + not selected
 *
 * Pages of mapped files that the dump never held stand beside this sum.
 */
struct account_facts {
	const struct scan_options *options;
	const struct compiled_rules *rules;
	const struct checkpoint_outline *outline;
	const struct target_list *targets; /* NULL: there were none to scan */
	struct warning_list *warnings;
	uint64_t hits, warning_count;
	uint64_t unplaced_bytes; /* of its pages, in no place of a process: lost */
	double seconds;
	size_t threads;
	const struct work_stats *stats; /* NULL: not asked for */
};

/* Fills the summary; what it points to lives in @arena. */
int account_make(struct scan_summary *out, const struct account_facts *facts, struct arena *arena,
		 struct error *err);

#endif
