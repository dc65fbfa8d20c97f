#include <stdlib.h>

#include "scanners/operand_state.h"

/* Their pages are needed where they are looked up, and their own parents are those that were named. */
static int open_parent(struct operand *operand, const char *path, struct error *err)
{
	struct operand *parent;
	int ret = operand_open_with(&parent, path, operand->options, operand->files, err);

	if (ret)
		return ret;
	operand->parents[operand->parent_count++] = parent;
	return operand_walk(parent, NULL, err);
}

int operand_open_parents(struct operand *operand, struct error *err)
{
	const struct operand_options *options = operand->options;
	int ret = 0;

	if (operand->parents || !options->parent_count)
		return 0;
	operand->parents = calloc(options->parent_count, sizeof(struct operand *));
	if (!operand->parents)
		return error_no_memory(err, "earlier images");
	for (size_t i = 0; !ret && i < options->parent_count; i++)
		ret = open_parent(operand, options->parents[i], err);
	return ret;
}

static int list_directories(struct chain_source *out, const struct operand *operand,
			    struct arena *arena, struct error *err)
{
	const struct contents *contents = operand->contents;
	struct chain_directory *directories =
		arena_alloc_array(arena, contents->directory_count + 1, sizeof(*directories));

	if (!directories)
		return error_no_memory(err, "earlier images");
	for (size_t i = 0; i < contents->directory_count; i++)
		directories[i] = (struct chain_directory){ contents->directories[i]->path,
							   contents->directories[i]->images };
	*out = (struct chain_source){ directories, contents->directory_count, operand->path };
	return 0;
}

static size_t place_of(const struct contents *contents, const struct image_directory *directory)
{
	size_t place = 0;

	while (contents->directories[place] != directory)
		place++;
	return place;
}

int operand_chain(struct operand *operand, const struct image_directory *directory,
		  struct parent_chain *out, struct arena *arena, struct error *err)
{
	size_t count = 1 + operand->parent_count;
	struct chain_source *sources = arena_alloc_array(arena, count, sizeof(*sources));
	int ret = sources ? list_directories(&sources[0], operand, arena, err)
			  : error_no_memory(err, "earlier images");

	for (size_t i = 0; !ret && i < operand->parent_count; i++)
		ret = list_directories(&sources[i + 1], operand->parents[i], arena, err);
	return ret ? ret
		   : parent_chain_make(out, sources, count, place_of(operand->contents, directory),
				       arena, err);
}

static struct image_directory *directory_in(const struct contents *contents,
					    const struct image_set *images)
{
	for (size_t i = 0; i < contents->directory_count; i++)
		if (contents->directories[i]->images == images)
			return contents->directories[i];
	return NULL;
}

struct image_directory *operand_directory_of(const struct operand *operand,
					     const struct image_set *images)
{
	struct image_directory *found = directory_in(operand->contents, images);

	for (size_t i = 0; !found && i < operand->parent_count; i++)
		found = directory_in(operand->parents[i]->contents, images);
	return found;
}
