#ifndef CKPT_SCANNERS_TARGET_LIST_H
#define CKPT_SCANNERS_TARGET_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/block.h"
#include "scanners/captured.h"
#include "scanners/checkpoint.h"
#include "scanners/scan_job.h"
#include "scanners/target.h"

/*
 * The targets of one checkpoint in the order of the report: by kind, its processes by pid, what is captured in the
 * order of its list. A target's number is its index. Each is judged by one worker; the list itself is made and freed
 * by one thread.
 */
struct target_list {
	struct target *targets; /* those that the filters choose */
	size_t count, capacity;
	struct memory_bytes chosen; /* of the targets */
	struct memory_bytes left_out; /* of those that the filters leave out */
	size_t left_out_count; /* targets that the filters leave out */
	size_t with_blocks; /* of @targets, the first ones */
};

/*
 * @captured: sorted; NULL: none, or they are added later. @options are borrowed until target_list_free(). A process of
 * which the memory filter chooses no byte is left out.
 */
int target_list_new(struct target_list **out, const struct checkpoint *checkpoint,
		    const struct captured_list *captured, const struct scan_options *options,
		    struct error *err);
/*
 * Adds what is captured behind the processes, once: where it was not known when they were searched already. Targets
 * may move, so none may be judged meanwhile. @checkpoint says who the holders are.
 */
int target_list_add_captured(struct target_list *list, const struct checkpoint *checkpoint,
			     const struct captured_list *captured,
			     const struct scan_options *options, struct error *err);
/* Of one file, which no filter leaves out; @file is copied. */
int target_list_of_file(struct target_list **out, const struct captured *file, struct error *err);
void target_list_free(struct target_list *list);
/*
 * The blocks of all targets that have none yet, as many as scan_options.search_factor allows for all blocks in
 * @blocks; what is left out is lost, with a warning for each target.
 */
int target_list_blocks(struct target_list *list, const struct checkpoint *checkpoint,
		       const struct scan_options *options, struct block_list *blocks,
		       struct warning_list *warnings, struct error *err);

/* How many bytes may be searched where so many are stored. */
uint64_t target_list_budget(uint64_t stored_bytes, const struct scan_options *options);
/* Bytes of blocks that are not searched because of the budget: lost, with a warning. */
int target_refuse(struct target *target, uint64_t refused, struct warning_list *warnings,
		  struct error *err);

#endif
