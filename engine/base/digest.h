#ifndef CKPT_ENGINE_BASE_DIGEST_H
#define CKPT_ENGINE_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

#define DIGEST_BYTES 32
#define DIGEST_HEX_BYTES (2 * DIGEST_BYTES + 1)

/* SHA-256 of what is added, by libcrypto. One thread. */
struct digest;

int digest_new(struct digest **out, struct error *err);
void digest_free(struct digest *digest);
int digest_add(struct digest *digest, const void *data, size_t length, struct error *err);
/* The length as eight little-endian bytes, then the bytes: so that "ab","c" and "a","bc" differ. */
int digest_add_sized(struct digest *digest, const void *data, size_t length, struct error *err);
/* Ends the sum; the digest can then only be freed. */
int digest_end(struct digest *digest, uint8_t out[DIGEST_BYTES], struct error *err);

/* Of these bytes alone. */
int digest_of(const void *data, size_t length, uint8_t out[DIGEST_BYTES], struct error *err);

/* Lower-case hex with a terminator. */
void digest_hex(const uint8_t digest[DIGEST_BYTES], char out[DIGEST_HEX_BYTES]);

#endif
