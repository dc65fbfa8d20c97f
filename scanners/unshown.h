#ifndef CKPT_SCANNERS_UNSHOWN_H
#define CKPT_SCANNERS_UNSHOWN_H

#include <stdint.h>

#include "engine/base/error.h"
#include "scanners/checkpoint.h"

/*
 * Bytes that page maps of shared objects describe and nothing shows: of what processes map, the parts that windows
 * leave out.
 *
 *	object	|####|    |########|####|	page runs
 *	window	     [========]			shown
 *
 * @bytes has room for a number for each of the checkpoint's objects; each byte counts once. What mappings left out
 * (vma.left_out) is lost instead. Any thread; fails only without memory.
 */
int unshown_count(const struct checkpoint *checkpoint, uint64_t *bytes, struct error *err);

#endif
