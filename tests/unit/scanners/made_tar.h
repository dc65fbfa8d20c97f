#ifndef CKPT_TESTS_MADE_TAR_H
#define CKPT_TESTS_MADE_TAR_H

#include <stddef.h>
#include <stdint.h>

#include "tests/unit/scanners/made_archive.h"

#define TAR_BLOCK 512

/* A tar made by hand, for what no writer writes. Zeroed is empty; free @made.data. */
struct made_tar {
	struct made_archive made;
	size_t capacity;
};

/* The check sum of a header that was changed. */
void tar_seal(uint8_t *header);
/* A ustar header; the last one, lent until something is added. @size as an octal number. */
uint8_t *tar_header(struct made_tar *tar, const char *name, char type, uint64_t size);
/* Bytes up to the end of their last block. */
void tar_body(struct made_tar *tar, const void *data, size_t length);
/* The same, @length times one byte, up to two blocks. */
void tar_fill(struct made_tar *tar, char byte, size_t length);
/* A number of a header, 11 digits. */
void tar_octal(uint8_t *at, uint64_t value);
/* A member with these bytes. */
void tar_file(struct made_tar *tar, const char *name, const char *text);
void tar_link(struct made_tar *tar, const char *name, char type, const char *target);
/* Records "KEY=VALUE", of the next member (type 'x') or of all that follow (type 'g'). */
void tar_pax(struct made_tar *tar, char type, const char *const *records, size_t count);
/* One record whose value may be any bytes. */
void tar_pax_bytes(struct made_tar *tar, char type, const char *key, const void *value,
		   size_t length);
/* A long name in front of a member: type 'L', or 'K' of what it links to. */
void tar_long(struct made_tar *tar, char type, const char *name);
/* The two blocks of zeros. */
void tar_end(struct made_tar *tar);

#endif
