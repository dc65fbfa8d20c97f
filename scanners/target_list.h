#ifndef CKPT_SCANNERS_TARGET_LIST_H
#define CKPT_SCANNERS_TARGET_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/block.h"
#include "engine/match_table.h"
#include "rules/compiled_rules.h"
#include "scanners/checkpoint.h"
#include "scanners/held_hits.h"
#include "scanners/process_memory.h"
#include "scanners/scan_job.h"

/*
 * The targets of one checkpoint in the order of the report: its processes by pid. A target's number is its
 * index. Each is judged by one worker; the list itself is made and freed by one thread.
 */
enum target_state {
	TARGET_WAITING, /* its bytes are being searched */
	TARGET_JUDGED, /* hits are held */
	TARGET_ASIDE, /* conditions ask for bytes that have passed */
	TARGET_FAILED, /* could not be judged; a warning says why */
};

struct target {
	const struct process *process;
	struct process_memory *memory;
	enum scan_purpose purpose;
	enum target_state state;
	struct match_table *matches; /* while it is set aside */
	uint64_t bytes_lost; /* by limits and by the search, beyond what the page map says */
	struct held_hits *hits;
};

struct target_list {
	struct target *targets; /* those that the filters choose */
	size_t count;
	struct memory_bytes chosen, left_out; /* sums over processes */
};

int target_list_new(struct target_list **out, const struct checkpoint *checkpoint,
		    const struct scan_options *options, struct error *err);
void target_list_free(struct target_list *list);
/*
 * The blocks of all targets, as many as scan_options.search_factor allows; what is left out is lost, with a
 * warning for each target.
 */
int target_list_blocks(struct target_list *list, const struct checkpoint *checkpoint,
		       const struct scan_options *options, struct block_list *blocks,
		       struct warning_list *warnings, struct error *err);

/* How many bytes may be searched where so many are stored. */
uint64_t target_list_budget(uint64_t stored_bytes, const struct scan_options *options);
/* Bytes that its blocks hold and that did not come. */
void target_lose(struct target *target, uint64_t bytes);
/* Bytes of blocks that are not searched because of the budget: lost, with a warning. */
int target_refuse(struct target *target, uint64_t refused, struct warning_list *warnings,
		  struct error *err);

#endif
