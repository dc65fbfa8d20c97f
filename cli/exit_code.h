#ifndef CKPT_CLI_EXIT_CODE_H
#define CKPT_CLI_EXIT_CODE_H

/* What a run tells its caller; where several hold: 2 before 4 before 3 before 1. */
enum exit_code {
	EXIT_COMPLETE = 0,
	EXIT_HITS = 1, /* only with --exit-match */
	EXIT_USAGE = 2, /* usage or rules: nothing was scanned */
	EXIT_INPUT = 3, /* incomplete because of the input */
	EXIT_MACHINE = 4, /* incomplete because of the machine */
};

#endif
