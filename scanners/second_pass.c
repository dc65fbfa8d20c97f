#include "scanners/second_pass.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/bitmap.h"
#include "scanners/source/source.h"

static bool any_aside(const struct target_list *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		if (targets->targets[i].state == TARGET_ASIDE)
			return true;
	return false;
}

static void want_runs(uint64_t *wanted, const struct checkpoint *checkpoint,
		      const struct page_run *runs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!runs[i].lost && runs[i].image < checkpoint->image_count)
			bitmap_set(wanted, runs[i].image);
}

/* The images that the targets set aside have bytes in. */
static uint64_t *wanted_images(const struct second_pass_plan *plan)
{
	uint64_t *wanted = calloc(BITMAP_WORDS(plan->checkpoint->image_count) + 1, sizeof(*wanted));

	for (size_t i = 0; wanted && i < plan->targets->count; i++) {
		const struct process *process = plan->targets->targets[i].process;

		if (plan->targets->targets[i].state != TARGET_ASIDE || !process)
			continue;
		want_runs(wanted, plan->checkpoint, process->runs, process->run_count);
		for (size_t j = 0; j < process->vma_count; j++) {
			const struct shared_object *object = process->vmas[j].object;

			if (object)
				want_runs(wanted, plan->checkpoint, object->runs,
					  object->run_count);
		}
	}
	return wanted;
}

/* The name of a page image if the member is one of the checkpoint's directory, else NULL. */
static const char *name_in_directory(const struct second_pass_plan *plan,
				     const struct member *member)
{
	size_t length = strlen(plan->directory);
	const char *name = member->name;

	if (member->kind != MEMBER_FILE || !member->passing)
		return NULL;
	if (length) {
		if (strncmp(name, plan->directory, length) != 0 || name[length] != '/')
			return NULL;
		name += length + 1;
	}
	return strchr(name, '/') ? NULL : name;
}

/* What cannot be kept of it fails those that ask for it. */
static int keep_member(struct source *source, const struct member *member, struct page_image *image,
		       struct error *err)
{
	uint64_t kept;
	int ret = source_keep_whole(source, member, &kept, err);

	if (!ret)
		image->file = member->file;
	return ret;
}

static int keep_images(const struct second_pass_plan *plan, struct source *source,
		       const uint64_t *wanted, struct error *err)
{
	for (;;) {
		const struct member *member;
		int ret = source_next(source, &member, err);
		const char *name = !ret && member ? name_in_directory(plan, member) : NULL;

		if (ret || !member)
			return ret;
		for (size_t i = 0; name && i < plan->checkpoint->image_count; i++) {
			struct page_image *image = &plan->checkpoint->images[i];

			if (!bitmap_test(wanted, i) || image->layer || image->packed_count ||
			    strcmp(image->name, name) != 0)
				continue;
			ret = keep_member(source, member, image, err);
			if (ret)
				return ret;
			break;
		}
	}
}

static int show_again(const struct second_pass_plan *plan, struct target *target, struct error *err)
{
	struct process_memory *memory;
	int ret = process_memory_new(&memory, plan->checkpoint, target->process, err);

	if (ret)
		return ret;
	process_memory_free(target->memory);
	target->memory = memory;
	return 0;
}

static int judge_again(const struct second_pass_plan *plan, struct target *target,
		       struct error *err)
{
	struct match_table *matches = target->matches;
	struct warning warning = target_warning(target, WARNING_LIMIT);
	char label[TARGET_LABEL_BYTES];
	int ret = target->process ? show_again(plan, target, err) : 0;

	if (ret)
		return ret;
	target->matches = NULL;
	ret = judge_target(plan->judge, target, matches, err);
	if (ret || target->state != TARGET_ASIDE)
		return ret;
	target->state = TARGET_FAILED;
	return warning_list_add(
		plan->warnings, &warning,
		"%s could not be judged: a condition asks for bytes that were not kept",
		target_label(target, label));
}

static int keep_bytes(const struct second_pass_plan *plan, struct error *err)
{
	struct warning_list *again = NULL; /* what is odd in the source was said the first time */
	struct source *source = NULL;
	uint64_t *wanted = wanted_images(plan);
	int ret = wanted ? warning_list_new(&again, err) : error_no_memory(err, "page images");

	if (!ret)
		ret = source_open_again(&source, plan->source, again, err);
	if (!ret)
		ret = keep_images(plan, source, wanted, err);
	source_close(source);
	warning_list_free(again);
	free(wanted);
	return ret;
}

static void warn_of_failure(const struct second_pass_plan *plan, const struct error *problem)
{
	struct warning warning = { .code = problem->code == ERROR_INTERRUPTED ? WARNING_INTERRUPTED
									      : WARNING_READ_ERROR,
				   .file = plan->path };

	warning_list_add(plan->warnings, &warning, "second pass: %s", problem->message);
}

static int judge_all_again(const struct second_pass_plan *plan, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < plan->targets->count; i++)
		if (plan->targets->targets[i].state == TARGET_ASIDE)
			ret = judge_again(plan, &plan->targets->targets[i], err);
	return ret;
}

/* The same checkpoint, whose images lie elsewhere now; what was read of them before stays where it is. */
static struct checkpoint *copy_checkpoint(const struct checkpoint *checkpoint)
{
	struct checkpoint *copy = arena_copy(checkpoint->arena, checkpoint, sizeof(*copy));

	if (copy)
		copy->images = arena_copy(checkpoint->arena, checkpoint->images,
					  checkpoint->image_count * sizeof(*copy->images));
	return copy && copy->images ? copy : NULL;
}

/* Told to stop, what was found before stands. */
static int run(const struct second_pass_plan *plan, struct error *err)
{
	struct error problem = { 0 };
	int ret;

	ret = plan->source ? keep_bytes(plan, &problem) : 0;
	if (ret && ret != ERROR_MEMORY && ret != ERROR_INTERRUPTED)
		warn_of_failure(plan, &problem);
	if (ret != ERROR_MEMORY && ret != ERROR_INTERRUPTED)
		ret = judge_all_again(plan, &problem);
	if (ret == ERROR_INTERRUPTED) {
		warn_of_failure(plan, &problem);
		return 0;
	}
	if (ret)
		*err = problem;
	return ret;
}

int second_pass_run(const struct second_pass_plan *plan, struct error *err)
{
	struct second_pass_plan again = *plan;

	if (!any_aside(plan->targets))
		return 0;
	again.checkpoint = copy_checkpoint(plan->checkpoint);
	return again.checkpoint ? run(&again, err) : error_no_memory(err, "page images");
}
