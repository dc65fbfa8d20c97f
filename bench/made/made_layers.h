#ifndef CKPT_BENCH_MADE_MADE_LAYERS_H
#define CKPT_BENCH_MADE_MADE_LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/made/made_memory.h"

/*
 * How pages lie in images: in one directory or spread over a chain of them, raw or packed. Layer 0 is the checkpoint,
 * 1 its parent, and so on.
 */
enum made_packing { MADE_RAW, MADE_BY_PAGE, MADE_BY_REGION };

struct made_form {
	size_t parents;
	enum made_packing packing; /* of every second layer; the others are raw */
};

/* Bytes of a packed region. */
#define MADE_REGION (256u << 10)

/* An entry of a page map. */
struct made_entry {
	uint64_t address, pages;
	uint64_t first_page; /* of the image of all layers together */
	bool parent; /* left to the next layer */
	bool stale; /* replaced in a layer above */
	bool aligned; /* starts at a whole page of the image */
	uint64_t block_pages; /* 0: raw */
	uint32_t *sizes; /* of its blocks as they are stored */
	size_t size_count, size_capacity;
};

struct made_map {
	struct made_entry *entries;
	size_t count, capacity;
	uint64_t image_bytes; /* of the pages image */
};

/* Ends the program without memory. */
void made_map_make(struct made_map *map, const struct made_memory *memory,
		   const struct made_pages *pages, const struct made_form *form, size_t layer);
void made_map_release(struct made_map *map);

typedef void made_bytes_each(void *context, const void *data, size_t length);
/* The bytes of the pages image, in order. */
void made_map_write(const struct made_map *map, const struct made_memory *memory,
		    const struct made_pages *pages, made_bytes_each *each, void *context);

#endif
