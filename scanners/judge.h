#ifndef CKPT_SCANNERS_JUDGE_H
#define CKPT_SCANNERS_JUDGE_H

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/read/file_table.h"
#include "scanners/target_list.h"

/* What rules are judged with: the same for all targets of a checkpoint. Borrowed. */
struct judge {
	const struct compiled_rules *rules;
	const struct scan_options *options;
	const struct file_table *files;
	struct warning_list *warnings;
};

/* What the rules say of a target with these matches, and nothing more: as ruleset_evaluate(). Any thread. */
int judge_evaluate(const struct judge *judge, const struct target *target,
		   const struct match_table *matches, struct verdicts *out, struct error *err);

/*
 * Judges one target by its matches (taken over) and sets its state: judged with its hits held, set aside where
 * a condition asks for bytes that have passed (it then keeps its matches), or failed with a warning. Any
 * thread, one per target. ERROR_MEMORY; ERROR_INTERRUPTED, and the target failed: told to stop, for the caller
 * to say once for all targets.
 */
int judge_target(const struct judge *judge, struct target *target, struct match_table *matches,
		 struct error *err);

#endif
