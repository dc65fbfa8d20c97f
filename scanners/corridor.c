#include "scanners/corridor.h"

#include <stdlib.h>

#include "engine/base/deadline.h"
#include "scanners/account.h"
#include "scanners/search_plan.h"
#include "scanners/select.h"
#include "scanners/siblings.h"
#include "scanners/target_outline.h"

int corridor_open(struct corridor *corridor, struct error *err)
{
	const struct scan_options *options = corridor_options(corridor);
	int ret = 0;

	corridor->started_ns = clock_now_ns();
	if (corridor->operand)
		corridor->files = operand_files(corridor->operand);
	else
		ret = warning_list_new(&corridor->warnings, err);
	if (!ret && !corridor->operand)
		ret = file_table_new(&corridor->files, &options->memory, err);
	if (!ret)
		ret = block_list_new(&corridor->blocks, err);
	if (!ret && !(corridor->arena = arena_new(0)))
		ret = error_no_memory(err, "a scan");
	if (!ret && options->stats)
		ret = work_count_begin(&corridor->work, corridor->job->workers, corridor->arena,
				       err);
	corridor->judge = (struct judge){ corridor->job->rules, options, corridor->files,
					  corridor->warnings };
	return ret;
}

void corridor_close(struct corridor *corridor)
{
	if (corridor->search) {
		struct error ignored;

		search_finish(corridor->search, &ignored);
	}
	hit_queue_free(corridor->queue);
	passage_free(corridor->passage);
	target_list_free(corridor->targets);
	block_list_free(corridor->blocks);
	target_list_free(corridor->early_targets);
	block_list_free(corridor->early_blocks);
	checkpoint_free(corridor->early);
	warning_list_free(corridor->early_warnings);
	free(corridor->told);
	if (!corridor->operand) {
		file_table_free(corridor->files);
		warning_list_free(corridor->warnings);
	}
	arena_free(corridor->arena);
}

void corridor_warn(struct corridor *corridor, enum warning_code code, const char *message)
{
	struct warning warning = { .code = code };

	warning_list_add(corridor->warnings, &warning, "%s", message);
}

void corridor_refuse(struct corridor *corridor, enum warning_code code, const char *message)
{
	struct warning warning = { .code = code, .file = corridor->job->path };

	warning_list_add(corridor->warnings, &warning, "%s", message);
}

/* Searching. */

static int target_done(void *context, uint32_t number, struct match_table *matches,
		       uint64_t bytes_lost, struct error *err)
{
	struct corridor *corridor = context;
	struct target *target = &corridor->targets->targets[number];
	uint64_t told = corridor->told ? corridor->told[number] : 0;
	int ret;

	target_lose(target, bytes_lost > told ? bytes_lost - told : 0);
	ret = judge_target(&corridor->judge, target, matches, err);
	if (ret || target->state == TARGET_ASIDE)
		return ret;
	return hit_queue_done(corridor->queue, number, err);
}

int corridor_start_search(struct corridor *corridor, struct error *err)
{
	struct scan_progress *progress = corridor_options(corridor)->progress;

	search_plan_make(&corridor->search_plan, corridor->purposes, corridor->job->rules,
			 corridor_options(corridor), corridor->files, corridor->warnings);
	if (progress)
		atomic_fetch_add(&progress->bytes_total, corridor->targets->chosen.dumped);
	return search_new(&corridor->search, corridor->job->workers, &corridor->search_plan,
			  target_done, corridor, err);
}

static int open_queue(struct corridor *corridor, struct error *err)
{
	struct scan_progress *progress = corridor_options(corridor)->progress;

	corridor->queue_plan = (struct hit_queue_plan){
		.sink = corridor->sink,
		.outline = &corridor->outline,
		.targets = corridor->targets,
		.files = corridor->files,
		.container = corridor->container,
		.facts = corridor->facts,
		.checkpoint = corridor->checkpoint,
		.hit_count = progress ? &progress->hits : NULL,
		.rules = compiled_rules_ruleset(corridor->job->rules),
		.memory = &corridor_options(corridor)->memory,
		.held_bytes = corridor_options(corridor)->held_bytes,
	};
	return hit_queue_new(&corridor->queue, &corridor->queue_plan, err);
}

