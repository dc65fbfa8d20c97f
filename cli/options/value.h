#ifndef CKPT_CLI_OPTIONS_VALUE_H
#define CKPT_CLI_OPTIONS_VALUE_H

#include "cli/options/option_table.h"
#include "cli/options/settings.h"

/*
 * Reads one option's value into @settings as its kind says; @value is NULL for an option that takes none.
 * ERROR_USAGE names option, value and what would be right.
 */
int option_value_set(struct settings *settings, const struct option_spec *spec, const char *value,
		     struct error *err);

#endif
