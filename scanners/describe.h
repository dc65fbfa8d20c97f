#ifndef CKPT_SCANNERS_DESCRIBE_H
#define CKPT_SCANNERS_DESCRIBE_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "scanners/contents.h"
#include "scanners/outline.h"
#include "scanners/source/source.h"

/*
 * The outline of a checkpoint from all that its source told. @source, @container and @directory may be NULL: it could
 * not be opened, or holds no images. Strings live in @arena or longer.
 */
int checkpoint_outline_make(struct checkpoint_outline *out, const char *path,
			    const struct source *source, const struct container *container,
			    const struct image_directory *directory, struct arena *arena,
			    struct error *err);

#endif
