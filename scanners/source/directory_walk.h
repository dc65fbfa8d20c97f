#ifndef CKPT_SCANNERS_SOURCE_DIRECTORY_WALK_H
#define CKPT_SCANNERS_SOURCE_DIRECTORY_WALK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "engine/base/error.h"

/* Levels of directories below the one that was given. */
#define DIRECTORY_DEPTH 64

/*
 * Everything below a directory: in each one sorted by the bytes of the names, a directory before what is in it.
 * Links are never followed, at no level: each step opens one name below an open directory.
 */
struct directory_walk;

/* Not yet read, or why not: a warning for the caller to give. */
struct directory_entry {
	const char *path; /* below the root, lent until the next step */
	const char *name; /* the last part of it */
	int parent; /* descriptor of the directory it is in, lent likewise */
	struct stat info;
	int failed; /* errno of what could not be done; then @info is not set */
	bool too_deep; /* a directory that is not entered */
};

/* Takes a copy of @descriptor. */
int directory_walk_new(struct directory_walk **out, int descriptor, struct error *err);
void directory_walk_free(struct directory_walk *walk);
/* False at the end. ERROR_MEMORY. */
int directory_walk_next(struct directory_walk *walk, struct directory_entry *out, bool *found,
			struct error *err);

#endif
