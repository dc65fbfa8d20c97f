#include "scanners/scan_job.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/corridor.h"
#include "scanners/describe.h"
#include "scanners/raw_job.h"
#include "scanners/second_pass.h"
#include "scanners/select.h"
#include "scanners/unshown.h"

/* Why a source could not be opened, in the report's words. */
static enum warning_code opening_code(int error)
{
	switch (error) {
	case ERROR_SYSTEM:
		return WARNING_CANNOT_OPEN;
	case ERROR_UNSUPPORTED:
		return WARNING_ENCRYPTED;
	case ERROR_FORMAT:
		return WARNING_CORRUPT;
	case ERROR_TRUNCATED:
		return WARNING_TRUNCATED;
	case ERROR_LIMIT:
		return WARNING_LIMIT;
	case ERROR_INTERRUPTED:
		return WARNING_INTERRUPTED;
	default:
		return WARNING_NOT_A_CHECKPOINT;
	}
}

static int open_source(struct corridor *corridor, struct error *err)
{
	struct error problem = { 0 };
	struct source_options options = { .stop = corridor_options(corridor)->stop };
	int ret = source_open(&corridor->source, corridor->job->path, corridor->files,
			      corridor->warnings, &options, &problem);

	if (ret == ERROR_MEMORY) {
		*err = problem;
		return ret;
	}
	if (ret)
		corridor_refuse(corridor, opening_code(ret), problem.message);
	return 0;
}

static int open_checkpoint(struct corridor *corridor, struct error *err)
{
	const struct scan_options *options = corridor_options(corridor);
	int ret = corridor_open(corridor, err);

	if (!ret)
		ret = contents_new(&corridor->contents, corridor->warnings,
				   options->memory.memory_bytes, err);
	return ret ? ret : open_source(corridor, err);
}

/* Searching. */

int corridor_make_blocks(struct corridor *corridor, struct error *err)
{
	int ret = target_list_new(&corridor->targets, corridor->checkpoint,
				  corridor_options(corridor), err);

	if (!ret)
		ret = target_list_blocks(corridor->targets, corridor->checkpoint,
					 corridor_options(corridor), corridor->blocks,
					 corridor->warnings, err);
	return ret;
}

/* Everything has come: from here on all forms are the same. */

static int final_model(struct corridor *corridor, struct error *err)
{
	bool final = !corridor->cut_short;
	const struct model_options options = { .final = final };

	corridor->directory = contents_checkpoint(corridor->contents);
	if (!corridor->directory && !final)
		return 0;
	if (!corridor->directory) {
		corridor_refuse(corridor, WARNING_NOT_A_CHECKPOINT,
				contents_has_pre_dump(corridor->contents)
					? "only a pre-dump, which is no checkpoint of its own"
					: "no checkpoint: no directory with an inventory.img");
		return 0;
	}
	if (corridor->passage)
		return image_set_checkpoint(corridor->directory->images, &options, &corridor->facts,
					    err);
	return image_set_checkpoint(corridor->directory->images, &options, &corridor->checkpoint,
				    err);
}

/*
 * Content of the checkpoint that no process's memory shows: not selected, as long as only memory is searched. Pages that
 * nobody can place are some process's memory, and lost.
 */
static int count_others(struct corridor *corridor, struct error *err)
{
	const struct checkpoint *model = corridor->facts ? corridor->facts : corridor->checkpoint;
	uint64_t unshown;
	int ret = unshown_bytes(model, &unshown, err);

	if (ret)
		return ret;
	corridor->unplaced_bytes = image_set_unplaced_bytes(corridor->directory->images, model);
	if (__builtin_add_overflow(corridor->contents->other_bytes, unshown,
				   &corridor->other_bytes))
		corridor->other_bytes = UINT64_MAX;
	return 0;
}

static void warn_other_checkpoints(struct corridor *corridor)
{
	for (size_t i = 0; i < corridor->contents->directory_count; i++) {
		const struct image_directory *other = &corridor->contents->directories[i];
		struct warning warning = { .code = WARNING_UNSUPPORTED, .file = other->path };

		if (other != corridor->directory && image_set_has_inventory(other->images))
			warning_list_add(corridor->warnings, &warning,
					 "a second checkpoint in one source is not scanned");
	}
}

static int begin(struct corridor *corridor, struct error *err)
{
	int ret = checkpoint_outline_make(&corridor->outline, corridor->job->path, corridor->source,
					  corridor->contents, corridor->directory, corridor->arena,
					  err);

	return ret ? ret : corridor->sink->begin(corridor->sink->context, &corridor->outline, err);
}

static int judge_set_aside(struct corridor *corridor, struct error *err)
{
	struct second_pass_plan plan = {
		.path = corridor->job->path,
		.directory = corridor->directory ? corridor->directory->path : "",
		.checkpoint = corridor->checkpoint,
		.targets = corridor->targets,
		.files = corridor->files,
		.warnings = corridor->warnings,
		.judge = &corridor->judge,
	};

	return second_pass_run(&plan, err);
}

static int scan_targets(struct corridor *corridor, struct error *err)
{
	int ret = 0;

	if (!corridor->passage) {
		ret = corridor_make_blocks(corridor, err);
		if (!ret)
			ret = corridor_start_search(corridor, err);
	}
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
			      "the filters choose no process of it");
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

static int finish(struct corridor *corridor, struct scan_result *out, struct error *err)
{
	int ret = corridor->source ? final_model(corridor, err) : 0;

	corridor->found = corridor->directory != NULL;
	if (!ret)
		ret = begin(corridor, err);
	if (!ret && corridor->directory) {
		warn_other_checkpoints(corridor);
		ret = scan_targets(corridor, err);
		if (!ret)
			ret = count_others(corridor, err);
		if (!ret)
			ret = note_not_dumped(corridor);
		if (!ret)
			note_selection(corridor);
	}
	return ret ? ret : corridor_report_end(corridor, out, err);
}

/* *@again: an image came too late for what had passed; nothing was reported yet. */
static int scan_once(const struct scan_job *job, const struct hit_sink *sink, bool keep_all,
		     bool *again, struct scan_result *out, struct error *err)
{
	struct corridor corridor = { .job = job, .sink = sink, .keep_all = keep_all };
	int ret = open_checkpoint(&corridor, err);

	if (!ret && corridor.source)
		ret = corridor_walk(&corridor, err);
	*again = !ret && corridor.late && source_can_repeat(corridor.source);
	if (!ret && !*again) {
		if (corridor.late)
			corridor_warn(
				&corridor, WARNING_UNSUPPORTED,
				"images came after the pages that they place, and standard input "
				"comes once");
		ret = finish(&corridor, out, err);
	}
	corridor_close(&corridor);
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
