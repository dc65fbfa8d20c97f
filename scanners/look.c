#include "scanners/look.h"

#include "scanners/operand.h"

static int visit_warnings(const struct look_visitor *visitor,
			  const struct opened_checkpoint *opened, struct look_result *out,
			  struct error *err)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(opened->warnings, &count);
	int ret = warnings ? 0 : error_no_memory(err, "the warnings");

	for (size_t i = 0; !ret && i < count; i++)
		ret = visitor->warning(visitor->context, &opened->outline, &warnings[i], err);
	for (int cause = CAUSE_INPUT; cause <= CAUSE_RULES; cause++)
		if (warning_list_incomplete(opened->warnings, (enum warning_cause)cause))
			out->complete = false;
	out->machine |= warning_list_incomplete(opened->warnings, CAUSE_MACHINE);
	return ret;
}

static int look_at(struct operand *operand, size_t index, const struct look_visitor *visitor,
		   struct look_result *out, struct error *err)
{
	struct opened_checkpoint opened = { 0 };
	int ret = operand_checkpoint(operand, index, &opened, err);
	const struct look look = {
		.outline = &opened.outline,
		.container = opened.container,
		.checkpoint = opened.checkpoint,
		.captured = &opened.captured,
		.files = operand_files(operand),
		.image_version = opened.image_version,
		.parents = opened.parents,
		.warnings = opened.warnings,
		.siblings = operand_checkpoint_count(operand),
	};

	if (!ret)
		ret = visitor->checkpoint(visitor->context, &look, err);
	if (!ret)
		ret = visit_warnings(visitor, &opened, out, err);
	out->checkpoints += !ret;
	opened_checkpoint_release(&opened);
	return ret;
}

static int refuse(struct operand *operand, const struct look_visitor *visitor,
		  struct look_result *out, struct error *err)
{
	struct opened_checkpoint opened = { 0 };
	int ret = operand_refusal(operand, &opened, err);

	if (!ret)
		ret = visit_warnings(visitor, &opened, out, err);
	opened_checkpoint_release(&opened);
	return ret;
}

static int look_at_all(struct operand *operand, const struct look_visitor *visitor,
		       struct look_result *out, struct error *err)
{
	size_t count = operand_checkpoint_count(operand);
	int ret = 0;

	if (!count)
		return refuse(operand, visitor, out, err);
	for (size_t i = 0; !ret && i < count; i++)
		ret = look_at(operand, i, visitor, out, err);
	return ret;
}

/*
 * Where only places are asked for, page images that pass are known by their length. Packed ones are looked into, and so
 * may be those whose page map has not come.
 */
static int pass_by(void *context, struct source *source, const struct member *member,
		   const struct page_member *pages, struct error *err)
{
	const struct image_set *images = pages->directory->images;

	(void)context;
	if (image_set_packs_pages(images) || !image_set_names_pages(images, pages->id))
		return operand_keep_pages(source, member, pages, err);
	return image_set_add_pages(pages->directory->images, pages->id, member->file, 0,
				   member->length, err);
}

int look_run(const char *path, const struct look_options *options,
	     const struct look_visitor *visitor, struct look_result *out, struct error *err)
{
	const struct operand_options operand_options = {
		.parents = options->parents,
		.parent_count = options->parent_count,
		.rootfs = options->rootfs,
		.member = options->member,
		.memory = options->memory,
		.stop = options->stop,
	};
	const struct page_taker places = { .take = pass_by };
	struct look_result result = { .complete = true };
	struct operand *operand = NULL;
	int ret = operand_open(&operand, path, &operand_options, err);

	if (!ret)
		ret = operand_walk(operand, options->bytes ? NULL : &places, err);
	if (!ret)
		ret = look_at_all(operand, visitor, &result, err);
	operand_free(operand);
	if (!ret)
		*out = result;
	return ret;
}
