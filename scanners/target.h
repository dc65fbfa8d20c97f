#ifndef CKPT_SCANNERS_TARGET_H
#define CKPT_SCANNERS_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/warning.h"
#include "engine/match_table.h"
#include "rules/compiled_rules.h"
#include "scanners/checkpoint.h"
#include "scanners/file_target.h"
#include "scanners/held_hits.h"
#include "scanners/outline.h"
#include "scanners/process_memory.h"

/* What rules are judged against, one set of verdicts each. Judged by one worker. */
enum target_state {
	TARGET_WAITING, /* its bytes are being searched */
	TARGET_JUDGED, /* hits are held */
	TARGET_ASIDE, /* conditions ask for bytes that have passed */
	TARGET_FAILED, /* could not be judged; a warning says why */
};

struct target {
	enum target_kind kind;
	const struct process *process; /* of a process, else NULL */
	struct process_memory *memory; /* likewise */
	struct file_target file; /* of a file */
	enum scan_purpose purpose;
	enum target_state state;
	struct match_table *matches; /* while it is set aside */
	uint64_t bytes_lost; /* by limits and by the search, beyond what the page map says */
	struct held_hits *hits;
};

/* Frees what it holds; not the target itself. */
void target_release(struct target *target);

/* What there is of its bytes, before the search. */
struct memory_bytes target_bytes(const struct target *target);
/* Bytes that its blocks hold and that did not come. */
void target_lose(struct target *target, uint64_t bytes);

/* A warning that concerns it, with its place and nothing else. */
struct warning target_warning(const struct target *target, enum warning_code code);

#define TARGET_LABEL_BYTES 32
/* As sentences name it, where its path stands beside: "process 4", "the file". Returns @label. */
const char *target_label(const struct target *target, char label[TARGET_LABEL_BYTES]);

#endif
