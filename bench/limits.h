#ifndef CKPT_BENCH_LIMITS_H
#define CKPT_BENCH_LIMITS_H

#include "bench/stages.h"

/*
 * The row of the stage that takes a scan with @threads most time, of those that were measured alone: from a cold page
 * cache, where a stage was measured so, or a warm one. What a scan does beside its threads (inflating, mapping) counts as
 * measured with one. Inflating counts if @inflates. NULL: there is no row, or of @cold none is cold.
 */
const struct bench_row *bench_limit(const struct bench_row *rows, size_t count, size_t threads,
				    bool cold, bool inflates);

#endif
