#ifndef CKPT_SCANNERS_CRIU_PARENT_CHAIN_H
#define CKPT_SCANNERS_CRIU_PARENT_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"

struct image_set;

/*
 * The images that a checkpoint stands on, newest first: what a page map leaves to its parent is in the first of them
 * that has it.
 *
 *	checkpoint ─parent─► pre-dump 2 ─parent─► pre-dump 1 ─► end
 *
 * Each ends where the next is not to be had; why is told once, with the ranges that are lost by it.
 */
enum chain_end {
	CHAIN_WHOLE, /* the last has no parent */
	CHAIN_MISSING, /* its parent is nowhere */
	CHAIN_LOOP, /* its parent is one before it, or itself */
	CHAIN_LIMIT, /* more than PARENT_CHAIN_MOST */
};

#define PARENT_CHAIN_MOST 4096

struct parent_chain {
	struct image_set *const *sets;
	size_t count;
	enum chain_end end;
	const char *
		missing; /* CHAIN_MISSING: how the last one names its parent; NULL: it does not name it */
	const bool *used; /* by source: whether a directory of it is in the chain, or starts it */
};

/* A directory of images, by its place among the others of what it came in. */
struct chain_directory {
	const char *path; /* within the source, cleaned; "" for the top */
	struct image_set *images;
};

/* All directories of images of one source. */
struct chain_source {
	const struct chain_directory *directories;
	size_t count;
	const char *path; /* under which it was opened; NULL: not known */
};

/*
 * Follows the links from @directory of sources[0]. A link is looked for in the source of its directory; what is not
 * there (or has no link, though pages are left to a parent) in a source that has given nothing yet, newest first: under
 * the same path, else of the source that is called as the link says, else of the next one, its one directory that no
 * other of it names as parent. What @out points to lives in @arena.
 */
int parent_chain_make(struct parent_chain *out, const struct chain_source *sources,
		      size_t source_count, size_t directory, struct arena *arena,
		      struct error *err);

#endif
