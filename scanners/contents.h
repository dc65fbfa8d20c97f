#ifndef CKPT_SCANNERS_CONTENTS_H
#define CKPT_SCANNERS_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "scanners/container.h"
#include "scanners/criu/image_set.h"
#include "scanners/source/source.h"

/*
 * What a source holds, sorted as its members come: CRIU images by their directory, the container's
 * metadata, page images, and everything else by its size. One thread.
 */
struct image_directory {
	char *path; /* within the source; "" for the top */
	struct image_set *images;
	time_t inventory_time;
};

struct contents {
	struct image_directory *directories;
	size_t directory_count, directory_capacity;
	struct container_reader *container;
	struct warning_list *warnings;
	uint64_t other_bytes; /* of content that is no process's memory: other kinds of target */
	uint64_t metadata_bytes; /* held of small images */
	uint64_t metadata_limit;
	bool sorted; /* members came in ascending order of name within each directory */
	char *last_name;
};

/* @metadata_limit: what small images may take in memory; 64 MiB at least. */
int contents_new(struct contents **out, struct warning_list *warnings, uint64_t metadata_limit,
		 struct error *err);
void contents_free(struct contents *contents);

enum member_role {
	ROLE_DONE, /* read or counted; nothing left to do */
	ROLE_PAGES, /* a page image, untouched: the caller decides what becomes of its bytes */
};

/* What a page image belongs to. */
struct page_member {
	struct image_directory *directory; /* lent until the next contents_take() */
	uint64_t id;
};

/* Takes the source's current member. */
int contents_take(struct contents *contents, struct source *source, const struct member *member,
		  enum member_role *role, struct page_member *pages, struct error *err);

/* The first directory with the inventory of a checkpoint; NULL: none. */
struct image_directory *contents_checkpoint(const struct contents *contents);
/* Whether the source holds pre-dumps only. */
bool contents_has_pre_dump(const struct contents *contents);

#endif
