#include "scanners/source/directory_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"

/* One open directory and its names, sorted. */
struct level {
	int descriptor;
	char **names;
	size_t count, next;
	size_t path_length; /* of the directory's own path */
};

struct directory_walk {
	struct level levels[DIRECTORY_DEPTH];
	size_t depth;
	char *path;
	size_t path_capacity;
};

static void level_release(struct level *level)
{
	for (size_t i = 0; i < level->count; i++)
		free(level->names[i]);
	free(level->names);
	if (level->descriptor >= 0)
		close(level->descriptor);
	memset(level, 0, sizeof(*level));
	level->descriptor = -1;
}

static int add_name(struct level *level, size_t *capacity, const char *name, struct error *err)
{
	char **grown = array_grow(level->names, capacity, level->count + 1, sizeof(*grown));
	char *copy = grown ? strdup(name) : NULL;

	if (grown)
		level->names = grown;
	if (!copy)
		return error_no_memory(err, "the names of a directory");
	level->names[level->count++] = copy;
	return 0;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int read_names(struct level *level, DIR *directory, struct error *err)
{
	size_t capacity = 0;
	struct dirent *entry;
	int ret = 0;

	/* A directory that fails half way gives what it gave: so do the tools. */
	while (!ret && (entry = readdir(directory)))
		if (!is_dot(entry->d_name))
			ret = add_name(level, &capacity, entry->d_name, err);
	if (level->count > 0)
		qsort(level->names, level->count, sizeof(*level->names), compare_names);
	return ret;
}

/* Takes @descriptor over, also on failure. */
static int push_level(struct directory_walk *walk, int descriptor, size_t path_length,
		      struct error *err)
{
	struct level *level = &walk->levels[walk->depth];
	int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
	DIR *directory = copy < 0 ? NULL : fdopendir(copy);
	int ret;

	if (!directory) {
		ret = error_set(err, ERROR_SYSTEM, errno, "read a directory");
		if (copy >= 0)
			close(copy);
		close(descriptor);
		return ret;
	}
	*level = (struct level){ .descriptor = descriptor, .path_length = path_length };
	/* Both descriptors share one position, and another walk may have moved it. */
	rewinddir(directory);
	ret = read_names(level, directory, err);
	closedir(directory);
	if (ret)
		level_release(level);
	else
		walk->depth++;
	return ret;
}

int directory_walk_new(struct directory_walk **out, int descriptor, struct error *err)
{
	struct directory_walk *walk = calloc(1, sizeof(*walk));
	int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
	int ret;

	if (!walk) {
		ret = error_no_memory(err, "a directory");
		if (copy >= 0)
			close(copy);
		return ret;
	}
	if (copy < 0)
		ret = error_set(err, ERROR_SYSTEM, errno, "read a directory");
	else
		ret = push_level(walk, copy, 0, err);
	if (ret) {
		free(walk);
		return ret;
	}
	*out = walk;
	return 0;
}

void directory_walk_free(struct directory_walk *walk)
{
	if (!walk)
		return;
	while (walk->depth > 0)
		level_release(&walk->levels[--walk->depth]);
	free(walk->path);
	free(walk);
}

static int set_path(struct directory_walk *walk, const struct level *level, const char *name,
		    size_t *length, struct error *err)
{
	size_t prefix = level->path_length, slash = prefix > 0, bytes = strlen(name);
	char *grown = array_grow(walk->path, &walk->path_capacity, prefix + slash + bytes + 1, 1);

	if (!grown)
		return error_no_memory(err, "a path");
	walk->path = grown;
	if (slash)
		walk->path[prefix] = '/';
	memcpy(walk->path + prefix + slash, name, bytes + 1);
	*length = prefix + slash + bytes;
	return 0;
}

static int open_below(int parent, const char *name)
{
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Goes into the directory just described; where that fails the entry says so. */
static int enter(struct directory_walk *walk, struct directory_entry *entry, size_t path_length,
		 struct error *err)
{
	int descriptor;

	entry->too_deep = walk->depth == DIRECTORY_DEPTH;
	if (entry->too_deep)
		return 0;
	descriptor = open_below(entry->parent, entry->name);
	if (descriptor < 0) {
		entry->failed = errno;
		return 0;
	}

	struct error error;
	int ret = push_level(walk, descriptor, path_length, &error);

	if (ret == ERROR_SYSTEM) {
		entry->failed = error.sys_errno;
		return 0;
	}
	return ret ? error_set(err, ret, 0, "%s", error.message) : 0;
}

int directory_walk_next(struct directory_walk *walk, struct directory_entry *out, bool *found,
			struct error *err)
{
	size_t length = 0;

	while (walk->depth > 0 &&
	       walk->levels[walk->depth - 1].next == walk->levels[walk->depth - 1].count)
		level_release(&walk->levels[--walk->depth]);
	*found = walk->depth > 0;
	if (!*found)
		return 0;

	struct level *level = &walk->levels[walk->depth - 1];
	const char *name = level->names[level->next++];
	int ret = set_path(walk, level, name, &length, err);

	if (ret)
		return ret;
	*out = (struct directory_entry){ .path = walk->path,
					 .name = name,
					 .parent = level->descriptor };
	if (fstatat(out->parent, name, &out->info, AT_SYMLINK_NOFOLLOW) < 0) {
		out->failed = errno;
		return 0;
	}
	return S_ISDIR(out->info.st_mode) ? enter(walk, out, length, err) : 0;
}
