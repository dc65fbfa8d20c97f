#ifndef CKPT_SCANNERS_BUILD_ID_H
#define CKPT_SCANNERS_BUILD_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/read/file_table.h"
#include "scanners/content.h"

/* Real ones have 8 to 32 bytes; longer ones are none. */
#define BUILD_ID_BYTES 64

/* What a linker wrote into an ELF file to tell it from every other one: the GNU note of that type. */
struct build_id {
	uint8_t data[BUILD_ID_BYTES];
	uint32_t length;
};

/*
 * Reads it from a file of 32 or 64 bits and either byte order. False: no ELF file, it has none, or it cannot be read.
 * The bytes may be hostile: what is read of them is bounded.
 */
bool build_id_read(struct build_id *out, const struct content *content,
		   const struct file_table *files);
/* @stored: as images have it, in whole words filled up with zeros. */
bool build_id_equals(const struct build_id *id, struct bytes stored);

#endif
