#ifndef CKPT_RULES_SOURCE_LINE_H
#define CKPT_RULES_SOURCE_LINE_H

#include <stdio.h>

#include "engine/base/bytes.h"
#include "rules/diagnostic.h"

/*
 * One line of a rules file as a terminal may show it. Bytes that a terminal would act on (controls, marks
 * that turn the direction of writing) and bytes that are no UTF-8 become \xNN.
 */

/* Writes text that has no place in a line: a name, a message. */
void source_line_escape(FILE *out, const char *text);

/*
 * Writes the line and, below it, the caret for @span. Tabs become spaces; of a long line only what is around
 * the caret is shown.
 */
void source_line_write(FILE *out, struct bytes line, const struct source_span *span);

#endif
