#ifndef CKPT_SCANNERS_SEARCH_PLAN_H
#define CKPT_SCANNERS_SEARCH_PLAN_H

#include "engine/search.h"
#include "scanners/scan_job.h"

/*
 * How the blocks of one checkpoint are searched, by what was asked for. @purposes (PURPOSES of them) is filled too, one
 * for each kind of target; all is borrowed by the plan.
 */
void search_plan_make(struct search_plan *plan, struct search_purpose *purposes,
		      const struct compiled_rules *rules, const struct scan_options *options,
		      const struct file_table *files, struct warning_list *warnings);

#endif
