#include "scanners/scan_job.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/corridor.h"
#include "scanners/raw_job.h"
#include "scanners/second_pass.h"
#include "scanners/select.h"
#include "scanners/walk.h"

int corridor_make_blocks(struct corridor *corridor, const struct captured_list *captured,
			 struct error *err)
{
	int ret = target_list_new(&corridor->targets, corridor->checkpoint, captured,
				  corridor_options(corridor), err);

	if (!ret)
		ret = target_list_blocks(corridor->targets, corridor->checkpoint,
					 corridor_options(corridor), corridor->blocks,
					 corridor->warnings, err);
	return ret;
}

/* Everything has come: from here on all forms are the same. */

static int judge_set_aside(struct corridor *corridor, struct error *err)
{
	struct second_pass_plan plan = {
		.source = corridor->source,
		.path = corridor->job->path,
		.directory = corridor->within,
		.checkpoint = corridor->checkpoint,
		.targets = corridor->targets,
		.files = corridor->files,
		.warnings = corridor->warnings,
		.judge = &corridor->judge,
	};

	return second_pass_run(&plan, err);
}

static int make_targets(struct corridor *corridor, const struct opened_checkpoint *opened,
			struct error *err)
{
	int ret;

	if (corridor->passage)
		return corridor_end_passage(
			corridor, opened,
			!corridor->directory->late && !operand_cut_short(corridor->operand), err);
	corridor->checkpoint = opened->checkpoint;
	ret = corridor_make_blocks(corridor, &opened->captured, err);
	return ret ? ret : corridor_start_search(corridor, err);
}

static int scan_targets(struct corridor *corridor, const struct opened_checkpoint *opened,
			struct error *err)
{
	int ret = make_targets(corridor, opened, err);

	if (!ret)
		ret = corridor_search(corridor, err);
	if (!ret)
		ret = judge_set_aside(corridor, err);
	return ret ? ret : hit_queue_flush(corridor->queue, err);
}

static void note_selection(struct corridor *corridor)
{
	if (!corridor->targets->count && select_narrows(corridor_options(corridor)))
		corridor_warn(corridor, WARNING_NOTHING_SELECTED,
			      "the filters choose nothing of it");
}

/* What the dump left to the files themselves: no loss, but rules did not see it. */
static int note_not_dumped(struct corridor *corridor)
{
	uint64_t bytes = corridor->targets->chosen.not_dumped;
	struct warning note = { .code = WARNING_FILE_PAGES_NOT_DUMPED, .bytes = bytes };

	if (!bytes)
		return 0;
	return warning_list_add(
		corridor->warnings, &note,
		"pages of mapped files that no process wrote are not in a checkpoint, "
		"and were not searched");
}

static int begin(struct corridor *corridor, const struct opened_checkpoint *opened,
		 struct error *err)
{
	corridor->outline = opened->outline;
	corridor->warnings = opened->warnings;
	corridor->container = opened->container;
	return corridor->sink->begin(corridor->sink->context, &corridor->outline, err);
}

static int scan_opened(struct corridor *corridor, const struct opened_checkpoint *opened,
		       struct scan_result *out, struct error *err)
{
	int ret = begin(corridor, opened, err);

	if (!ret)
		ret = scan_targets(corridor, opened, err);
	corridor->unplaced_bytes = opened->unplaced_bytes;
	if (!ret)
		ret = note_not_dumped(corridor);
	if (!ret)
		note_selection(corridor);
	return ret ? ret : corridor_report_end(corridor, out, err);
}

static void add_result(struct scan_result *sum, const struct scan_result *one)
{
	sum->complete = sum->complete && one->complete;
	sum->is_checkpoint = sum->is_checkpoint || one->is_checkpoint;
	sum->machine = sum->machine || one->machine;
	sum->nothing_selected = sum->nothing_selected && one->nothing_selected;
	sum->checkpoints += one->checkpoints;
	sum->summaries += one->summaries;
	sum->incomplete_summaries += one->incomplete_summaries;
	sum->hits += one->hits;
}

