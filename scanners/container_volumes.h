#ifndef CKPT_SCANNERS_CONTAINER_VOLUMES_H
#define CKPT_SCANNERS_CONTAINER_VOLUMES_H

#include <jansson.h>

#include "engine/base/error.h"

/*
 * Where named volumes were mounted: a JSON object from name to path in the container, in Podman's config.dump and, where
 * that does not say, by the mounts of the specification. *@out NULL: there are none. Either may be NULL.
 */
int container_volumes(const json_t *config, const json_t *spec, json_t **out, struct error *err);

#endif
