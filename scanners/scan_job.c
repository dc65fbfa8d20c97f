#include "scanners/scan_job.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/deadline.h"
#include "scanners/account.h"
#include "scanners/corridor.h"
#include "scanners/describe.h"
#include "scanners/second_pass.h"
#include "scanners/select.h"
#include "scanners/unshown.h"

#define SMALLEST_MATCH_BYTES (UINT64_C(64) << 20)

void corridor_warn(struct corridor *corridor, enum warning_code code, const char *message)
{
	struct warning warning = { .code = code };

	warning_list_add(corridor->warnings, &warning, "%s", message);
}

/* What was named is no checkpoint: all that is known of it is the path. */
static void refuse(struct corridor *corridor, enum warning_code code, const char *message)
{
	struct warning warning = { .code = code, .file = corridor->job->path };

	warning_list_add(corridor->warnings, &warning, "%s", message);
}

/* Opening what was named. */

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
		refuse(corridor, opening_code(ret), problem.message);
	return 0;
}

static int corridor_open(struct corridor *corridor, struct error *err)
{
	const struct scan_options *options = corridor_options(corridor);
	int ret = warning_list_new(&corridor->warnings, err);

	if (!ret)
		ret = file_table_new(&corridor->files, &options->memory, err);
	if (!ret)
		ret = contents_new(&corridor->contents, corridor->warnings,
				   options->memory.memory_bytes, err);
	if (!ret)
		ret = block_list_new(&corridor->blocks, err);
	if (!ret && !(corridor->arena = arena_new(0)))
		ret = error_no_memory(err, "a scan");
	if (!ret)
		ret = open_source(corridor, err);
	corridor->judge = (struct judge){ corridor->job->rules, options, corridor->files,
					  corridor->warnings };
	return ret;
}

static void corridor_close(struct corridor *corridor)
{
	hit_queue_free(corridor->queue);
	passage_free(corridor->passage);
	target_list_free(corridor->targets);
	block_list_free(corridor->blocks);
	checkpoint_free(corridor->facts);
	checkpoint_free(corridor->checkpoint);
	contents_free(corridor->contents);
	source_close(corridor->source);
	file_table_free(corridor->files);
	warning_list_free(corridor->warnings);
	arena_free(corridor->arena);
}

/* Searching. */

static int target_done(void *context, uint32_t number, struct match_table *matches,
		       uint64_t bytes_lost, struct error *err)
{
	struct corridor *corridor = context;
	struct target *target = &corridor->targets->targets[number];

	target->bytes_lost += bytes_lost;

	int ret = judge_target(&corridor->judge, target, matches, err);

	if (ret || target->state == TARGET_ASIDE)
		return ret;
	return hit_queue_done(corridor->queue, number, err);
}

/* Of all match stores together. */
static uint64_t match_bytes(const struct scan_options *options)
{
	uint64_t bytes = options->memory.memory_bytes / 4;

	return bytes > SMALLEST_MATCH_BYTES ? bytes : SMALLEST_MATCH_BYTES;
}

int corridor_start_search(struct corridor *corridor, struct error *err)
{
	const struct scan_options *options = corridor_options(corridor);
	const struct compiled_rules *rules = corridor->job->rules;
	struct scan_progress *progress = options->progress;

	for (int purpose = 0; purpose < PURPOSES; purpose++)
		corridor->purposes[purpose] = (struct search_purpose){
			compiled_rules_database(rules, (enum scan_purpose)purpose),
			compiled_rules_needs(rules, (enum scan_purpose)purpose),
		};
	corridor->search_plan = (struct search_plan){
		.purposes = corridor->purposes,
		.purpose_count = PURPOSES,
		.files = corridor->files,
		.shard_bytes = options->shard_bytes,
		.max_listed = options->max_listed ? options->max_listed : 100,
		.data_bytes = options->data_bytes,
		.context_bytes = options->context_bytes,
		.match_bytes = match_bytes(options),
		.warnings = corridor->warnings,
		.bytes_done = progress ? &progress->bytes_done : NULL,
		.stop = options->stop,
	};
	if (progress)
		atomic_store(&progress->bytes_total, corridor->targets->chosen.dumped);
	return search_new(&corridor->search, corridor->job->workers, &corridor->search_plan,
			  target_done, corridor, err);
}

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

	corridor->directory = contents_checkpoint(corridor->contents);
	if (!corridor->directory && !final)
		return 0;
	if (!corridor->directory) {
		refuse(corridor, WARNING_NOT_A_CHECKPOINT,
		       contents_has_pre_dump(corridor->contents)
			       ? "only a pre-dump, which is no checkpoint of its own"
			       : "no checkpoint: no directory with an inventory.img");
		return 0;
	}
	if (corridor->passage)
		return image_set_checkpoint(corridor->directory->images, final, &corridor->facts,
					    err);
	return image_set_checkpoint(corridor->directory->images, final, &corridor->checkpoint, err);
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

