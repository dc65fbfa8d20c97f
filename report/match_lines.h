#ifndef CKPT_REPORT_MATCH_LINES_H
#define CKPT_REPORT_MATCH_LINES_H

#include <stdbool.h>

#include "engine/base/text.h"
#include "scanners/hit.h"

/*
 * A hit's matches for people, in columns: address, VMA, string, length, xor key, bytes. @with_context: a hex
 * dump under each.
 */
void match_lines_add(struct text *text, const struct hit *hit, bool with_context, bool color);

#endif
