#ifndef CKPT_SCANNERS_CRIU_PAGE_RUNS_H
#define CKPT_SCANNERS_CRIU_PAGE_RUNS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "scanners/checkpoint.h"
#include "scanners/criu/page_places.h"

/*
 * A page map, and those of the same name in the parents, become page runs. What a map leaves to its parent is
 * looked up there, and so on down, range by range:
 *
 *	checkpoint  |present|.....parent.....|present|
 *	parent 1            |present|.parent.|
 *	parent 2  |....present......|.present..|
 *	runs        |0      |1      |2       |0      |
 */
struct page_layers {
	void *context;
	/*
	 * The layout in one layer, 0 being the checkpoint itself; lent until the next call. Not FATE_STORED: why
	 * there is none; *@out then only has the names for a warning about it.
	 */
	enum page_fate (*find)(void *context, uint32_t layer, struct page_layout *out);
	/* Hears how many bytes of its pages image a layout describes (DESCRIBED_UNKNOWN: not known). */
	int (*note)(void *context, const struct page_layout *layout, uint64_t described,
		    struct error *err);
	const char *missing; /* FATE_NO_PARENT: what is not there; NULL: nothing names it */
	uint64_t *steps; /* of work through parents that may still be done */
};

struct page_runs {
	struct page_run *items; /* ascending, disjoint, as long as can be */
	size_t count, capacity;
	uint64_t dropped; /* bytes that entries of the map describe without a place for them */
};

/* Appends the runs, those of pages that are not to be had as lost. @warnings may be NULL. */
int page_runs_make(struct page_runs *out, const struct page_layers *layers,
		   struct warning_list *warnings, struct error *err);
void page_runs_release(struct page_runs *runs);

#endif
