#include "scanners/operand.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/describe.h"

struct operand {
	const char *path;
	const struct operand_options *options;
	struct warning_list *warnings;
	struct file_table *files;
	struct source *source;
	struct contents *contents;
	struct image_directory **checkpoints; /* after the walk */
	size_t checkpoint_count;
	bool nothing_selected;
	bool cut_short; /* stopped before all members had come: nothing can be said to be missing */
};

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

static int refuse(struct operand *operand, enum warning_code code, const char *message,
		  struct error *err)
{
	struct warning warning = { .code = code, .file = operand->path };

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
	return ret ? refuse(operand, opening_code(ret), problem.message, err) : 0;
}

int operand_open(struct operand **out, const char *path, const struct operand_options *options,
		 struct error *err)
{
	struct operand *operand = calloc(1, sizeof(*operand));
	int ret;

	if (!operand)
		return error_no_memory(err, path);
	operand->path = path;
	operand->options = options;
	ret = warning_list_new(&operand->warnings, err);
	if (!ret)
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

void operand_free(struct operand *operand)
{
	if (!operand)
		return;
	free(operand->checkpoints);
	contents_free(operand->contents);
	source_close(operand->source);
	file_table_free(operand->files);
	warning_list_free(operand->warnings);
	free(operand);
}

/* The walk. */

int operand_keep_pages(struct operand *operand, struct source *source, const struct member *member,
		       const struct page_member *pages, struct error *err)
{
	struct error problem = { 0 };
	uint64_t received = 0;
	int ret = source_keep_whole(source, member, &received, &problem);

	pages->directory->kept = true;
	if (ret == ERROR_LIMIT || ret == ERROR_SYSTEM) {
		struct warning warning = { .code = ret == ERROR_LIMIT ? WARNING_LIMIT
								      : WARNING_NO_SPACE,
					   .file = operand->contents->name,
					   .has_range = true,
					   .offset = received,
					   .length = member->length - received };

		return warning_list_add(pages->directory->warnings, &warning, "%s",
					problem.message);
	}
	if (ret) {
		*err = problem;
		return ret;
	}
	return image_set_add_pages(pages->directory->images, pages->id, member->file, 0, received,
				   err);
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
		     : operand_keep_pages(operand, source, member, &pages, err);
}

static bool stopped(const struct operand *operand)
{
	return operand->options->stop && *operand->options->stop;
}

/* *@ended: there is no further member; a source that passes may end because the run is stopped. */
static int walk_members(struct operand *operand, struct source *source,
			const struct page_taker *taker, bool *ended, struct error *err)
{
	int ret = 0;

	*ended = false;
	while (!ret && !*ended && !stopped(operand)) {
		const struct member *member;

		ret = source_next(source, &member, err);
		*ended = !ret && !member;
		if (!ret && member)
			ret = take_member(operand, source, member, taker, err);
	}
	return ret;
}

static int walk_source(struct operand *operand, struct source *source,
		       const struct page_taker *taker, struct error *err)
{
	bool ended;
	int ret = walk_members(operand, source, taker, &ended, err);
	struct warning warning = { .code = WARNING_INTERRUPTED };

	if (ret && ret != ERROR_INTERRUPTED)
		return ret;
	operand->cut_short |= !ended || (stopped(operand) && source_truncated(source));
	if (!ended)
		warning_list_add(operand->warnings, &warning, "stopped before all of it was read");
	return 0;
}

static bool is_chosen(const struct operand *operand, const struct image_directory *directory)
{
	return !operand->options->member || strcmp(operand->options->member, directory->path) == 0;
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
		if (is_chosen(operand, directory))
			operand->checkpoints[operand->checkpoint_count++] = directory;
	}
	operand->nothing_selected = found && !operand->checkpoint_count;
	return 0;
}

int operand_walk(struct operand *operand, const struct page_taker *taker, struct error *err)
{
	int ret = operand->source ? walk_source(operand, operand->source, taker, err) : 0;

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

struct source *operand_source(const struct operand *operand)
{
	return operand->source;
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

/* One checkpoint. */

/* The images that a file stands with, by its name in the operand; NULL: with none, or with nobody knows which. */
static const struct image_directory *owner_of(const struct operand *operand, const char *file)
{
	const char *slash = file ? strrchr(file, '/') : NULL;
	char *path = slash ? strndup(file, (size_t)(slash - file)) : NULL;
	const struct image_directory *owner =
		path ? contents_directory(operand->contents, path) : NULL;

	free(path);
	return owner;
}

static int copy_warnings(struct warning_list *to, struct warning_list *from, struct error *err)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(from, &count);
	int ret = warnings ? 0 : error_no_memory(err, "the warnings");

	for (size_t i = 0; !ret && i < count; i++)
		if (warning_list_add(to, &warnings[i], "%s", warnings[i].message) < 0)
			ret = error_no_memory(err, "the warnings");
	return ret;
}

/* Those of the operand that do not concern another one of its checkpoints. */
static int add_operand_warnings(struct operand *operand, const struct image_directory *directory,
				struct error *err)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(operand->warnings, &count);
	int ret = warnings ? 0 : error_no_memory(err, "the warnings");

	for (size_t i = 0; !ret && i < count; i++) {
		const struct image_directory *owner = owner_of(operand, warnings[i].file);

		if (owner && owner != directory && image_set_has_inventory(owner->images))
			continue;
		if (warning_list_add(directory->warnings, &warnings[i], "%s", warnings[i].message) <
		    0)
			ret = error_no_memory(err, "the warnings");
	}
	return ret;
}

