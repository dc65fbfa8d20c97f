#ifndef CKPT_SCANNERS_FILE_PAGES_H
#define CKPT_SCANNERS_FILE_PAGES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "scanners/captured.h"
#include "scanners/checkpoint.h"
#include "scanners/rootfs.h"

/*
 * Pages of file mappings that the dump leaves out: memory as the process saw it. The file is the checkpoint's own
 * (deleted, volume, tmpfs, /dev/shm, root file system diff), else the image's:
 *
 *	deleted   the captured file that its id leads to, else the one deleted file of that path
 *	else      the captured file of that path, what was mounted before what lay below; else the image's
 *
 * A file that was mapped and not deleted stood at its path when the container was frozen. So what the container deleted
 * or replaced there needs no look: a replaced one is captured, and goes before the image's.
 */

/*
 * Absolute paths of files with pages that are not dumped and that @captured does not hold are added to *@paths, which is
 * malloc'd, or NULL with a count and capacity of 0; then it is ascending, each path once. Strings are the checkpoint's.
 */
int file_pages_wanted(const struct checkpoint *checkpoint, const struct captured_list *captured,
		      const char ***paths, size_t *count, size_t *capacity, struct error *err);
/*
 * Sets process.contents where the file is known and is the same: its size, and build id where the images have one. Another
 * one is refused for its mappings, with a warning (rootfs-mismatch) for each file. @rootfs may be NULL. Pieces stay in the
 * arena of @captured, which must live as long as the checkpoint.
 */
int file_pages_resolve(struct checkpoint *checkpoint, const struct captured_list *captured,
		       const struct rootfs *rootfs, const struct file_table *files,
		       struct warning_list *warnings, struct error *err);

/* Where the container's image is to be had. */
struct file_pages_image {
	const char *path; /* as rootfs_add_path(); NULL: none was named */
	const struct container_image
		*image; /* that came with the checkpoint, below it; NULL: none */
};
/*
 * All of it in order: what is wanted, the image's files, what they resolve to. An image that cannot be opened, or is
 * none, is a warning (incomplete), and then files are taken from the rest. @stop may be NULL.
 */
int file_pages_complete(struct checkpoint *checkpoint, const struct captured_list *captured,
			const struct file_pages_image *image, struct file_table *files,
			struct warning_list *warnings, const _Atomic int *stop, struct error *err);

#endif
