#ifndef CKPT_ENGINE_SEARCH_PLACE_H
#define CKPT_ENGINE_SEARCH_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/read/file_table.h"
#include "engine/search/view.h"
#include "engine/workers.h"

/*
 * The node on which the bytes from position @start of @view on lie, told by the first of them: a shard is small beside
 * what a kernel places at a time. SIZE_MAX: not known, as of bytes that are still on a disk. The thread that adds.
 */
size_t place_of(const struct workers *workers, const struct file_table *files,
		const struct view *view, uint64_t start);

#endif
