#ifndef CKPT_SCANNERS_ADDRESS_SPACE_H
#define CKPT_SCANNERS_ADDRESS_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanners/checkpoint.h"

/*
 * What is at each address of one process, told from its VMAs, guard ranges, page runs, and the objects and files it
 * maps:
 *
 *	region	|  gap   |        VMA        | guard |    VMA     |  gap  |
 *	span	|nothing | dumped |  zero    |nothing|dumped| lost|nothing|
 *
 * Regions and spans cover all 2^64 addresses without a hole, so their ends are given as the last address.
 */
enum span_kind {
	SPAN_DUMPED, /* bytes in a page image */
	SPAN_FILE, /* bytes of the mapped file, which are not in the dump */
	SPAN_ZERO, /* never written */
	SPAN_LOST, /* the page map describes them, but they are not to be had */
	SPAN_NOT_DUMPED, /* of a mapped file that is not at hand; never in a dump */
	SPAN_UNSEEN, /* something is mapped there, nobody knows what */
	SPAN_NOTHING, /* nothing to be read there when the process ran either (not mapped, past a file's last page) */
};

enum region_kind { REGION_VMA, REGION_GUARD, REGION_GAP };

struct region {
	uint64_t first, last;
	const struct vma *vma; /* NULL for REGION_GAP */
	enum region_kind kind;
};

struct span {
	uint64_t first, last;
	struct region region;
	enum span_kind kind;
	uint32_t image; /* SPAN_DUMPED: index in the checkpoint */
	uint32_t file; /* SPAN_FILE: in the file table */
	uint64_t offset; /* SPAN_DUMPED, SPAN_FILE: in that image or file */
	bool of_object; /* what the mapped object has there, zeros included */
	bool of_file; /* what the mapped file has there, zeros included */
};

/* Walks the spans from an address up. On the stack; the process must outlive it. */
struct span_cursor {
	const struct process *process;
	uint64_t at;
	bool done;
	/* Where the walk stands in the process's lists: the first that does not end below @at. */
	size_t vma, guard, run;
	/* The same in the runs of the object that the VMA shows. */
	const struct vma *object_vma;
	size_t object_run;
};

struct span_cursor span_cursor_at(const struct process *process, uint64_t address);
/* False at the end of the address space. The first span starts at the address asked for. */
bool span_cursor_next(struct span_cursor *cursor, struct span *out);

/* Bytes of a span; 0 only for one that covers all 2^64 addresses. */
static inline uint64_t span_length(const struct span *span)
{
	return span->last - span->first + 1;
}

/* Whether a block may hold it. */
static inline bool span_has_bytes(const struct span *span)
{
	return span->kind == SPAN_DUMPED || span->kind == SPAN_FILE || span->kind == SPAN_ZERO;
}

#endif
