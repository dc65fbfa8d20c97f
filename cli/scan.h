#ifndef CKPT_CLI_SCAN_H
#define CKPT_CLI_SCAN_H

#include "cli/exit_code.h"
#include "cli/options/settings.h"

/* The command `scan`: says what there is to say itself. */
enum exit_code scan_command(const struct settings *settings);

#endif
