#ifndef CKPT_REPORT_TARGET_LINE_H
#define CKPT_REPORT_TARGET_LINE_H

#include <stdbool.h>

#include "engine/base/text.h"
#include "scanners/outline.h"

/*
 * A target for people, in one line:
 *
 *	pid 4 (plant) /plant (deleted)
 *	/tmp/dropped (rootfs-diff)
 *	/dev/zero (memfd #2, pid 1, pid 7 fd 3)
 *	pipe 7 (pid 1 fd 5, pid 2 fd 3, and 4 more)
 *	socket 8213 tcp 10.0.0.7:6379 <- 10.0.0.9:40112 received (pid 1 fd 7)
 */
void target_line_add(struct text *text, const struct target_outline *target, bool color);
/* The same, as short as it can be told from others of its kind: "pid 4", a path, "pipe 7". */
void target_name_add(struct text *text, const struct target_outline *target);

/* What was named itself (--raw): the path of the operand is all there is to say. */
bool target_is_operand(const struct target_outline *target);

#endif
