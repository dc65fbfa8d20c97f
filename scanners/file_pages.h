#ifndef CKPT_SCANNERS_FILE_PAGES_H
#define CKPT_SCANNERS_FILE_PAGES_H

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
 * (deleted, root file system diff, volume, tmpfs, /dev/shm), else the image's.
 */

/*
 * Paths of files with pages that are not dumped and that @captured does not hold, ascending, each once; appended to
 * *@paths (strings are the checkpoint's).
 */
int file_pages_wanted(const struct checkpoint *checkpoint, const struct captured_list *captured,
		      const char ***paths, size_t *count, size_t *capacity, struct error *err);
/*
 * Sets process.contents where the file is known and is the same: its size, and build id where the images have one. Another
 * one is refused for its mappings, with a warning (rootfs-mismatch) for each file. @rootfs may be NULL.
 */
int file_pages_resolve(struct checkpoint *checkpoint, const struct captured_list *captured,
		       const struct rootfs *rootfs, const struct file_table *files,
		       struct warning_list *warnings, struct error *err);

#endif
