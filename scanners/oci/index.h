#ifndef CKPT_SCANNERS_OCI_INDEX_H
#define CKPT_SCANNERS_OCI_INDEX_H

#include <stdbool.h>

#include "engine/base/error.h"
#include "scanners/oci/image_reader.h"

/* Adds all images that index.json leads to. *@found false: there is no image layout. */
int index_read(struct image_reader *reader, bool *found, struct error *err);

#endif
