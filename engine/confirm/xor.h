#ifndef CKPT_ENGINE_CONFIRM_XOR_H
#define CKPT_ENGINE_CONFIRM_XOR_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bytes.h"

/* Whether the bytes @at are the literal under @key; the zero bytes of wide text are under it too. */
bool xor_lies_at(const struct bytes *literal, bool wide, uint8_t key, const uint8_t *at);

#endif
