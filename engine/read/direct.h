#ifndef CKPT_ENGINE_READ_DIRECT_H
#define CKPT_ENGINE_READ_DIRECT_H

#include <stddef.h>

/*
 * A second descriptor of the same file that reads around the page cache (O_DIRECT). Offsets, lengths and memory
 * are to be multiples of DIRECT_ALIGNMENT.
 */
#define DIRECT_ALIGNMENT 4096u

/*
 * -1 where the file system has no such reads, or asks for more than that alignment; or where the file cannot be
 * opened again (no /proc, no right to). Close it.
 */
int direct_open(int descriptor);

#endif
