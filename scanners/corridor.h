#ifndef CKPT_SCANNERS_CORRIDOR_H
#define CKPT_SCANNERS_CORRIDOR_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/search.h"
#include "scanners/hit_queue.h"
#include "scanners/judge.h"
#include "scanners/operand.h"
#include "scanners/passage.h"
#include "scanners/scan_job.h"
#include "scanners/target_list.h"
#include "scanners/work_count.h"

/*
 * The corridor of one checkpoint:
 *
 *	operand ─► model, captured files ─► targets ─► blocks ─► search ─► judge ─► hit queue ─► sink
 *
 * What lies in place, or was kept, is searched when the operand has been walked. Page images of one directory that are
 * inflated are searched as they pass (passage.h) if everything that places them came before. scan_job.c has the whole;
 * a plain file (raw_job.c) has no operand and no model, and the rest is the same.
 */
struct corridor {
	const struct scan_job *job;
	const struct hit_sink *sink;
	struct operand *
		operand; /* files and warnings are of it; NULL: a plain file, and they are its own */
	struct image_directory *directory; /* the checkpoint's; NULL: none */
	bool found; /* a checkpoint; --raw: the file */
	uint64_t started_ns;
	struct work_count work; /* with scan_options.stats */
	struct arena *arena;
	struct warning_list *warnings;
	struct file_table *files;
	const struct container *container; /* NULL: not known */
	struct checkpoint *checkpoint; /* that targets and blocks stand on */
	/* What the passage began with, before all had come; NULL: nothing passed. */
	struct checkpoint *early;
	struct target_list *early_targets;
	struct block_list *early_blocks;
	struct warning_list *early_warnings;
	/* Bytes by target that the search counts as lost, and the model too. */
	uint64_t *told;
	/* The checkpoint when all has come, where targets stand on the early one all the same; else NULL. */
	const struct checkpoint *facts;
	struct target_list *targets;
	struct block_list *blocks;
	struct search_purpose purposes[PURPOSES];
	struct search_plan search_plan;
	struct search *search;
	struct source *source; /* of the passage; NULL: there is none */
	const char *within; /* directory of the images in that source */
	struct passage_plan passage_plan;
	struct passage *passage;
	struct judge judge;
	struct checkpoint_outline outline;
	struct hit_queue_plan queue_plan;
	struct hit_queue *queue;
	bool not_searched; /* the search ended early; a warning says why */
	uint64_t unplaced_bytes; /* of pages in no place of a process: lost */
};

static inline const struct scan_options *corridor_options(const struct corridor *corridor)
{
	return corridor->job->options;
}

/*
 * What every scan stands on: blocks, arena, judge; of a plain file also warnings and files, else corridor.warnings is
 * set. Close it also after a failure.
 */
int corridor_open(struct corridor *corridor, struct error *err);
void corridor_close(struct corridor *corridor);

/* What was named cannot be scanned: all that is known of it is the path. */
void corridor_refuse(struct corridor *corridor, enum warning_code code, const char *message);
/* About a checkpoint as a whole: its path is no part of it, the report tells that once. */
void corridor_warn(struct corridor *corridor, enum warning_code code, const char *message);
/* Targets and blocks of corridor.checkpoint, and of what it captured (NULL: that is not known yet). */
int corridor_make_blocks(struct corridor *corridor, const struct captured_list *captured,
			 struct error *err);
/*
 * Begins the search of one that passes, with what is known of it by now. When all has come its targets and blocks are
 * made once more, and take the place of these.
 */
int corridor_begin_passage(struct corridor *corridor, struct error *err);
int corridor_end_passage(struct corridor *corridor, const struct opened_checkpoint *opened,
			 bool complete, struct error *err);
int corridor_start_search(struct corridor *corridor, struct error *err);
/*
 * Opens the queue of hits, searches all blocks, and judges. Told to stop or without memory: what was found stands, with
 * a warning.
 */
int corridor_search(struct corridor *corridor, struct error *err);
/* The last step: warnings and the summary. */
int corridor_report_end(struct corridor *corridor, struct scan_result *out, struct error *err);

#endif
