#ifndef CKPT_CLI_BENCH_H
#define CKPT_CLI_BENCH_H

#include "cli/exit_code.h"
#include "cli/options/settings.h"

/* The command `bench`: says what there is to say itself. */
enum exit_code bench_command(const struct settings *settings);

#endif