static int open_queue(struct corridor *corridor, struct error *err)
{
	struct scan_progress *progress = corridor_options(corridor)->progress;

	corridor->queue_plan = (struct hit_queue_plan){
		.sink = corridor->sink,
		.outline = &corridor->outline,
		.targets = corridor->targets,
		.files = corridor->files,
		.container = container_reader_result(corridor->contents->container),
		.facts = corridor->facts,
		.hit_count = progress ? &progress->hits : NULL,
		.rules = compiled_rules_ruleset(corridor->job->rules),
		.memory = &corridor_options(corridor)->memory,
		.held_bytes = corridor_options(corridor)->held_bytes,
	};
	return hit_queue_new(&corridor->queue, &corridor->queue_plan, err);
}

static int add_blocks(struct corridor *corridor, struct error *err)
{
	int ret = 0;

	if (corridor->passage)
		return passage_end(corridor->passage, err);
	for (size_t i = 0; !ret && i < block_list_count(corridor->blocks); i++)
		ret = search_add(corridor->search, block_list_get(corridor->blocks, i), err);
	return ret;
}

/* What ends the search early is no reason to lose what was found. */
static int search_all(struct corridor *corridor, struct error *err)
{
	struct error problem = { 0 }, ending = { 0 };
	int ret = add_blocks(corridor, &problem);

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
		ret = open_queue(corridor, err);
	if (!ret)
		ret = search_all(corridor, err);
	if (!ret)
		ret = judge_set_aside(corridor, err);
	return ret ? ret : hit_queue_flush(corridor->queue, err);
}

static int report_warnings(struct corridor *corridor, size_t *count, struct error *err)
{
	const struct warning *warnings = warning_list_sorted(corridor->warnings, count);
	int ret = warnings ? 0 : error_no_memory(err, "the warnings");

	for (size_t i = 0; !ret && i < *count; i++)
		ret = corridor->sink->warning(corridor->sink->context, &corridor->outline, NULL,
					      &warnings[i], err);
	return ret;
}

static int report_end(struct corridor *corridor, uint64_t started_ns, struct scan_result *out,
		      struct error *err)
{
	struct account_facts facts = {
		.options = corridor_options(corridor),
		.rules = corridor->job->rules,
		.outline = &corridor->outline,
		.targets = corridor->targets,
		.warnings = corridor->warnings,
		.hits = corridor->queue ? hit_queue_count(corridor->queue) : 0,
		.other_bytes = corridor->other_bytes,
		.unplaced_bytes = corridor->unplaced_bytes,
		.threads = workers_count(corridor->job->workers),
	};
	struct scan_summary summary;
	size_t count = 0;
	int ret = report_warnings(corridor, &count, err);

	facts.warning_count = count;
	facts.seconds = (double)(clock_now_ns() - started_ns) / 1e9;
	if (!ret)
		ret = account_make(&summary, &facts, corridor->arena, err);
	if (ret)
		return ret;
	*out = (struct scan_result){
		.complete = summary.complete,
		.is_checkpoint = corridor->directory != NULL,
		.machine = warning_list_incomplete(corridor->warnings, CAUSE_MACHINE),
		.nothing_selected = corridor->targets && !corridor->targets->count &&
				    select_narrows(corridor_options(corridor)),
		.hits = summary.hits,
	};
	return corridor->sink->end(corridor->sink->context, &summary, err);
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

static int finish(struct corridor *corridor, uint64_t started_ns, struct scan_result *out,
		  struct error *err)
{
	int ret = corridor->source ? final_model(corridor, err) : 0;

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
	return ret ? ret : report_end(corridor, started_ns, out, err);
}

/* *@again: an image came too late for what had passed; nothing was reported yet. */
static int scan_once(const struct scan_job *job, const struct hit_sink *sink, bool keep_all,
		     bool *again, struct scan_result *out, struct error *err)
{
	struct corridor corridor = { .job = job, .sink = sink, .keep_all = keep_all };
	uint64_t started = clock_now_ns();
	int ret = corridor_open(&corridor, err);

	if (!ret && corridor.source)
		ret = corridor_walk(&corridor, err);
	*again = !ret && corridor.late && source_can_repeat(corridor.source);
	if (!ret && !*again) {
		if (corridor.late)
			corridor_warn(
				&corridor, WARNING_UNSUPPORTED,
				"images came after the pages that they place, and standard input "
				"comes once");
		ret = finish(&corridor, started, out, err);
	}
	if (corridor.search) {
		struct error ignored;

		search_finish(corridor.search, &ignored);
	}
	corridor_close(&corridor);
	return ret;
}

int scan_job_run(const struct scan_job *job, const struct hit_sink *sink, struct scan_result *out,
		 struct error *err)
{
	bool again;
	int ret = scan_once(job, sink, false, &again, out, err);

	if (!ret && again)
		ret = scan_once(job, sink, true, &again, out, err);
	return ret;
}