/* What was odd about images that no checkpoint is made of, and that no pre-dump is. */
static int add_stray_warnings(struct operand *operand, struct warning_list *to, struct error *err)
{
	const struct contents *contents = operand->contents;
	int ret = 0;

	for (size_t i = 0; !ret && i < contents->directory_count; i++) {
		const struct image_directory *directory = contents->directories[i];

		if (!image_set_has_inventory(directory->images) &&
		    !image_set_is_pre_dump(directory->images))
			ret = copy_warnings(to, directory->warnings, err);
	}
	return ret;
}

static int make_model(struct operand *operand, struct image_directory *directory,
		      struct opened_checkpoint *out, struct error *err)
{
	const struct model_options options = { .final = !operand->cut_short };
	int ret = image_set_checkpoint(directory->images, &options, &out->checkpoint, err);

	if (!ret)
		out->unplaced_bytes = image_set_unplaced_bytes(directory->images, out->checkpoint);
	return ret;
}

static int read_container(struct operand *operand, const struct image_directory *directory,
			  struct opened_checkpoint *out, struct error *err)
{
	int ret = container_reader_new(&out->container_reader, directory->warnings, err);

	if (!ret)
		ret = contents_describe(operand->contents, directory->path, out->container_reader,
					err);
	if (!ret)
		out->container = container_reader_result(out->container_reader);
	return ret;
}

static int begin_opened(struct opened_checkpoint *out, struct warning_list *warnings,
			struct error *err)
{
	*out = (struct opened_checkpoint){ .warnings = warnings, .arena = arena_new(0) };
	out->captured.arena = out->arena;
	return out->arena ? 0 : error_no_memory(err, "a checkpoint");
}

int operand_checkpoint(struct operand *operand, size_t index, struct opened_checkpoint *out,
		       struct error *err)
{
	struct image_directory *directory = operand->checkpoints[index];
	int ret = begin_opened(out, directory->warnings, err);

	if (!ret)
		ret = make_model(operand, directory, out, err);
	if (!ret)
		ret = read_container(operand, directory, out, err);
	if (!ret)
		ret = checkpoint_outline_make(&out->outline, operand->path, operand->source,
					      out->container, directory, out->arena, err);
	if (!ret)
		ret = add_operand_warnings(operand, directory, err);
	return ret ? ret : add_stray_warnings(operand, directory->warnings, err);
}

void opened_checkpoint_release(struct opened_checkpoint *checkpoint)
{
	captured_list_release(&checkpoint->captured);
	checkpoint_free(checkpoint->checkpoint);
	container_reader_free(checkpoint->container_reader);
	arena_free(checkpoint->arena);
	*checkpoint = (struct opened_checkpoint){ 0 };
}

static int say_what_it_is(struct operand *operand, struct error *err)
{
	struct warning nothing = { .code = WARNING_NOTHING_SELECTED };

	if (operand->nothing_selected)
		return warning_list_add(operand->warnings, &nothing,
					"no checkpoint of it lies in %s",
					operand->options->member) < 0
			       ? error_no_memory(err, "a warning")
			       : 0;
	if (!operand->source || operand->cut_short)
		return 0;
	return refuse(operand, WARNING_NOT_A_CHECKPOINT,
		      contents_has_pre_dump(operand->contents)
			      ? "only a pre-dump, which is no checkpoint of its own"
			      : "no checkpoint: no directory with an inventory.img",
		      err);
}

int operand_refusal(struct operand *operand, struct opened_checkpoint *out, struct error *err)
{
	int ret = begin_opened(out, operand->warnings, err);

	if (!ret)
		ret = checkpoint_outline_make(&out->outline, operand->path, operand->source, NULL,
					      NULL, out->arena, err);
	if (!ret)
		ret = add_stray_warnings(operand, operand->warnings, err);
	return ret ? ret : say_what_it_is(operand, err);
}
