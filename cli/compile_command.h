#ifndef CKPT_CLI_COMPILE_COMMAND_H
#define CKPT_CLI_COMPILE_COMMAND_H

#include "cli/exit_code.h"
#include "cli/options/settings.h"

/* The command `compile`: rules to a file that -r takes. What is wrong with them goes to standard error. */
enum exit_code compile_command(const struct settings *settings);

#endif
