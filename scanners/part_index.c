#include "scanners/part_index.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/source/member_name.h"

#define MOST_LINKS 4096
#define MOST_STEPS 8

int part_index_init(struct part_index *index, struct arena *arena, struct error *err)
{
	*index = (struct part_index){ .arena = arena };
	return link_index_new(&index->files, err);
}

void part_index_release(struct part_index *index)
{
	link_index_free(index->files);
	free(index->links);
	*index = (struct part_index){ 0 };
}

int part_index_add(struct part_index *index, const char *name, const struct stored_bytes *bytes,
		   struct error *err)
{
	const struct link_target target = { .offset = bytes->offset,
					    .length = bytes->length,
					    .file = bytes->file };

	return link_index_add(index->files, name, &target)
		       ? 0
		       : error_no_memory(err, "the parts of an image");
}

int part_index_add_link(struct part_index *index, const char *name, const char *target,
			struct error *err)
{
	struct part_link *grown;

	if (index->link_count == MOST_LINKS)
		return 0;
	grown = array_grow(index->links, &index->link_capacity, index->link_count + 1,
			   sizeof(*grown));
	if (grown) {
		index->links = grown;
		grown += index->link_count;
		grown->name = arena_copy_string(index->arena, name, strlen(name));
		grown->target = arena_copy_string(index->arena, target, strlen(target));
	}
	if (!grown || !grown->name || !grown->target)
		return error_no_memory(err, "the parts of an image");
	index->link_count++;
	return 0;
}

static const char *target_of(const struct part_index *index, const char *name)
{
	for (size_t i = index->link_count; i-- > 0;)
		if (strcmp(index->links[i].name, name) == 0)
			return index->links[i].target;
	return NULL;
}

static bool fits(const char *path)
{
	return strlen(path) + 2 <= PATH_MAX;
}

/* What @link, which stands beside @name, names; malloc'd. NULL: nothing, or longer than any path. */
static char *follow(const char *name, const char *link)
{
	size_t directory = *link == '/' ? 0 : member_name_directory(name);
	char *path;

	if (member_name_join(&path, name, directory, link, NULL) || !path)
		return NULL;
	if (fits(path))
		return path;
	free(path);
	return NULL;
}

bool part_index_find(const struct part_index *index, const char *name, struct stored_bytes *out)
{
	char *path = fits(name) ? strdup(name) : NULL;
	struct link_target target;
	bool found = false;

	for (int i = 0; path && !found && i < MOST_STEPS; i++) {
		const char *link;
		char *next;

		found = link_index_find(index->files, path, &target);
		if (found)
			break;
		link = target_of(index, path);
		next = link ? follow(path, link) : NULL;
		free(path);
		path = next;
	}
	if (found)
		*out = (struct stored_bytes){ target.offset, target.length, target.file };
	free(path);
	return found;
}
