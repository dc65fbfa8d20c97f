#ifndef CKPT_RULES_MODULES_TLSH_H
#define CKPT_RULES_MODULES_TLSH_H

#include <stdbool.h>

#include "engine/base/bytes.h"

/* "T1", then 35 bytes in hex, then a terminator. */
#define TLSH_TEXT_BYTES 73
/* Shorter data have no digest. */
#define TLSH_SHORTEST 50u

/*
 * The TLSH digest of @data (Oliver, Cheng and Chen, "TLSH - A Locality Sensitive Hash", 2013), with 128 buckets and a
 * checksum of one byte, in upper-case hex behind the mark of its version. False: the data are too short or too
 * uniform; then @out is empty.
 */
bool tlsh_digest(struct bytes data, char out[TLSH_TEXT_BYTES]);

#endif
