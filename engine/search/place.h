#ifndef CKPT_ENGINE_SEARCH_PLACE_H
#define CKPT_ENGINE_SEARCH_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/read/file_table.h"
#include "engine/search/view.h"
#include "engine/workers.h"

/*
 * The node on which the first bytes at or behind @position of @view lie. One byte tells for a shard, which is small
 * beside what a kernel places at a time. SIZE_MAX: not known, as of bytes that are still on a disk. The thread that
 * adds.
 */
size_t place_of(const struct workers *workers, const struct file_table *files,
		const struct view *view, uint64_t position);

#endif
