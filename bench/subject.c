#include "bench/subject.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/deadline.h"
#include "scanners/search_plan.h"

static void release_part(struct subject_part *part)
{
	for (size_t i = 0; part->matches && i < part->targets->count; i++)
		match_table_free(part->matches[i]);
	free(part->matches);
	target_list_free(part->targets);
	block_list_free(part->blocks);
	opened_checkpoint_release(&part->opened);
}

void subject_close(struct subject *subject)
{
	if (!subject)
		return;
	for (size_t i = 0; i < subject->count; i++)
		release_part(&subject->parts[i]);
	free(subject->parts);
	operand_free(subject->operand);
	free(subject);
}

static int stopped(const struct subject *subject, struct error *err)
{
	if (!subject->options->stop || !atomic_load(subject->options->stop))
		return 0;
	return error_set(err, ERROR_INTERRUPTED, 0, "stopped before all was measured");
}

/* Opening. */

static uint64_t stored_bytes(const struct block *block)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < block->extent_count; i++)
		if (block->extents[i].kind != EXTENT_ZERO)
			bytes += block->extents[i].length;
	return bytes;
}

static int open_part(struct subject *subject, struct subject_part *part, size_t index,
		     struct error *err)
{
	struct opened_checkpoint *opened = &part->opened;
	int ret = operand_checkpoint(subject->operand, index, opened, err);

	if (!ret)
		ret = block_list_new(&part->blocks, err);
	if (!ret)
		ret = target_list_new(&part->targets, opened->checkpoint, &opened->captured,
				      subject->options, err);
	if (!ret)
		ret = target_list_blocks(part->targets, opened->checkpoint, subject->options,
					 part->blocks, opened->warnings, err);
	if (ret)
		return ret;
	for (size_t i = 0; i < block_list_count(part->blocks); i++)
		subject->bytes += stored_bytes(block_list_get(part->blocks, i));
	return stopped(subject, err);
}

static int open_parts(struct subject *subject, struct error *err)
{
	size_t count = operand_checkpoint_count(subject->operand);
	int ret = 0;

	subject->parts = calloc(count + 1, sizeof(subject->parts[0]));
	if (!subject->parts)
		return error_no_memory(err, "checkpoints");
	/* One that could not be opened is released as well. */
	while (!ret && subject->count < count) {
		subject->count++;
		ret = open_part(subject, &subject->parts[subject->count - 1], subject->count - 1,
				err);
	}
	return ret;
}

static bool lies_in_place(const struct subject *subject)
{
	static const char *const forms[] = { "directory", "tar", "core" };
	const struct checkpoint_outline *outline = &subject->parts[0].opened.outline;

	if (!subject->count || outline->compression)
		return false;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(outline->form, forms[i]) == 0)
			return true;
	return false;
}

static int open_subject(struct subject *subject, const char *path, struct error *err)
{
	uint64_t began_ns = clock_now_ns(), walked_ns;
	int ret = operand_open(&subject->operand, path, &subject->operand_options, err);

	if (!ret)
		ret = operand_walk(subject->operand, NULL, err);
	if (!ret)
		ret = stopped(subject, err);
	walked_ns = clock_now_ns();
	if (!ret)
		ret = open_parts(subject, err);
	if (ret)
		return ret;
	subject->in_place = lies_in_place(subject);
	subject->mapping_ns = clock_now_ns() - (subject->in_place ? began_ns : walked_ns);
	return 0;
}

int subject_open(struct subject **out, const char *path, const struct scan_options *options,
		 struct error *err)
{
	struct subject *subject = calloc(1, sizeof(*subject));
	int ret;

	if (!subject)
		return error_no_memory(err, path);
	subject->options = options;
	subject->operand_options =
		(struct operand_options){ .memory = options->memory, .stop = options->stop };
	ret = open_subject(subject, path, err);
	if (ret)
		subject_close(subject);
	else
		*out = subject;
	return ret;
}

/* Searching. */

static int keep_matches(void *context, uint32_t target, struct match_table *matches,
			uint64_t bytes_lost, struct error *err)
{
	struct subject_part *part = context;

	(void)bytes_lost;
	(void)err;
	match_table_free(part->matches[target]);
	part->matches[target] = matches;
	return 0;
}

static int forget_matches(void *context, uint32_t target, struct match_table *matches,
			  uint64_t bytes_lost, struct error *err)
{
	(void)context;
	(void)target;
	(void)bytes_lost;
	(void)err;
	match_table_free(matches);
	return 0;
}

static int add_blocks(struct search *search, const struct subject_part *part, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < block_list_count(part->blocks); i++)
		ret = search_add(search, block_list_get(part->blocks, i), err);
	for (size_t i = 0; !ret && i < part->targets->count; i++)
		ret = search_seal(search, (uint32_t)i, err);
	return ret;
}

static int search_part(struct subject_part *part, struct workers *workers,
		       const struct search_plan *plan, struct error *err)
{
	bool keeps = plan->measure->step == STEP_CONFIRM;
	struct error ending;
	struct search *search;
	int ret, end;

	if (!part->matches)
		part->matches = calloc(part->targets->count + 1, sizeof(part->matches[0]));
	if (!part->matches)
		return error_no_memory(err, "matches");
	ret = search_new(&search, workers, plan, keeps ? keep_matches : forget_matches, part, err);
	if (ret)
		return ret;
	ret = add_blocks(search, part, err);
	end = search_finish(search, &ending);
	if (!ret && end && err)
		*err = ending;
	return ret ? ret : end;
}

int subject_search(struct subject *subject, struct workers *workers,
		   const struct compiled_rules *rules, struct search_measure *measure,
		   uint64_t *bytes, struct error *err)
{
	_Atomic uint64_t searched = 0;
	int ret = 0;

	for (size_t i = 0; !ret && i < subject->count; i++) {
		struct search_purpose purposes[PURPOSES];
		struct search_plan plan;

		/* What cannot be read was told by the scan before. */
		search_plan_make(&plan, purposes, rules, subject->options,
				 operand_files(subject->operand), NULL);
		plan.bytes_done = &searched;
		plan.measure = measure;
		/* Alone means that no disk is waited for. */
		if (measure->step != STEP_READ)
			plan.read_mode = READ_MMAP;
		ret = search_part(&subject->parts[i], workers, &plan, err);
	}
	if (!ret)
		*bytes = atomic_load(&searched);
	return ret;
}
