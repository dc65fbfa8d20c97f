#include "scanners/part_index.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

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

/* Goes one directory up in @path; false: it is at the top. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!*path)
		return false;
	*(slash ? slash : path) = '\0';
	return true;
}

static bool go_into(char path[PATH_MAX], const char *name, size_t length)
{
	size_t at = strlen(path);

	if (at + length + 2 > PATH_MAX)
		return false;
	if (at)
		path[at++] = '/';
	memcpy(path + at, name, length);
	path[at + length] = '\0';
	return true;
}

/* Where a link of the name in @path leads, from the top. */
static bool follow(char path[PATH_MAX], const char *target)
{
	if (target[0] == '/')
		path[0] = '\0';
	else
		go_up(path);
	while (*target) {
		size_t length = strcspn(target, "/");
		bool up = length == 2 && strncmp(target, "..", 2) == 0;
		bool here = length == 0 || (length == 1 && target[0] == '.');

		if (up ? !go_up(path) : !here && !go_into(path, target, length))
			return false;
		target += length + (target[length] == '/');
	}
	return true;
}

bool part_index_find(const struct part_index *index, const char *name, struct stored_bytes *out)
{
	char path[PATH_MAX] = "";
	struct link_target target;

	if (!go_into(path, name, strlen(name)))
		return false;
	for (int i = 0; i < MOST_STEPS; i++) {
		const char *link;

		if (link_index_find(index->files, path, &target)) {
			*out = (struct stored_bytes){ target.offset, target.length, target.file };
			return true;
		}
		link = target_of(index, path);
		if (!link || !follow(path, link))
			return false;
	}
	return false;
}
