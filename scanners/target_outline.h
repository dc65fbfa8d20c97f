#ifndef CKPT_SCANNERS_TARGET_OUTLINE_H
#define CKPT_SCANNERS_TARGET_OUTLINE_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/read/file_table.h"
#include "scanners/container.h"
#include "scanners/outline.h"
#include "scanners/target.h"

/*
 * A target as reports show it; strings live in @arena or longer. @facts (of a process, else NULL): what is known of
 * it when all has come. @container: its arguments stand in where memory has none; NULL where no process is a target.
 */
int target_outline_make(struct target_outline *out, const struct target *target,
			const struct process *facts, const struct file_table *files,
			const struct container *container, struct arena *arena, struct error *err);

#endif
