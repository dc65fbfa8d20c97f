#ifndef CKPT_SCANNERS_MEMBER_OWNER_H
#define CKPT_SCANNERS_MEMBER_OWNER_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"
#include "scanners/contents.h"

/*
 * Which of several checkpoints a member of an operand belongs to: those whose images stand nearest above it, in the
 * directory itself or in one that is in the same folder.
 *
 *	a/checkpoint/, a/rootfs-diff.tar, a/artifacts/x		of the images in a/checkpoint
 *
 * Made after the walk; valid as long as the contents. Any thread.
 */
struct member_owners {
	const struct contents *contents;
	struct owner_folder *folders; /* sorted */
	size_t count;
};

struct owner_folder {
	const char *path; /* of images; its first @length bytes are the folder's */
	size_t length;
};

struct member_owner {
	bool known; /* false: it may be anybody's */
	bool is_images; /* that folder holds the images; false: their directory stands in it */
	size_t length; /* bytes at the begin of the member's name: the folder */
};

int member_owners_make(struct member_owners *out, const struct contents *contents,
		       struct error *err);
void member_owners_release(struct member_owners *owners);
struct member_owner member_owner_of(const struct member_owners *owners, const char *name);
/* Whether the checkpoint whose images are in @directory is the owner of @name, or may be. */
bool member_owner_is(const struct member_owner *owner, const char *name, const char *directory);

#endif
