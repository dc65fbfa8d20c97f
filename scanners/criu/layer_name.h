#ifndef CKPT_SCANNERS_CRIU_LAYER_NAME_H
#define CKPT_SCANNERS_CRIU_LAYER_NAME_H

#include <stdint.h>

#include "scanners/criu/image_name.h"

#define LAYER_NAME_BYTES (IMAGE_NAME_BYTES + 40)

/*
 * An image's name as seen from the checkpoint: "pages-3.img", "parent/pages-3.img", "parent/parent/pages-3.img"; of
 * those far down "parent(12)/pages-3.img".
 */
void layer_name_print(uint32_t layer, const char *name, char out[LAYER_NAME_BYTES]);

#endif
