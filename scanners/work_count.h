#ifndef CKPT_SCANNERS_WORK_COUNT_H
#define CKPT_SCANNERS_WORK_COUNT_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/workers.h"
#include "scanners/hit.h"

/*
 * What workers do between two moments. Who shares the workers is counted too: while checkpoints are scanned side by
 * side each shows what all of them did.
 */
struct work_count {
	const struct workers *workers;
	struct workers_stats before;
	uint64_t *bytes_before;
	struct work_stats stats; /* what work_count_end() fills */
};

/* All that it points to lives in @arena. */
int work_count_begin(struct work_count *out, const struct workers *workers, struct arena *arena,
		     struct error *err);
void work_count_end(struct work_count *count);

#endif
