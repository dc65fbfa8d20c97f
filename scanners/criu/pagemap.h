#ifndef CKPT_SCANNERS_CRIU_PAGEMAP_H
#define CKPT_SCANNERS_CRIU_PAGEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanners/criu/image.h"

/* Where the bytes of some pages are. */
enum pages_state {
	PAGES_PRESENT, /* in the pages image */
	PAGES_PARENT, /* in the checkpoint before this one */
	PAGES_LAZY, /* were to be fetched from the machine that made the checkpoint */
	PAGES_PACKED, /* in the pages image, in blocks that may be compressed */
	PAGES_ENCODED, /* in a way that is not known */
	PAGES_DAMAGED, /* flags that contradict each other */
};

/* As it stands in the image: nothing is checked yet but what needs no page size. */
struct pagemap_entry {
	uint64_t address; /* in an object's page map the offset inside of it */
	uint64_t pages; /* not bytes */
	enum pages_state state;
	bool stored; /* its bytes take room in the pages image, as far as the flags say */
	bool aligned; /* they start at a whole page there */
	uint32_t packing; /* PAGES_PACKED: index of what tells its blocks */
};

/* The blocks of one entry: all of as many pages, the last of what is left. Nothing of it is checked yet. */
struct pagemap_packing {
	size_t first_size; /* index of its first block's size */
	size_t count; /* of blocks */
	uint64_t block_pages;
	uint64_t total; /* with has_total: bytes of all blocks as they are stored */
	bool has_total;
};

/* pagemap-P.img or pagemap-shmem-S.img. */
struct pagemap {
	bool has_pages_id;
	uint32_t pages_id; /* N of pages-N.img */
	struct pagemap_entry *entries;
	size_t count, capacity;
	struct pagemap_packing *packings;
	size_t packing_count, packing_capacity;
	uint32_t *block_sizes; /* bytes of blocks as they are stored */
	size_t block_count, block_capacity;
	bool needs_parent; /* an entry leaves pages to a parent */
	bool packs; /* an entry is packed, or starts at a whole page only */
};

int pagemap_parse(struct pagemap *out, const struct image *image, struct error *err);
void pagemap_release(struct pagemap *pagemap);
bool pagemap_equal(const struct pagemap *left, const struct pagemap *right);

#endif
