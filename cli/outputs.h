#ifndef CKPT_CLI_OUTPUTS_H
#define CKPT_CLI_OUTPUTS_H

#include <stdbool.h>

#include "cli/options/settings.h"
#include "cli/progress.h"
#include "report/format.h"

/*
 * Every report that the command line asks for, behind one hit_sink; warnings go to standard error as well,
 * and with text what rules log.
 * The progress bar is away while something is written.
 */
struct outputs;

/* @run and @progress (may be NULL) are borrowed. A FILE is created with mode 0600 or appended to. */
int outputs_open(struct outputs **out, const struct settings *settings, const struct run_facts *run,
		 struct progress *progress, struct error *err);
void outputs_close(struct outputs *outputs);

const struct hit_sink *outputs_sink(struct outputs *outputs);
/* Whether a report could not be written: then there is no use in going on. */
bool outputs_failed(const struct outputs *outputs);
int outputs_end_run(struct outputs *outputs, const struct run_summary *summary, struct error *err);

/* Whether WHEN of --color means colour on @descriptor. */
bool color_wanted(enum color_choice choice, int descriptor);

#endif
