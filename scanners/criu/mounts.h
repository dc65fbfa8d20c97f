#ifndef CKPT_SCANNERS_CRIU_MOUNTS_H
#define CKPT_SCANNERS_CRIU_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "scanners/criu/image.h"

/* mountpoints-N.img: what is mounted where in one mount namespace. */
struct mount {
	uint32_t id;
	uint32_t device; /* of the file system, in CRIU's own form: the D of tmpfs-dev-D */
	bool whole; /* shows the file system from its root */
	const char *place; /* absolute path in the container */
};

struct mounts {
	struct mount *items; /* in the order of the image */
	size_t count, capacity;
	struct arena *strings;
};

int mounts_parse(struct mounts *out, const struct image *image, struct error *err);
void mounts_release(struct mounts *mounts);

/* What an image of a tmpfs is named by. */
struct tmpfs_name {
	bool by_device; /* false: by mount */
	uint64_t number;
};

/* tmpfs-dev-D.tar.gz.img, or tmpfs-M.tar.gz.img. */
bool tmpfs_name_parse(const char *name, struct tmpfs_name *out);
/* Where it was mounted as a whole, else the first place of any part of it; NULL: nowhere. */
const char *mounts_place(const struct mounts *mounts, struct tmpfs_name name);

#endif
