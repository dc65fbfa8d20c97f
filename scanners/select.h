#ifndef CKPT_SCANNERS_SELECT_H
#define CKPT_SCANNERS_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/rule.h"
#include "scanners/captured.h"
#include "scanners/checkpoint.h"
#include "scanners/scan_job.h"

/* What the filters of a scan choose. Pure questions, any thread. */

/* --targets, --pid and --process; a name is compared as the kernel keeps it, an executable by its base name. */
bool select_process(const struct scan_options *options, const struct process *process);
/* --targets; where it is not given and a filter chooses memory, only processes have any. */
bool select_kind(const struct scan_options *options, enum target_kind kind);
/* Its kind, and with --pid or --process whether one of those processes of @checkpoint holds it. */
bool select_captured(const struct scan_options *options, const struct checkpoint *checkpoint,
		     const struct captured *captured);
/* --rule and --tag; private rules are never chosen. */
bool select_rule(const struct scan_options *options, const struct rule *rule);
/* Whether any filter is set that leaves targets, or memory of them, out. */
bool select_narrows(const struct scan_options *options);
/* The filters as one canonical text for identities, malloc'd; "" for none; NULL without memory. */
char *select_text(const struct scan_options *options);

#endif
