#ifndef CKPT_CLI_EXIT_CODE_H
#define CKPT_CLI_EXIT_CODE_H

#include "engine/base/error.h"

/* What a run tells its caller; where several hold: 2 before 4 before 3 before 1. */
enum exit_code {
	EXIT_COMPLETE = 0,
	EXIT_HITS = 1, /* only with --exit-match */
	EXIT_USAGE = 2, /* usage or rules: nothing was scanned */
	EXIT_INPUT = 3, /* incomplete because of the input */
	EXIT_MACHINE = 4, /* incomplete because of the machine */
	EXIT_PLUGIN = 42, /* --plugin-description of a plugin: what checkpointctl waits for */
};

/*
 * Of a command that could not begin: what is wrong with the call or its rules is 2, with the machine 4. Says what
 * @err holds, but for ERROR_RULES, of which the diagnostics have spoken.
 */
enum exit_code exit_code_of_failed_start(int ret, const struct error *err);

#endif
