#ifndef CKPT_SCANNERS_CORRIDOR_H
#define CKPT_SCANNERS_CORRIDOR_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/search.h"
#include "scanners/contents.h"
#include "scanners/hit_queue.h"
#include "scanners/judge.h"
#include "scanners/passage.h"
#include "scanners/scan_job.h"
#include "scanners/target_list.h"

/*
 * The whole corridor:
 *
 *	source members ─► contents ─► model ─► targets ─► blocks ─► search ─► judge ─► hit queue ─► sink
 *
 * What lies in place is walked first and searched then. Of what is inflated, page images are searched as they
 * pass (passage.h) if everything that places them came before; else they are kept and the rest is as above.
 * scan_job.c has the whole; a plain file (raw_job.c) has no source and no model, and the rest is the same.
 */
struct corridor {
	const struct scan_job *job;
	const struct hit_sink *sink;
	bool keep_all; /* page images are kept, none is searched on the way past */
	bool kept; /* one was kept: the search on the way past would miss it */
	bool found; /* a checkpoint; --raw: the file */
	bool cut_short; /* stopped before all members had come: nothing can be said to be missing */
	bool late; /* an image came after pages that it places */
	uint64_t started_ns;
	struct arena *arena;
	struct warning_list *warnings;
	struct file_table *files;
	struct source *source;
	struct contents *contents;
	struct image_directory *directory; /* the checkpoint's; NULL: none */
	struct checkpoint *checkpoint; /* that targets and blocks stand on */
	struct checkpoint *facts; /* the same when all has come; NULL: there is but one */
	struct target_list *targets;
	struct block_list *blocks;
	struct search_purpose purposes[PURPOSES];
	struct search_plan search_plan;
	struct search *search;
	struct passage_plan passage_plan;
	struct passage *passage;
	struct judge judge;
	struct checkpoint_outline outline;
	struct hit_queue_plan queue_plan;
	struct hit_queue *queue;
	bool not_searched; /* the search ended early; a warning says why */
	uint64_t other_bytes; /* of the checkpoint, that are no process's memory */
	uint64_t unplaced_bytes; /* pages that came and no page map names */
};

static inline const struct scan_options *corridor_options(const struct corridor *corridor)
{
	return corridor->job->options;
}

/* What every scan stands on: warnings, files, blocks, arena, judge. Close it also after a failure. */
int corridor_open(struct corridor *corridor, struct error *err);
void corridor_close(struct corridor *corridor);

/* What was named cannot be scanned: all that is known of it is the path. */
void corridor_refuse(struct corridor *corridor, enum warning_code code, const char *message);
/* About a checkpoint as a whole: its path is no part of it, the report tells that once. */
void corridor_warn(struct corridor *corridor, enum warning_code code, const char *message);
/* Targets and blocks of corridor.checkpoint. */
int corridor_make_blocks(struct corridor *corridor, struct error *err);
int corridor_start_search(struct corridor *corridor, struct error *err);
/*
 * Opens the queue of hits, searches all blocks, and judges. Told to stop or without memory: what was found stands, with
 * a warning.
 */
int corridor_search(struct corridor *corridor, struct error *err);
/* The last step: warnings and the summary. */
int corridor_report_end(struct corridor *corridor, struct scan_result *out, struct error *err);

/* Takes all members, up to the end or until the run is stopped; page images that can pass are searched. */
int corridor_walk(struct corridor *corridor, struct error *err);

#endif
