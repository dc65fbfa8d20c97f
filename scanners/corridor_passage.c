#include <stdlib.h>

#include "scanners/corridor.h"
#include "scanners/select.h"

/* The half of a corridor that stands on what has come so far, and its change to what has come in the end. */

static bool captures_files(const struct corridor *corridor)
{
	return select_kind(corridor_options(corridor), TARGET_FILE);
}

/* What is odd about blocks is told when they are made for good. */
static int make_early_blocks(struct corridor *corridor, struct error *err)
{
	struct warning_list *warnings = corridor->warnings;
	int ret = warning_list_new(&corridor->early_warnings, err);

	if (ret)
		return ret;
	corridor->warnings = corridor->early_warnings;
	ret = corridor_make_blocks(corridor, NULL, err);
	corridor->warnings = warnings;
	return ret;
}

int corridor_begin_passage(struct corridor *corridor, struct error *err)
{
	const struct model_options so_far = { .final = false };
	int ret = image_set_checkpoint(corridor->directory->images, &so_far, &corridor->early, err);

	corridor->checkpoint = corridor->early;
	if (!ret)
		ret = passage_number_images(corridor->checkpoint, corridor->files, err);
	if (!ret)
		ret = make_early_blocks(corridor, err);
	if (!ret)
		ret = corridor_start_search(corridor, err);
	if (ret)
		return ret;
	corridor->passage_plan = (struct passage_plan){
		.checkpoint = corridor->checkpoint,
		.options = corridor_options(corridor),
		.targets = corridor->targets,
		.blocks = corridor->blocks,
		.files = corridor->files,
		.search = corridor->search,
		.warnings = corridor->warnings,
		.reads_bytes = compiled_rules_reads_bytes(corridor->job->rules, PURPOSE_PROCESS),
		.keeps_objects = captures_files(corridor),
	};
	ret = passage_new(&corridor->passage, &corridor->passage_plan, err);
	/* Stopped in between, it still stands: what was begun is ended like any other scan. */
	return ret ? ret : passage_begin(corridor->passage, err);
}

/* Whether the processes that were searched have the same numbers among the targets that were made anew. */
static bool same_processes(const struct target_list *early, const struct target_list *targets)
{
	if (targets->count < early->count)
		return false;
	for (size_t i = 0; i < early->count; i++)
		if (targets->targets[i].kind != TARGET_PROCESS ||
		    targets->targets[i].process->pid != early->targets[i].process->pid)
			return false;
	return targets->count == early->count ||
	       targets->targets[early->count].kind != TARGET_PROCESS;
}

/* Pages that did not come the model knows as lost; the search, which waited for them, counts them again. */
static int note_told(struct corridor *corridor, struct error *err)
{
	const struct target_list *early = corridor->early_targets;

	corridor->told = calloc(corridor->targets->count + 1, sizeof(*corridor->told));
	if (!corridor->told)
		return error_no_memory(err, "targets");
	for (size_t i = 0; i < early->count; i++) {
		uint64_t before = target_bytes(&early->targets[i]).lost;
		uint64_t now = target_bytes(&corridor->targets->targets[i]).lost;

		corridor->told[i] = now > before ? now - before : 0;
	}
	return 0;
}

/* Nothing that is known now fits what was searched: captured files join it, and names are those of @opened. */
static int stay_early(struct corridor *corridor, const struct opened_checkpoint *opened,
		      struct error *err)
{
	int ret = target_list_add_captured(corridor->targets, opened->checkpoint, &opened->captured,
					   corridor_options(corridor), err);

	corridor->facts = opened->checkpoint;
	return ret ? ret
		   : target_list_blocks(corridor->targets, corridor->early,
					corridor_options(corridor), corridor->blocks,
					corridor->warnings, err);
}

static int take_final(struct corridor *corridor, const struct opened_checkpoint *opened,
		      struct error *err)
{
	int ret;

	corridor->early_targets = corridor->targets;
	corridor->early_blocks = corridor->blocks;
	corridor->targets = NULL;
	corridor->blocks = NULL;
	corridor->checkpoint = opened->checkpoint;
	ret = block_list_new(&corridor->blocks, err);
	return ret ? ret : corridor_make_blocks(corridor, &opened->captured, err);
}

static void take_back(struct corridor *corridor)
{
	target_list_free(corridor->targets);
	block_list_free(corridor->blocks);
	corridor->targets = corridor->early_targets;
	corridor->blocks = corridor->early_blocks;
	corridor->early_targets = NULL;
	corridor->early_blocks = NULL;
	corridor->checkpoint = corridor->early;
}

static void count_more(struct corridor *corridor, uint64_t before)
{
	struct scan_progress *progress = corridor_options(corridor)->progress;
	uint64_t now = corridor->targets->chosen.dumped;

	if (progress && now > before)
		atomic_fetch_add(&progress->bytes_total, now - before);
}

int corridor_end_passage(struct corridor *corridor, const struct opened_checkpoint *opened,
			 bool complete, struct error *err)
{
	uint64_t before = corridor->targets->chosen.dumped;
	int ret = 0;

	if (complete)
		ret = take_final(corridor, opened, err);
	if (!ret && complete && !same_processes(corridor->early_targets, corridor->targets)) {
		take_back(corridor);
		complete = false;
	}
	if (!ret)
		ret = complete ? note_told(corridor, err) : stay_early(corridor, opened, err);
	if (!ret)
		count_more(corridor, before);
	return ret;
}
