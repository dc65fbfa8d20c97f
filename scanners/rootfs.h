#ifndef CKPT_SCANNERS_ROOTFS_H
#define CKPT_SCANNERS_ROOTFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "scanners/content.h"
#include "scanners/oci/container_image.h"

/*
 * Files of the container's image by their path in the container: a directory, a tar, or the layers of an image, the
 * upper over the lower with their whiteouts. Only what is wanted is opened or kept. One thread.
 */
struct rootfs;

/* @paths: absolute, of files that are wanted, ascending; borrowed until rootfs_free(). */
int rootfs_new(struct rootfs **out, const char *const *paths, size_t path_count,
	       struct file_table *files, struct warning_list *warnings, const _Atomic int *stop,
	       struct error *err);
void rootfs_free(struct rootfs *rootfs);
/*
 * Adds what @path names: a directory, a tar (compressed or not), an image layout or archive of one. No link leads out
 * of it. Fails with the codes of source_open().
 */
int rootfs_add_path(struct rootfs *rootfs, const char *path, struct error *err);
/* Adds the layers of an image, the lowest first. */
int rootfs_add_image(struct rootfs *rootfs, const struct container_image *image, struct error *err);
/* False: no such file, or it was not wanted. */
bool rootfs_find(const struct rootfs *rootfs, const char *path, struct stored_bytes *out);

#endif
