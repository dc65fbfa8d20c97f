#include <string.h>

#include "scanners/corridor.h"

static const char *base_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

static bool reads_bytes(const struct corridor *corridor)
{
	return compiled_rules_reads_bytes(corridor->job->rules, PURPOSE_PROCESS);
}

/*
 * Whether what places pages has come before the first of them: the process tree names every process, and in order
 * of name all that places pages comes before them (and the tree after them).
 */
static bool places_are_final(const struct corridor *corridor, const struct page_member *pages)
{
	return corridor->contents->sorted || image_set_has_tree(pages->directory->images);
}

/* Whether page images can be searched on the way past, from this one on. */
static bool can_pass(const struct corridor *corridor, const struct page_member *pages)
{
	return !corridor->keep_all && !corridor->kept && places_are_final(corridor, pages) &&
	       pages->directory == contents_checkpoint(corridor->contents) &&
	       image_set_places_pages(pages->directory->images, pages->id) &&
	       (source_can_repeat(corridor->source) || !reads_bytes(corridor));
}

static int start_passage(struct corridor *corridor, struct image_directory *directory,
			 struct error *err)
{
	const struct model_options so_far = { .final = false };
	int ret = image_set_checkpoint(directory->images, &so_far, &corridor->checkpoint, err);

	if (!ret)
		ret = passage_number_images(corridor->checkpoint, corridor->files, err);
	if (!ret)
		ret = corridor_make_blocks(corridor, err);
	if (!ret)
		ret = corridor_start_search(corridor, err);
	if (ret)
		return ret;
	corridor->directory = directory;
	corridor->passage_plan = (struct passage_plan){
		.checkpoint = corridor->checkpoint,
		.options = corridor_options(corridor),
		.targets = corridor->targets,
		.blocks = corridor->blocks,
		.files = corridor->files,
		.search = corridor->search,
		.warnings = corridor->warnings,
		.reads_bytes = reads_bytes(corridor),
	};
	ret = passage_new(&corridor->passage, &corridor->passage_plan, err);
	/* Stopped in between, it still stands: what was begun is ended like any other scan. */
	return ret ? ret : passage_begin(corridor->passage, err);
}

/* Keeps a whole page image, to be read like one that lies in place. */
static int keep_pages(struct corridor *corridor, const struct member *member,
		      const struct page_member *pages, struct error *err)
{
	struct error problem = { 0 };
	uint64_t received = 0;
	int ret = source_keep_whole(corridor->source, member, &received, &problem);

	corridor->kept = true;
	if (ret == ERROR_LIMIT || ret == ERROR_SYSTEM) {
		struct warning warning = { .code = ret == ERROR_LIMIT ? WARNING_LIMIT
								      : WARNING_NO_SPACE,
					   .file = member->name,
					   .has_range = true,
					   .offset = received,
					   .length = member->length - received };

		return warning_list_add(corridor->warnings, &warning, "%s", problem.message);
	}
	if (ret) {
		*err = problem;
		return ret;
	}
	return image_set_add_pages(pages->directory->images, pages->id, member->file, 0, received,
				   err);
}

static int pass_pages(struct corridor *corridor, const struct member *member,
		      const struct page_member *pages, struct error *err)
{
	const char *name = base_name(member->name);
	uint64_t received;
	bool known;

	if (pages->directory != corridor->directory)
		return 0;
	if (passage_has_taken(corridor->passage, name)) {
		corridor->late = true;
		return 0;
	}

	int ret = passage_take(corridor->passage, corridor->source, member, name, &known, &received,
			       err);

	if (ret)
		return ret;
	/* Pages that no page map names are told of in the end, and read by nobody. */
	if (!known)
		received = member->length;
	return image_set_add_pages(pages->directory->images, pages->id, member->file, 0, received,
				   err);
}

static int take_pages(struct corridor *corridor, const struct member *member,
		      const struct page_member *pages, struct error *err)
{
	if (!member->passing)
		return image_set_add_pages(pages->directory->images, pages->id, member->file,
					   member->offset, member->length, err);
	/* A pre-dump is but a parent, and parents are not read. */
	if (image_set_is_pre_dump(pages->directory->images))
		return 0;
	if (!corridor->passage && can_pass(corridor, pages)) {
		int ret = start_passage(corridor, pages->directory, err);

		if (ret)
			return ret;
	}
	return corridor->passage ? pass_pages(corridor, member, pages, err)
				 : keep_pages(corridor, member, pages, err);
}

/* Images that say where pages belong, and so must come before them. */
static bool places_pages(const char *name)
{
	return strncmp(name, "core-", 5) == 0 || strncmp(name, "mm-", 3) == 0 ||
	       strncmp(name, "pagemap-", 8) == 0 || strcmp(name, "files.img") == 0 ||
	       strcmp(name, "memfd.img") == 0 || strcmp(name, "inventory.img") == 0;
}

static int take_member(struct corridor *corridor, const struct member *member, struct error *err)
{
	struct page_member pages = { 0 };
	enum member_role role;

	if (corridor->passage && places_pages(base_name(member->name)))
		corridor->late = true;

	int ret = contents_take(corridor->contents, corridor->source, member, &role, &pages, err);

	if (ret || role == ROLE_DONE)
		return ret;
	return take_pages(corridor, member, &pages, err);
}

static bool stopped(const struct corridor *corridor)
{
	return corridor_options(corridor)->stop && *corridor_options(corridor)->stop;
}

/* *@ended: there is no further member; a source that passes may end because the run is stopped. */
static int walk_members(struct corridor *corridor, bool *ended, struct error *err)
{
	int ret = 0;

	*ended = false;
	while (!ret && !*ended && !stopped(corridor)) {
		const struct member *member;

		ret = source_next(corridor->source, &member, err);
		*ended = !ret && !member;
		if (!ret && member)
			ret = take_member(corridor, member, err);
	}
	return ret;
}

int corridor_walk(struct corridor *corridor, struct error *err)
{
	bool ended;
	int ret = walk_members(corridor, &ended, err);

	if (ret && ret != ERROR_INTERRUPTED)
		return ret;
	corridor->cut_short = !ended || (stopped(corridor) && source_truncated(corridor->source));
	if (!ended)
		corridor_warn(corridor, WARNING_INTERRUPTED, "stopped before all of it was read");
	return 0;
}
