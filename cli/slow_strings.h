#ifndef CKPT_CLI_SLOW_STRINGS_H
#define CKPT_CLI_SLOW_STRINGS_H

#include "engine/base/text.h"
#include "rules/compiled_rules.h"

/*
 * A table of the strings that cost most where processes are searched, the worst first: name, place, how it is
 * searched, its weakest atom, and the candidates that are expected for a GB. What the rules hold is escaped.
 */
int slow_strings_add(struct text *text, const struct compiled_rules *compiled,
		     const struct diagnostics *notes, struct error *err);

#endif
