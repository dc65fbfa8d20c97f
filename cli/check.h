#ifndef CKPT_CLI_CHECK_H
#define CKPT_CLI_CHECK_H

#include "cli/exit_code.h"
#include "cli/options/settings.h"

/* The command `check`: what is wrong with rules on standard error, what is in them on standard output. */
enum exit_code check_command(const struct settings *settings);

#endif
