#ifndef CKPT_SCANNERS_TARGET_OUTLINE_H
#define CKPT_SCANNERS_TARGET_OUTLINE_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/read/file_table.h"
#include "scanners/container.h"
#include "scanners/outline.h"
#include "scanners/target.h"
#include "scanners/target_list.h"

/*
 * A target as reports show it; strings live in @arena or longer. @facts (of a process, else NULL): what is known of
 * it when all has come. @container: its arguments stand in where memory has none; NULL where no process is a target.
 */
int target_outline_make(struct target_outline *out, const struct target *target,
			const struct process *facts, const struct file_table *files,
			const struct container *container, struct arena *arena, struct error *err);

/* What @facts (NULL: no other model) tell of a target's process; NULL: it is none. */
const struct process *target_facts(const struct target *target, const struct checkpoint *facts);

/* Where outlines come from, the same for all targets of a checkpoint. Borrowed. */
struct target_outlines {
	const struct target_list *targets; /* NULL: none */
	const struct checkpoint *facts; /* as for target_facts() */
	const struct file_table *files;
	const struct container *container;
};
/* The target that a warning concerns, as above; *@found is false where it concerns none of them. */
int target_outline_of_warning(struct target_outline *out, bool *found,
			      const struct target_outlines *outlines, const struct warning *warning,
			      struct arena *arena, struct error *err);

#endif
