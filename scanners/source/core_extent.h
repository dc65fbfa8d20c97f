#ifndef CKPT_SCANNERS_SOURCE_CORE_EXTENT_H
#define CKPT_SCANNERS_SOURCE_CORE_EXTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bytes.h"

/*
 * How long an ELF core dump is by what its headers say, where only its start can be seen:
 *
 *	| ELF header | program headers | notes and segments ... | section headers |
 *
 * Their contents are not looked at here.
 */

/* Bytes of the ELF header at least, and of all program headers there can be with it in front of them. */
#define CORE_START_BYTES 64
#define CORE_HEADERS_BYTES ((size_t)4 << 20)

/* How many bytes from the start hold the headers; 0: more than CORE_HEADERS_BYTES. @start: CORE_START_BYTES or all. */
size_t core_headers_length(struct bytes start);
/*
 * Where the last segment ends, or what else the headers describe. Segments that end beyond @limit are not counted.
 * @headers: as far as they are there.
 */
uint64_t core_described_length(struct bytes headers, uint64_t limit);

#endif