/* What was begun on the way past goes on; all others begin now. */
static int scan_checkpoint(struct walk *walk, size_t index, struct scan_result *out,
			   struct error *err)
{
	struct image_directory *directory = operand_directory(walk->operand, index);
	bool passing = directory && walk->passing && walk->passing->directory == directory;
	struct corridor fresh = {
		.job = walk->job,
		.sink = walk->sink,
		.operand = walk->operand,
		.directory = directory,
		.warnings = directory ? directory->warnings : operand_warnings(walk->operand),
	};
	struct corridor *corridor = passing ? walk->passing : &fresh;
	struct opened_checkpoint opened = { 0 };
	int ret = passing ? 0 : corridor_open(corridor, err);

	corridor->found = true;
	if (!ret)
		ret = operand_checkpoint(walk->operand, index, &opened, err);
	if (!ret)
		ret = scan_opened(corridor, &opened, out, err);
	/* Its hits point into what was opened. */
	if (passing)
		walk_release(walk);
	else
		corridor_close(corridor);
	opened_checkpoint_release(&opened);
	return ret;
}

/* There is nothing to scan: what was named is told, and why. */
static int refuse(struct walk *walk, struct scan_result *out, struct error *err)
{
	struct corridor corridor = {
		.job = walk->job,
		.sink = walk->sink,
		.operand = walk->operand,
		.warnings = operand_warnings(walk->operand),
	};
	struct opened_checkpoint opened = { 0 };
	int ret = corridor_open(&corridor, err);

	if (!ret)
		ret = operand_refusal(walk->operand, &opened, err);
	if (!ret)
		ret = begin(&corridor, &opened, err);
	if (!ret)
		ret = corridor_report_end(&corridor, out, err);
	if (!ret && operand_nothing_selected(walk->operand))
		out->is_checkpoint = out->nothing_selected = true;
	corridor_close(&corridor);
	opened_checkpoint_release(&opened);
	return ret;
}

static int scan_all(struct walk *walk, struct scan_result *out, struct error *err)
{
	size_t count = operand_checkpoint_count(walk->operand);
	struct scan_result sum = { .complete = true, .nothing_selected = true };
	int ret = 0;

	if (!count)
		return refuse(walk, out, err);
	for (size_t i = 0; !ret && i < count; i++) {
		struct scan_result one;

		ret = scan_checkpoint(walk, i, &one, err);
		if (!ret)
			add_result(&sum, &one);
	}
	if (!ret)
		*out = sum;
	return ret;
}

static void warn_late(const struct walk *walk)
{
	corridor_warn(walk->passing, WARNING_UNSUPPORTED,
		      "images came after the pages that they place, and standard input comes once");
}

/* *@again: an image came too late for what had passed; nothing was reported yet. */
static int scan_walked(struct walk *walk, bool *again, struct scan_result *out, struct error *err)
{
	bool late;
	int ret = walk_run(walk, err);

	if (ret)
		return ret;
	late = walk_was_late(walk);
	*again = late && source_can_repeat(walk->passing->source);
	if (*again)
		return 0;
	if (late)
		warn_late(walk);
	return scan_all(walk, out, err);
}

static struct operand_options operand_options_of(const struct scan_options *options)
{
	return (struct operand_options){
		.parents = options->parents,
		.parent_count = options->parent_count,
		.rootfs = options->rootfs,
		.member = options->member,
		.memory = options->memory,
		.stop = options->stop,
	};
}

static int scan_once(const struct scan_job *job, const struct hit_sink *sink, bool keep_all,
		     bool *again, struct scan_result *out, struct error *err)
{
	const struct operand_options options = operand_options_of(job->options);
	struct walk walk = { .job = job, .sink = sink, .keep_all = keep_all };
	int ret = operand_open(&walk.operand, job->path, &options, err);

	*again = false;
	if (!ret)
		ret = scan_walked(&walk, again, out, err);
	walk_release(&walk);
	operand_free(walk.operand);
	return ret;
}

int scan_job_run(const struct scan_job *job, const struct hit_sink *sink, struct scan_result *out,
		 struct error *err)
{
	bool again;
	int ret;

	if (job->options->raw)
		return raw_job_run(job, sink, out, err);
	ret = scan_once(job, sink, false, &again, out, err);

	if (!ret && again)
		ret = scan_once(job, sink, true, &again, out, err);
	return ret;
}
