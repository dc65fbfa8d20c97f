#ifndef CKPT_SCANNERS_TARGET_H
#define CKPT_SCANNERS_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/warning.h"
#include "engine/match_table.h"
#include "rules/compiled_rules.h"
#include "scanners/captured.h"
#include "scanners/checkpoint.h"
#include "scanners/held_hits.h"
#include "scanners/memory_filter.h"
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
	uint32_t number; /* its index in the list */
	const struct process *process; /* of a process, else NULL */
	struct process_memory *memory; /* likewise */
	const struct memory_filter *filter; /* likewise: which of it is searched; NULL: all */
	struct captured captured; /* of all other kinds; what it points to is borrowed */
	enum scan_purpose purpose;
	enum target_state state;
	struct match_table *matches; /* while it is set aside */
	uint64_t bytes_lost; /* by limits and by the search, beyond what the page map says */
	struct held_hits *hits;
};

/* Frees what it holds; not the target itself. */
void target_release(struct target *target);

/* What there is of its bytes that is to be searched, before the search. */
struct memory_bytes target_bytes(const struct target *target);
/* Bytes that its blocks hold and that did not come. */
void target_lose(struct target *target, uint64_t bytes);

/* A warning that concerns it, with its place and nothing else. */
struct warning target_warning(const struct target *target, enum warning_code code);

#define TARGET_LABEL_BYTES 48
/* As sentences name it, where its path stands beside: "process 4", "the file", "pipe 7". Returns @label. */
const char *target_label(const struct target *target, char label[TARGET_LABEL_BYTES]);

#endif
