#ifndef CKPT_ENGINE_BLOCK_H
#define CKPT_ENGINE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/regex.h"

/*
 * A block: bytes that follow each other at one address, the unit in which YARA
 * looks. It is a list of extents (where the bytes lie) and of placements (which
 * targets see them, and where):
 *
 *	block      |....raw....|...zero...|..raw..|        first_edge, last_edge
 *	file 7     offset 4096             offset 61440
 *	placement  target 0 at 0x7f00_0000_0000, target 3 at the same or another address
 */
enum extent_kind {
	EXTENT_RAW, /* bytes as they lie in the file */
	EXTENT_ZERO, /* never written: zeros, nothing to read */
};

struct extent { /* bytes that lie together in one file: of the dump, a parent, a mapped file */
	uint64_t length; /* bytes of memory; never 0 */
	uint64_t offset; /* in @file */
	uint32_t file; /* in the file table; ignored for EXTENT_ZERO */
	enum extent_kind kind;
};

struct placement { /* where one target sees the first byte */
	uint64_t address;
	uint32_t target;
};

struct block { /* one VMA's bytes, or a part of it between bytes that nobody has; or one file */
	const struct extent *extents; /* follow one another without a gap */
	const struct placement *placements; /* the same bytes with the same edges, at least once */
	size_t extent_count, placement_count;
	enum edge first_edge, last_edge; /* EDGE_REAL or EDGE_UNSEEN */
	uint32_t purpose; /* index into search_plan.purposes */
};

/* Sum of the extents' lengths. */
uint64_t block_length(const struct block *block);

/* Blocks without doubles. One thread. */
struct block_list;

int block_list_new(struct block_list **out, struct error *err);
void block_list_free(struct block_list *list);
/*
 * Copies @block into the list. If extents, edges and purpose equal an earlier
 * block's, only its placements are added to that one: so shared memory is
 * scanned once and reported for each process. Needs no bytes.
 */
int block_list_add(struct block_list *list, const struct block *block, struct error *err);
/* Whether adding it would only add placements. */
bool block_list_has(const struct block_list *list, const struct block *block);
size_t block_list_count(const struct block_list *list);
/* Lent until the next add or free. */
const struct block *block_list_get(const struct block_list *list, size_t index);

#endif
