#ifndef CKPT_SCANNERS_STORED_RANGES_H
#define CKPT_SCANNERS_STORED_RANGES_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "scanners/content.h"

/* Ranges of files, to know how many bytes they hold together, each once. Zeroed is empty. One thread. */
struct stored_ranges {
	struct stored_bytes *items;
	size_t count, capacity;
};

int stored_ranges_add(struct stored_ranges *ranges, struct stored_bytes range, struct error *err);
/* Sorts and joins them. UINT64_MAX: that many or more. */
uint64_t stored_ranges_bytes(struct stored_ranges *ranges);
void stored_ranges_release(struct stored_ranges *ranges);

#endif
