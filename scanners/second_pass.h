#ifndef CKPT_SCANNERS_SECOND_PASS_H
#define CKPT_SCANNERS_SECOND_PASS_H

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "scanners/checkpoint.h"
#include "scanners/judge.h"
#include "scanners/target_list.h"

/*
 * Targets whose conditions asked for bytes that had passed: the archive is inflated once more, the page images
 * of just these targets are kept, and they are judged again. Nothing is searched a second time.
 */
struct second_pass_plan {
	const struct source *source; /* that passed */
	const char *path; /* of the operand */
	const char *directory; /* of the checkpoint's images in it */
	struct checkpoint *checkpoint;
	struct target_list *targets;
	struct file_table *files;
	struct warning_list *warnings;
	const struct judge *judge;
};

/* Does nothing where no target is set aside. One thread. */
int second_pass_run(const struct second_pass_plan *plan, struct error *err);

#endif
