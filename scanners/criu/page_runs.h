#ifndef CKPT_SCANNERS_CRIU_PAGE_RUNS_H
#define CKPT_SCANNERS_CRIU_PAGE_RUNS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "scanners/checkpoint.h"
#include "scanners/criu/pagemap.h"

/*
 * A page map and its pages image become page runs. CRIU writes no offsets: the bytes of the entries that are
 * present follow one another in the order of the map.
 *
 *	pagemap-1.img	present 2 pages | parent 1 page | present 3 pages
 *	pages-3.img	0 ............. 8192 .......................... 20480
 */
struct page_layout {
	const struct pagemap *pagemap;
	const char *name; /* of the page map, for warnings */
	const char *pages_name; /* of the pages image */
	uint64_t page_bytes;
	uint64_t
		pages_length; /* bytes of the pages image; UINT64_MAX: it has not come by, 0: nor will it */
	uint32_t image; /* its index in the checkpoint */
	uint32_t pid;
	bool has_pid; /* false: the page map of a shared object */
	bool pages_missing; /* why pages_length is 0 */
};

struct page_runs {
	struct page_run *items; /* ascending, disjoint, as long as can be */
	size_t count, capacity;
};

#define DESCRIBED_UNKNOWN UINT64_MAX

/*
 * Appends the runs, those of pages that are not to be had as lost. *@described is how many bytes of the pages
 * image the map accounts for, or DESCRIBED_UNKNOWN. @warnings may be NULL.
 */
int page_runs_make(struct page_runs *out, const struct page_layout *layout,
		   struct warning_list *warnings, uint64_t *described, struct error *err);
void page_runs_release(struct page_runs *runs);

#endif
