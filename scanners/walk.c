#include "scanners/walk.h"

#include <stdlib.h>
#include <string.h>

static const struct scan_options *options_of(const struct walk *walk)
{
	return walk->job->options;
}

static bool reads_bytes(const struct walk *walk)
{
	return compiled_rules_reads_bytes(walk->job->rules, PURPOSE_PROCESS);
}

/*
 * Whether what places pages has come before the first of them: the process tree names every process, and in order
 * of name all that places pages comes before them (and the tree after them).
 */
static bool places_are_final(const struct image_directory *directory)
{
	return directory->sorted || image_set_has_tree(directory->images);
}

static bool is_chosen(const struct walk *walk, const struct image_directory *directory)
{
	const char *member = options_of(walk)->member;

	return image_set_has_inventory(directory->images) &&
	       (!member || strcmp(member, directory->path) == 0);
}

/* Whether page images can be searched on the way past, from this one on. */
static bool can_pass(const struct walk *walk, const struct source *source,
		     const struct page_member *pages)
{
	const struct image_directory *directory = pages->directory;

	return !walk->keep_all && !walk->passing && !directory->kept &&
	       is_chosen(walk, directory) && places_are_final(directory) &&
	       image_set_places_pages(directory->images, pages->id) &&
	       (source_can_repeat(source) || !reads_bytes(walk));
}

static int begin_passage(struct walk *walk, struct corridor *corridor, struct error *err)
{
	const struct model_options so_far = { .final = false };
	int ret = image_set_checkpoint(corridor->directory->images, &so_far, &corridor->early, err);

	corridor->checkpoint = corridor->early;
	if (!ret)
		ret = passage_number_images(corridor->checkpoint, corridor->files, err);
	if (!ret)
		ret = corridor_make_blocks(corridor, err);
	if (!ret)
		ret = corridor_start_search(corridor, err);
	if (ret)
		return ret;
	corridor->passage_plan = (struct passage_plan){
		.checkpoint = corridor->checkpoint,
		.options = options_of(walk),
		.targets = corridor->targets,
		.blocks = corridor->blocks,
		.files = corridor->files,
		.search = corridor->search,
		.warnings = corridor->warnings,
		.reads_bytes = reads_bytes(walk),
	};
	ret = passage_new(&corridor->passage, &corridor->passage_plan, err);
	/* Stopped in between, it still stands: what was begun is ended like any other scan. */
	return ret ? ret : passage_begin(corridor->passage, err);
}

static int start_passage(struct walk *walk, struct source *source,
			 struct image_directory *directory, struct error *err)
{
	struct corridor *corridor = calloc(1, sizeof(*corridor));
	int ret;

	if (!corridor)
		return error_no_memory(err, "a scan");
	*corridor = (struct corridor){
		.job = walk->job,
		.sink = walk->sink,
		.operand = walk->operand,
		.directory = directory,
		.warnings = directory->warnings,
		.source = source,
	};
	walk->passing = corridor;
	directory->searched = true;
	ret = corridor_open(corridor, err);
	return ret ? ret : begin_passage(walk, corridor, err);
}

static const char *base_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

static int pass_pages(struct corridor *corridor, struct source *source, const struct member *member,
		      const struct page_member *pages, struct error *err)
{
	const char *name = base_name(member->name);
	uint64_t received;
	bool known;
	int ret;

	if (passage_has_taken(corridor->passage, name)) {
		corridor->directory->late = true;
		return 0;
	}
	ret = passage_take(corridor->passage, source, member, name, &known, &received, err);
	if (ret)
		return ret;
	/* Pages that no page map names are told of in the end, and read by nobody. */
	if (!known)
		received = member->length;
	return image_set_add_pages(pages->directory->images, pages->id, member->file, 0, received,
				   err);
}

static int take_pages(void *context, struct source *source, const struct member *member,
		      const struct page_member *pages, struct error *err)
{
	struct walk *walk = context;

	if (can_pass(walk, source, pages)) {
		int ret = start_passage(walk, source, pages->directory, err);

		if (ret)
			return ret;
	}
	if (walk->passing && walk->passing->directory == pages->directory)
		return pass_pages(walk->passing, source, member, pages, err);
	return operand_keep_pages(walk->operand, source, member, pages, err);
}

int walk_run(struct walk *walk, struct error *err)
{
	const struct page_taker taker = { walk, take_pages };

	return operand_walk(walk->operand, &taker, err);
}

bool walk_was_late(const struct walk *walk)
{
	return walk->passing && walk->passing->directory->late;
}

void walk_release(struct walk *walk)
{
	if (!walk->passing)
		return;
	corridor_close(walk->passing);
	free(walk->passing);
	walk->passing = NULL;
}
