#ifndef CKPT_SCANNERS_OCI_DOCKER_ARCHIVE_H
#define CKPT_SCANNERS_OCI_DOCKER_ARCHIVE_H

#include <stdbool.h>

#include "engine/base/error.h"
#include "scanners/oci/image_reader.h"

/* Adds all images that manifest.json lists. *@found false: there is none, or it is no list of images. */
int docker_archive_read(struct image_reader *reader, bool *found, struct error *err);

#endif
