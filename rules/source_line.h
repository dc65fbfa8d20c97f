#ifndef CKPT_RULES_SOURCE_LINE_H
#define CKPT_RULES_SOURCE_LINE_H

#include "engine/base/bytes.h"
#include "engine/base/text.h"
#include "rules/diagnostic.h"

/*
 * One line of a rules file as a terminal may show it: what a terminal would act on, and bytes that are no
 * UTF-8, become \xNN. Backslashes stay as they are, unlike in text_add_escaped(): rules are full of them.
 */

/* Writes text that has no place in a line: a name, a message. */
void source_line_escape(struct text *out, const char *string);

/*
 * Writes the line and, below it, the caret for @span. Tabs become spaces; of a long line only what is around
 * the caret is shown.
 */
void source_line_write(struct text *out, struct bytes line, const struct source_span *span);

#endif