static int add_blocks(struct corridor *corridor, struct error *err)
{
	if (corridor->passage)
		return passage_end(corridor->passage, corridor->targets, corridor->blocks, err);
	return siblings_add_blocks(corridor->search, corridor->targets, corridor->blocks, err);
}

/* What ends the search early is no reason to lose what was found. */
int corridor_search(struct corridor *corridor, struct error *err)
{
	struct error problem = { 0 }, ending = { 0 };
	int ret = open_queue(corridor, err);

	if (ret)
		return ret;
	ret = add_blocks(corridor, &problem);

	for (size_t i = 0; !ret && i < corridor->targets->count; i++)
		ret = search_seal(corridor->search, (uint32_t)i, &problem);

	int end = search_finish(corridor->search, &ending);

	corridor->search = NULL;
	if (!ret && end) {
		ret = end;
		problem = ending;
	}
	if (ret == ERROR_INTERRUPTED || ret == ERROR_MEMORY) {
		corridor->not_searched = true;
		corridor_warn(corridor,
			      ret == ERROR_MEMORY ? WARNING_NO_MEMORY : WARNING_INTERRUPTED,
			      problem.message);
		return 0;
	}
	if (ret)
		*err = problem;
	return ret;
}

/* The end. */

static int report_warning(struct corridor *corridor, const struct target_outlines *outlines,
			  const struct warning *warning, struct error *err)
{
	const struct hit_sink *sink = corridor->sink;
	struct arena *arena = arena_new(0);
	struct target_outline target;
	bool found = false;
	int ret = arena ? target_outline_of_warning(&target, &found, outlines, warning, arena, err)
			: error_no_memory(err, "the warnings");

	if (!ret)
		ret = sink->warning(sink->context, &corridor->outline, found ? &target : NULL,
				    warning, err);
	arena_free(arena);
	return ret;
}

static int report_warnings(struct corridor *corridor, size_t *count, struct error *err)
{
	const struct warning *warnings = warning_list_sorted(corridor->warnings, count);
	const struct target_outlines outlines = { corridor->targets, corridor->facts,
						  corridor->files, corridor->container };
	int ret = warnings ? 0 : error_no_memory(err, "the warnings");

	for (size_t i = 0; !ret && i < *count; i++)
		ret = report_warning(corridor, &outlines, &warnings[i], err);
	return ret;
}

int corridor_report_end(struct corridor *corridor, struct scan_result *out, struct error *err)
{
	struct account_facts facts = {
		.options = corridor_options(corridor),
		.rules = corridor->job->rules,
		.outline = &corridor->outline,
		.targets = corridor->targets,
		.warnings = corridor->warnings,
		.hits = corridor->queue ? hit_queue_count(corridor->queue) : 0,
		.unplaced_bytes = corridor->unplaced_bytes,
		.threads = workers_count(corridor->job->workers),
	};
	struct scan_summary summary;
	size_t count = 0;
	int ret = report_warnings(corridor, &count, err);

	if (corridor_options(corridor)->stats) {
		work_count_end(&corridor->work);
		facts.stats = &corridor->work.stats;
	}
	facts.warning_count = count;
	facts.seconds = (double)(clock_now_ns() - corridor->started_ns) / 1e9;
	if (!ret)
		ret = account_make(&summary, &facts, corridor->arena, err);
	if (ret)
		return ret;
	*out = (struct scan_result){
		.complete = summary.complete,
		.is_checkpoint = corridor->found,
		.checkpoints = corridor->found,
		.summaries = 1,
		.incomplete_summaries = !summary.complete,
		.machine = warning_list_incomplete(corridor->warnings, CAUSE_MACHINE),
		.nothing_selected = corridor->targets && !corridor->targets->count &&
				    select_narrows(corridor_options(corridor)),
		.hits = summary.hits,
	};
	return corridor->sink->end(corridor->sink->context, &summary, err);
}
