#ifndef CKPT_TESTS_MADE_ELF_H
#define CKPT_TESTS_MADE_ELF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MADE_ELF_BYTES 256

/* The first MADE_ELF_BYTES of an ELF file of 64 bits with this build id, of at most 64 bytes. */
static inline void made_elf(uint8_t *data, const void *id, size_t length)
{
	const size_t header = 64, notes = 120;

	memset(data, 0, MADE_ELF_BYTES);
	memcpy(data,
	       "\x7f"
	       "ELF\2\1\1",
	       7);
	data[32] = (uint8_t)header;
	data[54] = 56;
	data[56] = 1;
	data[header] = 4;
	data[header + 8] = (uint8_t)notes;
	data[header + 32] = (uint8_t)(12 + 4 + length);
	data[header + 48] = 4;
	data[notes] = 4;
	data[notes + 4] = (uint8_t)length;
	data[notes + 8] = 3;
	memcpy(data + notes + 12, "GNU", 4);
	memcpy(data + notes + 16, id, length);
}

#endif
