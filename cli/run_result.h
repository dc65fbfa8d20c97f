#ifndef CKPT_CLI_RUN_RESULT_H
#define CKPT_CLI_RUN_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/format.h"
#include "scanners/scan_job.h"

/* How the operands of a run went, and what exit code that makes. A zeroed struct is a run without any. */
struct run_result {
	uint64_t checkpoints, complete, incomplete, hits;
	uint64_t selected; /* checkpoints of which the filters chose something */
	uint64_t nothing_selected;
	uint64_t not_reached; /* operands left when the run was told to stop */
	bool input, machine; /* incomplete because of it */
};

void run_result_add(struct run_result *run, const struct scan_result *result);
/* An operand whose scan ended with an error: no memory, or its results could not be written. */
void run_result_add_failure(struct run_result *run);
/* Filters were given and chose nothing in any checkpoint. */
bool run_result_selected_nothing(const struct run_result *run);
/* With the exit code; @exit_match as the option. Seconds are the caller's. */
struct run_summary run_result_summary(const struct run_result *run, bool exit_match);

#endif
