#ifndef CKPT_ENGINE_SEARCH_VIEW_H
#define CKPT_ENGINE_SEARCH_VIEW_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/block.h"
#include "engine/read/lease.h"

/*
 * A view: where a worker finds the bytes of a block, or of the part that is at hand while a file
 * passes. Its spans follow one another without a gap; positions count from the block's start.
 *
 *	whole block   |..FILE..|ZERO|.......FILE.......|
 *	passing                     |MEM|..MEM..|           the kept tail, then the lease
 *
 * Immutable but for the count of holders; any thread.
 */
enum span_kind {
	SPAN_FILE, /* to be lent or read from the file table */
	SPAN_MEMORY, /* at @data */
	SPAN_ZERO, /* never written */
};

struct span {
	uint64_t start, length; /* position in the block; never empty */
	uint64_t offset; /* in @file; not for SPAN_ZERO */
	const uint8_t *data; /* SPAN_MEMORY */
	uint32_t file;
	enum span_kind kind;
};

/* Spans while they are collected. Release with free(items). */
struct span_list {
	struct span *items;
	size_t count, capacity;
};

struct search_block;

struct view {
	_Atomic size_t holders;
	struct search_block *block; /* held; may be NULL in tests */
	struct lease lease; /* held while spans point into it */
	struct view *before; /* held likewise; NULL: none */
	uint64_t length; /* of the block */
	enum edge first_edge, last_edge;
	size_t span_count;
	struct span spans[];
};

/* Of two positions in a block, or of two lengths. */
static inline uint64_t earlier(uint64_t left, uint64_t right)
{
	return left < right ? left : right;
}

static inline uint64_t later(uint64_t left, uint64_t right)
{
	return left > right ? left : right;
}

static inline uint64_t span_end(const struct span *span)
{
	return span->start + span->length;
}

/* Appends where the last span ends (or at its own start when it is the first); joins what continues. */
int span_list_add(struct span_list *list, struct span span, struct error *err);
/* A block's extents as spans from position 0. ERROR_USAGE: an empty extent, or a sum beyond 2^63. */
int span_list_add_extents(struct span_list *list, const struct block *block, struct error *err);

/* Copies the spans; holds @block, @lease and @before (all may be NULL). One holder, the caller. */
int view_new(struct view **out, const struct span_list *spans, const struct view *like,
	     struct search_block *block, const struct lease *lease, struct view *before,
	     struct error *err);
/* A copy of positions [@start, @end), with bytes of its own for all that is memory. */
int view_clip(struct view **out, const struct view *view, uint64_t start, uint64_t end,
	      struct error *err);
void view_hold(struct view *view);
/* Frees with the last holder; @worker as in search_block_release(). NULL allowed. */
void view_release(struct view *view, size_t worker);

/* Index of the span that holds @position; the last one when it is the end. */
size_t view_span_at(const struct view *view, uint64_t position);
/* Bytes of the dump within [@start, @end). */
uint64_t view_dumped_bytes(const struct view *view, uint64_t start, uint64_t end);

#endif
