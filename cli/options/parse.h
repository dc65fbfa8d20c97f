#ifndef CKPT_CLI_OPTIONS_PARSE_H
#define CKPT_CLI_OPTIONS_PARSE_H

#include "cli/options/settings.h"

/*
 * Reads a command's arguments as GNU getopt does: options and operands in any order, "--" ends the options,
 * --name=VALUE and --name VALUE, -xVALUE and -x VALUE, -abc for flags. One difference: names are not
 * abbreviated, for an abbreviation in a script would become ambiguous with the next option; it is suggested
 * instead.
 *
 * @settings comes from settings_init() and keeps the arguments. @command is the enum command_bit. Stops at
 * --help and --version. Filters end up sorted, each once. ERROR_USAGE with a message for the user.
 */
int options_parse(struct settings *settings, unsigned command, char *const *arguments, size_t count,
		  struct error *err);

#endif
