#ifndef CKPT_CLI_STRING_TABLE_H
#define CKPT_CLI_STRING_TABLE_H

#include "engine/base/text.h"
#include "rules/compiled_rules.h"

/*
 * A table of the strings as processes are searched for them, in the rules' order: name, place, how it is searched, by
 * how many atoms and windows, the candidates that are expected for a GB, and the atom or window that gives most of
 * them. What the rules hold is escaped. Without memory @text has failed.
 */
void string_table_add(struct text *text, const struct compiled_rules *compiled,
		      const struct diagnostics *notes);
/* Of those that cost most only, the worst first. */
void string_table_add_worst(struct text *text, const struct compiled_rules *compiled,
			    const struct diagnostics *notes);

#endif
