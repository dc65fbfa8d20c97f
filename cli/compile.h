#ifndef CKPT_CLI_COMPILE_H
#define CKPT_CLI_COMPILE_H

#include "cli/options/settings.h"
#include "rules/compiled_rules.h"
#include "scanners/scan_job.h"

/*
 * Rules and patterns of the command line, read and compiled for what the reports ask of them. What there is
 * to say about the rules goes to @notes. ERROR_RULES: the notes say why; everything else is in @err.
 */
int compile_rules(struct compiled_rules **out, const struct settings *settings,
		  const struct scan_options *options, struct diagnostics *notes, struct error *err);

/*
 * The same, and says on standard error what there is to say about the rules, each with its line and caret; also
 * fails where the settings let a warning fail.
 */
int compile_rules_aloud(struct compiled_rules **out, const struct settings *settings,
			const struct scan_options *options, struct diagnostics *notes,
			struct error *err);

#endif
