#ifndef CKPT_SCANNERS_SOURCE_VOLUME_H
#define CKPT_SCANNERS_SOURCE_VOLUME_H

#include <stdbool.h>

#include "engine/base/bytes.h"

/*
 * Whether a tar is a later volume of several, whose first member is the rest of a file that an earlier one began: GNU
 * tar marks it with type M, or with the offset in a pax header. Its bytes are not those of the member's start.
 * @start: of the archive.
 */
bool volume_continues(struct bytes start);

#endif
