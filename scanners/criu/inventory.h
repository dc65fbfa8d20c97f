#ifndef CKPT_SCANNERS_CRIU_INVENTORY_H
#define CKPT_SCANNERS_CRIU_INVENTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "scanners/criu/image.h"

/* inventory.img: that a directory is a checkpoint, and of which kind. */
struct inventory {
	bool descriptors_by_process; /* fdinfo-P.img, of a process: very old */
	bool pre_dump; /* memory only: a layer for a later checkpoint, none of its own */
	uint32_t version; /* CRIU's number of the format; 0: of a pre-dump, or not known */
};

/* Damage is a warning; an inventory that cannot be read still makes its directory a checkpoint. */
int inventory_parse(struct inventory *out, const struct image *image, struct error *err);

#endif
