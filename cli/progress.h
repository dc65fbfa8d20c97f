#ifndef CKPT_CLI_PROGRESS_H
#define CKPT_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "scanners/scan_job.h"

/*
 * A bar on the terminal's last line, drawn by a thread of its own while a checkpoint is scanned, from one
 * second after its scan began. All calls take NULL for "no bar". Any thread.
 */
struct progress;

/* *@out is NULL where @descriptor is no terminal that can take a line back. */
int progress_new(struct progress **out, int descriptor, struct error *err);
void progress_free(struct progress *progress);

/* The scan of @label (copied) begins; @counters are lent until progress_end(), which takes the bar away. */
void progress_begin(struct progress *progress, const char *label,
		    const struct scan_progress *counters);
void progress_end(struct progress *progress);

/* Around anything else that is written to the terminal: no bar stands there in between. */
void progress_pause(struct progress *progress);
void progress_resume(struct progress *progress);

/* What one drawing shows. */
struct progress_view {
	const char *label;
	uint64_t done, total; /* bytes; total 0: not known */
	uint64_t hits;
	double seconds; /* since the scan began */
	size_t columns; /* of the terminal */
};

/* One line without its end, shorter than the terminal is wide; what has no room is left out. */
void progress_render(struct text *text, const struct progress_view *view);

#endif
