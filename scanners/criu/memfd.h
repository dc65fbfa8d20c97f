#ifndef CKPT_SCANNERS_CRIU_MEMFD_H
#define CKPT_SCANNERS_CRIU_MEMFD_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "scanners/criu/image.h"

/* memfd.img: files that lie in memory only. Shared anonymous memory is one of them, named "/dev/zero". */
struct memfd {
	uint64_t inode_id;
	uint64_t object; /* S of pagemap-shmem-S.img */
	uint64_t size; /* bytes */
	const char *name;
};

struct memfds {
	struct memfd *items; /* by inode_id */
	size_t count, capacity;
	struct arena *names;
};

int memfds_parse(struct memfds *out, const struct image *image, struct error *err);
void memfds_release(struct memfds *memfds);
/* NULL: none. */
const struct memfd *memfds_find(const struct memfds *memfds, uint64_t inode_id);

#endif
