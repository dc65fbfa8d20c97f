#ifndef CKPT_SCANNERS_ROOTFS_H
#define CKPT_SCANNERS_ROOTFS_H

#include <stdatomic.h>
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
 *
 * Paths that the kernel tells of mapped files lead through no symbolic link. In a directory links are followed
 * nevertheless, within it; among the members of a tar they are not.
 */
struct rootfs;

/*
 * @paths: absolute, of files that are wanted, ascending, each once; borrowed until rootfs_free(). Bytes of files are in
 * @files, and stay there.
 */
int rootfs_new(struct rootfs **out, const char *const *paths, size_t path_count,
	       struct file_table *files, struct warning_list *warnings, const _Atomic int *stop,
	       struct error *err);
void rootfs_free(struct rootfs *rootfs);
/*
 * Adds what @path names: a directory, a tar (compressed or not), an image layout or archive of one. Of several images
 * the first that is no checkpoint's counts. What was added before lies below it. No link leads out of it, and nothing
 * but regular files is opened. Fails with the codes of source_open().
 */
int rootfs_add_path(struct rootfs *rootfs, const char *path, struct error *err);
/* Adds the layers of an image, the lowest first. A layer that cannot be opened is a warning. */
int rootfs_add_image(struct rootfs *rootfs, const struct container_image *image, struct error *err);
/* False: no such file, or it was not wanted. */
bool rootfs_find(const struct rootfs *rootfs, const char *path, struct stored_bytes *out);

#endif
