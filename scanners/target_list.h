#ifndef CKPT_SCANNERS_TARGET_LIST_H
#define CKPT_SCANNERS_TARGET_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "engine/block.h"
#include "scanners/checkpoint.h"
#include "scanners/scan_job.h"
#include "scanners/target.h"

/*
 * The targets of one checkpoint in the order of the report: by kind, its processes by pid. A target's number is its
 * index. Each is judged by one worker; the list itself is made and freed by one thread.
 */
struct target_list {
	struct target *targets; /* those that the filters choose */
	size_t count;
	struct memory_bytes chosen, left_out; /* sums over targets */
};

int target_list_new(struct target_list **out, const struct checkpoint *checkpoint,
		    const struct scan_options *options, struct error *err);
/* Of one file, which no filter leaves out; @file is copied. */
int target_list_of_file(struct target_list **out, const struct file_target *file,
			struct error *err);
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
/* Bytes of blocks that are not searched because of the budget: lost, with a warning. */
int target_refuse(struct target *target, uint64_t refused, struct warning_list *warnings,
		  struct error *err);

#endif
