#ifndef CKPT_SCANNERS_CRIU_UNPACKER_H
#define CKPT_SCANNERS_CRIU_UNPACKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/read/file_table.h"
#include "scanners/checkpoint.h"

/*
 * Unpacks the pages of one page map into a file of the file table. Blocks are bare LZ4 blocks, each of a known length;
 * those of zeros have no bytes, and zeros take no place in the file.
 *
 *	pages-3.img	| 312 bytes | 4096 bytes | nothing | 77 bytes |
 *	unpacked	| 4096      | 4096       | zeros   | 4096     |
 */
struct unpacker {
	struct file_table *files;
	uint32_t source; /* file that holds the pages image */
	uint64_t source_offset; /* of its first byte there */
	const _Atomic int *stop; /* non-zero: nothing more is unpacked; may be NULL */
	uint64_t *budget; /* bytes that may still be unpacked; of all unpackers together */
	uint32_t image; /* index in the checkpoint of the image that is made */
	uint32_t file; /* what is made; with opened */
	uint64_t length; /* of it so far */
	struct packed_pages *map; /* by offset: where blocks came from */
	size_t count, capacity;
	bool opened;
	enum unpack_end { UNPACK_GOES_ON, UNPACK_LIMIT, UNPACK_NO_SPACE } end;
	uint8_t *buffer; /* one block, packed and unpacked */
	size_t buffer_bytes;
};

/* The longest block that CRIU makes. */
#define UNPACK_BLOCK_MOST (UINT64_C(4) << 20)
/* Bytes unpacked for each that is stored; LZ4 may have four times as many, real memory has a tenth. */
#define UNPACK_FACTOR 64

enum unpack_result {
	UNPACKED,
	UNPACKED_SPOILED,
	UNPACKED_LIMIT,
	UNPACKED_NO_SPACE,
	UNPACKED_UNREADABLE,
	UNPACKED_STOPPED,
};

struct unpack_block {
	uint64_t stored_offset; /* in the pages image */
	uint64_t stored_length; /* 0: zeros; @length: as they are */
	uint64_t length; /* of its pages; at most UNPACK_BLOCK_MOST */
};

/* Makes the file, of @length bytes in all blocks. */
int unpacker_open(struct unpacker *unpacker, uint64_t length, const char *name, struct error *err);
/* Makes room for the next block, at unpacker.length before the call. */
int unpacker_place(struct unpacker *unpacker, const struct unpack_block *block, struct error *err);
/* Unpacks a block to @offset; ascending. Fails only without memory. */
int unpacker_unpack(struct unpacker *unpacker, const struct unpack_block *block, uint64_t offset,
		    enum unpack_result *result, struct error *err);
void unpacker_release(struct unpacker *unpacker);

#endif
