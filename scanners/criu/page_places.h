#ifndef CKPT_SCANNERS_CRIU_PAGE_PLACES_H
#define CKPT_SCANNERS_CRIU_PAGE_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "scanners/criu/pagemap.h"
#include "scanners/criu/unpacker.h"

/*
 * Where the pages of one page map are, as far as its own directory tells. CRIU writes no offsets: the bytes of
 * the entries that are present follow one another in the order of the map.
 *
 *	pagemap-1.img	present 2 pages | parent 1 page | present 3 pages
 *	pages-3.img	0 ............. 8192 .......................... 20480
 *
 * Those of a packed entry are blocks of some pages each, of which the map has the stored sizes.
 */
enum page_fate {
	FATE_STORED, /* in an image */
	FATE_PARENT, /* in an earlier checkpoint, which is not read */
	FATE_LAZY,
	FATE_ENCODED,
	FATE_CUT, /* past the end of the pages image */
	FATE_NOT_KEPT, /* past what could be kept of the pages image */
	FATE_MISSING, /* there is no pages image */
	FATE_ENCRYPTED, /* there is, but nothing can be read of it */
	FATE_FOREIGN, /* there is one of a form that only a fork of CRIU writes */
	FATE_MISPLACED, /* behind damage that hides where they are */
	FATE_FLAGS,
	FATE_NOT_UNPACKED, /* packed, and nobody unpacks */
	FATE_SPOILED, /* packed, but that is damaged */
	FATE_BAD_SIZES, /* packed, but the map contradicts itself; so hides what comes behind them */
	FATE_TOO_MUCH, /* packed, of more bytes than are unpacked, or may be kept */
	FATE_NO_SPACE, /* unpacked, but there was no place for them */
	FATE_UNREADABLE,
	FATE_STOPPED, /* the run ended before they were unpacked */
	/* Why a parent has none. */
	FATE_ABSENT, /* its page map does not have them */
	FATE_NO_MAP, /* it has no such page map */
	FATE_NO_PARENT, /* it is not there */
	FATE_LOOP,
	FATE_TOO_DEEP,
	FATE_TOO_DIVIDED,
	FATES,
};

struct page_place {
	uint64_t address, length; /* bytes; never 0 */
	uint64_t offset; /* FATE_STORED: in @image; meaningless otherwise */
	uint32_t image; /* its index in the checkpoint */
	enum page_fate fate;
};

/* Zeroed is empty. */
struct page_places {
	struct page_place *items; /* ascending, disjoint */
	size_t count, capacity;
	uint64_t dropped; /* bytes of entries that have no place; UINT64_MAX: or more */
};

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
	enum page_fate
		pages_fate; /* why pages_length is 0; FATE_STORED: it is the image's length */
	bool pages_not_kept; /* why pages_length is what it is */
	struct unpacker *unpacker; /* of packed entries; NULL: they are lost */
};

#define DESCRIBED_UNKNOWN UINT64_MAX

/*
 * Makes the places of all pages in an empty @out; entries that cannot be are dropped with a warning, those out of
 * order are used, with one too. Of packed pages those that
 * @wanted (ascending; NULL: all) does not name are placed but may stay packed. *@described is how many bytes of the
 * pages image the map accounts for, or DESCRIBED_UNKNOWN. @warnings may be NULL.
 */
int page_places_make(struct page_places *out, const struct page_layout *layout,
		     const struct page_places *wanted, struct warning_list *warnings,
		     uint64_t *described, struct error *err);
/* Joins it with the last one where it can be. */
int page_places_add(struct page_places *places, const struct page_place *place, struct error *err);
/* Brings disjoint places that were added in any order into ascending order. */
void page_places_sort(struct page_places *places);
void page_places_release(struct page_places *places);

#endif
