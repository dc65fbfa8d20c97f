#ifndef CKPT_CLI_LOOK_LOOK_COMMAND_H
#define CKPT_CLI_LOOK_LOOK_COMMAND_H

#include "cli/exit_code.h"
#include "cli/options/settings.h"

/* Shows what is in checkpoints, by the view that is named as settings.command; ends as the scan does. */
enum exit_code look_command(const struct settings *settings);

#endif
