#ifndef CKPT_CLI_OPTIONS_HELP_H
#define CKPT_CLI_OPTIONS_HELP_H

#include "cli/options/option_table.h"
#include "engine/base/text.h"

/* What --help of a command shows: usage, options by section, exit codes. 80 columns. */
void help_add(struct text *text, const struct command_spec *command);

#endif
