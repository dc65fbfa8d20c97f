#ifndef CKPT_SCANNERS_OCI_BLOB_DATA_H
#define CKPT_SCANNERS_OCI_BLOB_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"

/* A blob within its descriptor ("data") is base64. What @length characters can stand for, at most. */
static inline size_t blob_data_bytes(size_t length)
{
	return length / 4 * 3;
}
/* RFC 4648 with its padding; @out has blob_data_bytes(). False: it is none. */
bool blob_data_decode(struct bytes text, uint8_t *out, size_t *length);

#endif
