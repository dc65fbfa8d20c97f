#ifndef CKPT_SCANNERS_PART_INDEX_H
#define CKPT_SCANNERS_PART_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "scanners/content.h"
#include "scanners/source/link_index.h"

/*
 * Where the files of an image lie among the members of an archive, by name, and the symbolic links between them. One
 * thread.
 */
struct part_link {
	const char *name, *target;
};

struct part_index {
	struct link_index *files;
	struct arena *arena; /* of links; borrowed */
	struct part_link *links;
	size_t link_count, link_capacity;
};

int part_index_init(struct part_index *index, struct arena *arena, struct error *err);
void part_index_release(struct part_index *index);
/* A name added again means the later one. */
int part_index_add(struct part_index *index, const char *name, const struct stored_bytes *bytes,
		   struct error *err);
/* @target: as stored, seen from the link's directory. Beyond some thousands they are forgotten. */
int part_index_add_link(struct part_index *index, const char *name, const char *target,
			struct error *err);
/* Follows links, a few; none leads out. */
bool part_index_find(const struct part_index *index, const char *name, struct stored_bytes *out);

#endif
