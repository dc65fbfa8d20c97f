#include "scanners/walk.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/source/member_name.h"

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
	return image_set_has_inventory(directory->images) &&
	       operand_chooses(walk->operand, directory);
}

/* Whether page images can be searched on the way past, from this one on. */
static bool can_pass(const struct walk *walk, const struct source *source,
		     const struct page_member *pages)
{
	const struct image_directory *directory = pages->directory;

	return !walk->keep_all && !walk->passing && !directory->kept &&
	       is_chosen(walk, directory) && places_are_final(directory) &&
	       !image_set_needs_parent(directory->images) &&
	       !image_set_packs_pages(directory->images) &&
	       image_set_places_pages(directory->images, pages->id) &&
	       (source_can_repeat(source) || !reads_bytes(walk));
}

/* A layer's members stand below its name. */
static const char *within_source(const struct operand *operand,
				 const struct image_directory *directory)
{
	size_t length = strlen(operand_contents(operand)->prefix);

	return strlen(directory->path) > length ? directory->path + length : "";
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
		.within = within_source(walk->operand, directory),
	};
	walk->passing = corridor;
	directory->searched = true;
	ret = corridor_open(corridor, err);
	return ret ? ret : corridor_begin_passage(corridor, err);
}

static int pass_pages(struct walk *walk, struct source *source, const struct member *member,
		      const struct page_member *pages, struct error *err)
{
	struct passage *passage = walk->passing->passage;
	const char *name = member_name_base(member->name);
	uint64_t received;
	bool known;
	int ret;

	if (passage_has_taken(passage, name)) {
		pages->directory->late = true;
		return 0;
	}
	/* Pages that no page map names are read like a file, when that is sure. */
	if (passage_file(passage, name) == UINT32_MAX)
		return operand_keep_pages(source, member, pages, err);
	ret = passage_take(passage, source, member, name, &known, &received, err);
	return ret ? ret
		   : image_set_add_pages(pages->directory->images, pages->id,
					 passage_file(passage, name), 0, received, err);
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
		return pass_pages(walk, source, member, pages, err);
	return operand_keep_pages(source, member, pages, err);
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
