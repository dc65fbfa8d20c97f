#include "cli/run_result.h"

#include "cli/exit_code.h"

void run_result_add(struct run_result *run, const struct scan_result *result)
{
	run->checkpoints += result->checkpoints;
	run->complete += result->summaries - result->incomplete_summaries;
	run->incomplete += result->incomplete_summaries;
	run->hits += result->hits;
	run->nothing_selected += result->nothing_selected;
	run->selected += result->is_checkpoint && !result->nothing_selected;
	if (!result->complete && result->machine)
		run->machine = true;
	else if (!result->complete)
		run->input = true;
}

void run_result_add_failure(struct run_result *run)
{
	run->incomplete++;
	run->machine = true;
}

bool run_result_selected_nothing(const struct run_result *run)
{
	return run->nothing_selected && !run->selected;
}

static enum exit_code exit_code_of(const struct run_result *run, bool exit_match)
{
	if (run->machine || run->not_reached)
		return EXIT_MACHINE;
	if (run->input || run_result_selected_nothing(run))
		return EXIT_INPUT;
	return run->hits && exit_match ? EXIT_HITS : EXIT_COMPLETE;
}

struct run_summary run_result_summary(const struct run_result *run, bool exit_match)
{
	return (struct run_summary){
		.checkpoints = run->checkpoints,
		.complete = run->complete,
		.incomplete = run->incomplete + run->not_reached,
		.hits = run->hits,
		.exit_code = (int)exit_code_of(run, exit_match),
	};
}
