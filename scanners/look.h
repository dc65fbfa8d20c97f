#ifndef CKPT_SCANNERS_LOOK_H
#define CKPT_SCANNERS_LOOK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "scanners/captured.h"
#include "scanners/checkpoint.h"
#include "scanners/container.h"
#include "scanners/outline.h"

/*
 * Checkpoints opened to be looked at, without rules: what `show`, `maps`, `dump` and their like stand on. The same
 * sources, parents, root file system and model as for a scan.
 */
struct look_options { /* borrowed for the call */
	const char *const *parents;
	size_t parent_count;
	const char *rootfs;
	const char *member; /* NULL: all */
	bool bytes; /* bytes of memory will be read; false: only where they are */
	struct file_table_options memory;
	const _Atomic int *stop;
};

/* One checkpoint, whole; lent for the call. */
struct look {
	const struct checkpoint_outline *outline;
	const struct container *container;
	const struct checkpoint *checkpoint;
	const struct captured_list *captured;
	const struct file_table *files;
	uint32_t image_version; /* of the inventory; 0: none (core dump) */
	size_t parents; /* images of the chain below it */
	struct warning_list *warnings; /* for what is found while looking */
	size_t siblings; /* checkpoints of the operand that are shown, this one included */
};

struct look_visitor {
	void *context;
	int (*checkpoint)(void *context, const struct look *look, struct error *err);
	/* Warnings of one checkpoint, after it; @outline as above, or only the path where there is none. */
	int (*warning)(void *context, const struct checkpoint_outline *outline,
		       const struct warning *warning, struct error *err);
};

struct look_result {
	size_t checkpoints;
	bool complete, machine; /* as scan_result */
};

/* Opens one operand. 0 even when incomplete or none; negative only when the visitor refused or memory ran out. */
int look_run(const char *path, const struct look_options *options,
	     const struct look_visitor *visitor, struct look_result *out, struct error *err);

#endif
