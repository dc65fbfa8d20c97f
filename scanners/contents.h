#ifndef CKPT_SCANNERS_CONTENTS_H
#define CKPT_SCANNERS_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "scanners/container.h"
#include "scanners/criu/image_set.h"
#include "scanners/loose_members.h"
#include "scanners/source/source.h"

/*
 * What an operand holds, sorted as its members come: CRIU images by their directory, documents of engines, page
 * images, and files that may be captured. Members of an archive within it stand below a prefix. One thread.
 */
struct image_directory {
	char *path; /* within the operand; "" for the top */
	struct image_set *images;
	struct warning_list *warnings; /* about what is in it */
	time_t inventory_time;
	bool sorted; /* its members came in ascending order of name */
	bool kept; /* a page image passed, and was kept: it was not searched on the way past */
	bool searched; /* its page images are searched on the way past */
	bool late; /* then something came that places them */
	char *last_name; /* base name */
};

/* What an engine wrote about the container, as it stands. */
struct document {
	const char *directory, *name;
	uint8_t *data;
	size_t length;
};

struct contents {
	struct image_directory **directories; /* by path */
	size_t directory_count, directory_capacity;
	struct document *documents; /* as they came */
	size_t document_count, document_capacity;
	struct loose_members loose;
	struct warning_list *warnings; /* about what is in no directory of images */
	uint64_t metadata_bytes; /* held of small images and documents */
	uint64_t metadata_limit;
	struct image_directory *recent; /* members of one directory follow each other */
	const char *prefix; /* in front of names, with its slash; "" for the source itself */
	bool in_layer; /* of a container's image: most files are its root file system's */
	char *name; /* of the member at hand, with prefix */
	struct arena *arena;
};

/* @metadata_limit: what small images may take in memory; 64 MiB at least. */
int contents_new(struct contents **out, struct warning_list *warnings, uint64_t metadata_limit,
		 struct error *err);
void contents_free(struct contents *contents);
/* From now on members stand below @path, which is a layer within the operand. */
int contents_enter_layer(struct contents *contents, const char *path, struct error *err);

enum member_role {
	ROLE_DONE, /* read or counted; nothing left to do */
	ROLE_PAGES, /* a page image, untouched: the caller decides what becomes of its bytes */
};

/* What a page image belongs to. */
struct page_member {
	struct image_directory *directory; /* the contents', as long as they */
	uint64_t id;
};

/* Takes the source's current member. */
int contents_take(struct contents *contents, struct source *source, const struct member *member,
		  enum member_role *role, struct page_member *pages, struct error *err);

/* By the first @length bytes of @path; NULL: no images are in it. */
struct image_directory *contents_directory_named(const struct contents *contents, const char *path,
						 size_t length);
/* Whether an engine described a container in this folder. */
bool contents_describes(const struct contents *contents, const char *folder, size_t length);
/* Whether there are pre-dumps. */
bool contents_has_pre_dump(const struct contents *contents);
/*
 * Gives the documents that stand nearest to a directory of images: in it, or in that above it. Docker keeps its own
 * two levels up (containers/ID/checkpoints/NAME).
 */
int contents_describe(const struct contents *contents, const char *directory,
		      struct container_reader *container, struct error *err);

#endif
