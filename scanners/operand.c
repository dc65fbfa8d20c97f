#include "scanners/operand.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/operand_state.h"
#include "scanners/source/member_name.h"

/* Why a source could not be opened, in the report's words. */
int operand_warn(struct operand *operand, enum warning_code code, const char *file, uint64_t bytes,
		 const char *message, struct error *err)
{
	struct warning warning = { .code = code, .file = file, .bytes = bytes };

	if (warning_list_add(operand->warnings, &warning, "%s", message) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int open_source(struct operand *operand, struct error *err)
{
	struct error problem = { 0 };
	const struct source_options options = { .stop = operand->options->stop };
	int ret = source_open(&operand->source, operand->path, operand->files, operand->warnings,
			      &options, &problem);

	if (ret == ERROR_MEMORY) {
		*err = problem;
		return ret;
	}
	return ret ? operand_warn(operand, source_opening_code(ret, WARNING_NOT_A_CHECKPOINT),
				  operand->path, 0, problem.message, err)
		   : 0;
}

/* One that leads out of the operand stays as it is, and is found nowhere. */
static int choose_member(struct operand *operand, struct error *err)
{
	const char *member = operand->options->member;
	char *clean = NULL;

	operand->member = member;
	if (!member || !member_name_clean(member, &clean))
		return 0;
	operand->member = clean ? arena_copy_string(operand->arena, clean, strlen(clean)) : "";
	free(clean);
	return operand->member ? 0 : error_no_memory(err, member);
}

int operand_open_with(struct operand **out, const char *path, const struct operand_options *options,
		      struct file_table *files, struct error *err)
{
	struct operand *operand = calloc(1, sizeof(*operand));
	int ret;

	if (!operand)
		return error_no_memory(err, path);
	operand->path = path;
	operand->options = options;
	operand->files = files;
	operand->lent_files = files != NULL;
	operand->arena = arena_new(0);
	ret = operand->arena ? warning_list_new(&operand->warnings, err)
			     : error_no_memory(err, path);
	if (!ret)
		ret = choose_member(operand, err);
	if (!ret && !files)
		ret = file_table_new(&operand->files, &options->memory, err);
	if (!ret)
		ret = contents_new(&operand->contents, operand->warnings,
				   options->memory.memory_bytes, err);
	if (!ret)
		ret = open_source(operand, err);
	if (ret) {
		operand_free(operand);
		return ret;
	}
	*out = operand;
	return 0;
}

int operand_open(struct operand **out, const char *path, const struct operand_options *options,
		 struct error *err)
{
	return operand_open_with(out, path, options, NULL, err);
}

void operand_free(struct operand *operand)
{
	if (!operand)
		return;
	for (size_t i = 0; i < operand->parent_count; i++)
		operand_free(operand->parents[i]);
	for (size_t i = 0; i < operand->layer_count; i++)
		source_close(operand->layers[i]);
	free(operand->parents);
	free(operand->layers);
	free(operand->checkpoints);
	member_owners_release(&operand->owners);
	contents_free(operand->contents);
	source_close(operand->source);
	if (!operand->lent_files)
		file_table_free(operand->files);
	warning_list_free(operand->warnings);
	arena_free(operand->arena);
	free(operand);
}

/* The walk. */

int operand_keep_pages(struct source *source, const struct member *member,
		       const struct page_member *pages, struct error *err)
{
	uint64_t kept = 0;
	int ret = source_keep_whole(source, member, &kept, err);

	pages->directory->kept = true;
	if (ret)
		return ret;
	ret = image_set_add_pages(pages->directory->images, pages->id, member->file, 0, kept, err);
	if (!ret && source_keep_failed(source))
		image_set_lose_pages(pages->directory->images);
	return ret;
}

static int take_member(struct operand *operand, struct source *source, const struct member *member,
		       const struct page_taker *taker, struct error *err)
{
	struct page_member pages = { 0 };
	enum member_role role;
	int ret = contents_take(operand->contents, source, member, &role, &pages, err);

	if (ret || role == ROLE_DONE)
		return ret;
	if (!member->passing)
		return image_set_add_pages(pages.directory->images, pages.id, member->file,
					   member->offset, member->length, err);
	return taker ? taker->take(taker->context, source, member, &pages, err)
		     : operand_keep_pages(source, member, &pages, err);
}

bool operand_stopped(const struct operand *operand)
{
	return operand->options->stop && *operand->options->stop;
}

/* *@ended: there is no further member; a source that passes may end because the run is stopped. */
static int walk_members(struct operand *operand, struct source *source,
			const struct page_taker *taker, bool *ended, struct error *err)
{
	int ret = 0;

	*ended = false;
	while (!ret && !*ended && !operand_stopped(operand)) {
		const struct member *member;

		ret = source_next(source, &member, err);
		*ended = !ret && !member;
		if (!ret && member)
			ret = take_member(operand, source, member, taker, err);
	}
	return ret;
}

int operand_walk_source(struct operand *operand, struct source *source,
			const struct page_taker *taker, struct error *err)
{
	bool ended;
	int ret = walk_members(operand, source, taker, &ended, err);
	struct warning warning = { .code = WARNING_INTERRUPTED };

	if (ret && ret != ERROR_INTERRUPTED)
		return ret;
	operand->cut_short |= !ended || (operand_stopped(operand) && source_truncated(source));
	if (!ended)
		warning_list_add(operand->warnings, &warning, "stopped before all of it was read");
	return 0;
}

bool operand_chooses(const struct operand *operand, const struct image_directory *directory)
{
	return !operand->member || strcmp(operand->member, directory->path) == 0;
}

/* A core dump is its own and only member. */
static bool is_core(const struct operand *operand)
{
	return operand->source && source_form(operand->source) == FORM_CORE &&
	       operand->contents->loose.count;
}

static int list_checkpoints(struct operand *operand, struct error *err)
{
	const struct contents *contents = operand->contents;
	size_t found = 0;

	operand->checkpoints =
		calloc(contents->directory_count + 1, sizeof(struct image_directory *));
	if (!operand->checkpoints)
		return error_no_memory(err, "checkpoints");
	for (size_t i = 0; i < contents->directory_count; i++) {
		struct image_directory *directory = contents->directories[i];

		if (!image_set_has_inventory(directory->images))
			continue;
		found++;
		if (operand_chooses(operand, directory))
			operand->checkpoints[operand->checkpoint_count++] = directory;
	}
	if (is_core(operand)) {
		found++;
		operand->checkpoint_count += !operand->member;
	}
	operand->nothing_selected = found && !operand->checkpoint_count;
	return 0;
}

int operand_walk(struct operand *operand, const struct page_taker *taker, struct error *err)
{
	struct loose_members *loose = &operand->contents->loose;
	int ret = operand->source ? operand_walk_source(operand, operand->source, taker, err) : 0;

	if (!ret)
		ret = loose_members_sort(loose, operand->warnings, err);
	if (!ret)
		ret = operand_walk_layers(operand, taker, err);
	if (!ret)
		ret = loose_members_sort(loose, operand->warnings, err);
	if (!ret)
		ret = member_owners_make(&operand->owners, operand->contents, err);
	return ret ? ret : list_checkpoints(operand, err);
}

/* What it holds. */

size_t operand_checkpoint_count(const struct operand *operand)
{
	return operand->checkpoint_count;
}

struct image_directory *operand_directory(const struct operand *operand, size_t index)
{
	return operand->checkpoints[index];
}

bool operand_nothing_selected(const struct operand *operand)
{
	return operand->nothing_selected;
}

bool operand_cut_short(const struct operand *operand)
{
	return operand->cut_short;
}

struct file_table *operand_files(const struct operand *operand)
{
	return operand->files;
}

struct warning_list *operand_warnings(const struct operand *operand)
{
	return operand->warnings;
}

struct contents *operand_contents(const struct operand *operand)
{
	return operand->contents;
}
