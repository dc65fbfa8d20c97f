#ifndef CKPT_SCANNERS_CAPTURED_MEMBERS_H
#define CKPT_SCANNERS_CAPTURED_MEMBERS_H

#include "engine/base/error.h"
#include "scanners/captured.h"
#include "scanners/container.h"
#include "scanners/contents.h"
#include "scanners/member_owner.h"

/*
 * The captured files of one checkpoint that stand beside its images: files within archives, logs, and what nobody
 * knows. One thread.
 */
struct captured_members {
	const struct contents *contents; /* with its members sorted */
	const struct member_owners *owners; /* of the same contents */
	const struct image_directory *directory;
	struct container_reader
		*container; /* tells where volumes are mounted, and which file is the log */
	bool is_image; /* files that make a container's image are parts of it, and not captured */
	struct file_table *files;
	const _Atomic int *stop;
};

/* Appends them, unsorted; what is odd goes to the directory's warnings. */
int captured_members_read(const struct captured_members *members, struct captured_list *out,
			  struct error *err);

#endif
