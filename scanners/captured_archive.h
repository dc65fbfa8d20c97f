#ifndef CKPT_SCANNERS_CAPTURED_ARCHIVE_H
#define CKPT_SCANNERS_CAPTURED_ARCHIVE_H

#include <stdatomic.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "scanners/captured.h"
#include "scanners/content.h"

/*
 * An archive of files within the operand: changes of the root file system, a volume, a tmpfs mount. Its regular files
 * become captured ones; whiteouts are none. Archives in it stay as they are.
 */
struct captured_archive {
	const char *name; /* of the member that it is */
	struct stored_bytes bytes; /* what there is of it */
	uint64_t length; /* what there should be */
	enum captured_origin origin;
	const char *mountpoint; /* where its files stood: "/", "/dev/shm" */
};

/*
 * Appends its files to @out, whose arena must outlive @archive's strings no further than they. What cannot be opened is
 * one file of origin image, with a warning. Damage, and what is beyond the bounds, are warnings; what stands before is
 * kept.
 */
int captured_archive_read(const struct captured_archive *archive, struct file_table *files,
			  struct warning_list *warnings, const _Atomic int *stop,
			  struct captured_list *out, struct error *err);

/* The content of a member of which only @bytes could be had: what is missing is lost. In @out's arena. */
int captured_content_cut(struct captured_list *out, struct stored_bytes bytes, uint64_t length,
			 struct content *content, struct error *err);

#endif
