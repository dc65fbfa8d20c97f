#ifndef CKPT_SCANNERS_UNSHOWN_H
#define CKPT_SCANNERS_UNSHOWN_H

#include <stdint.h>

#include "engine/base/error.h"
#include "scanners/checkpoint.h"

/*
 * Bytes that page maps of shared objects describe and nothing shows: of what processes map, the parts that windows
 * leave out. Memory files, and objects that nobody maps, are captured files instead.
 *
 *	object	|####|    |########|####|	page runs
 *	window	     [========]			shown
 *
 * Each byte counts once. What mappings left out (vma.left_out) is lost instead.
 */
int unshown_bytes(const struct checkpoint *checkpoint, uint64_t *out, struct error *err);

#endif
