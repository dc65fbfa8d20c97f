#ifndef CKPT_SCANNERS_ROOTFS_LAYER_H
#define CKPT_SCANNERS_ROOTFS_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "scanners/content.h"
#include "scanners/source/source.h"

/*
 * What one layer of a root file system says of the files that are wanted: its own, and which of lower layers it hides.
 *
 *	NAME              a file, link, directory... hides what lay at NAME; all but a directory also what lay below it
 *	DIR/.wh.NAME      a whiteout: hides what lay at DIR/NAME and below it
 *	DIR/.wh..wh..opq  hides what lay below DIR; what the layer itself has there stays, wherever it stands
 *
 * Links among directories are not followed: paths that the kernel tells of mapped files have none.
 */
struct layer_file {
	struct stored_bytes bytes;
	bool there;
	const char *link; /* a hard link to this member, whose bytes are not at hand; NULL: none */
};

struct rootfs_layer {
	const char *const *paths; /* absolute, ascending; borrowed */
	size_t count;
	struct layer_file *files; /* by path */
	int64_t *hides; /* by path: how many of what hides begin there, less those that ended */
	struct arena *arena; /* names of links; borrowed */
};

int rootfs_layer_init(struct rootfs_layer *layer, const char *const *paths, size_t count,
		      struct arena *arena, struct error *err);
void rootfs_layer_release(struct rootfs_layer *layer);
/* Notes the source's current member; one that passes and is wanted is kept. Fails only without memory, or when stopped. */
int rootfs_layer_take(struct rootfs_layer *layer, struct source *source,
		      const struct member *member, struct error *err);
/* Keeps the current member, if it passes. @out is set only if all of its bytes can be read at any time. */
int rootfs_layer_keep(struct source *source, const struct member *member, struct stored_bytes *out,
		      bool *kept, struct error *err);
/* Puts it over the lower layers, in @files, which has one for each path. */
void rootfs_layer_put_over(const struct rootfs_layer *layer, struct layer_file *files);

#endif
