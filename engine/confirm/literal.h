#ifndef CKPT_ENGINE_CONFIRM_LITERAL_H
#define CKPT_ENGINE_CONFIRM_LITERAL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bytes.h"

/* How a literal lies in memory. */
struct spelled {
	bool wide; /* a zero byte after each */
	bool nocase; /* ASCII letters; never with a key */
	uint8_t xor_key; /* 0: as it stands */
};

/* Bytes that it takes in memory. */
static inline size_t literal_length(const struct bytes *literal, const struct spelled *spelled)
{
	return spelled->wide ? 2 * literal->length : literal->length;
}

/* Whether the literal_length() bytes @at are the literal. */
bool literal_lies_at(const struct bytes *literal, const struct spelled *spelled, const uint8_t *at);

#endif
