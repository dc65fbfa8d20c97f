#ifndef CKPT_REPORT_MATCH_LINES_H
#define CKPT_REPORT_MATCH_LINES_H

#include <stdbool.h>

#include "engine/base/text.h"
#include "scanners/hit.h"

/*
 * A match for people, in columns: address, VMA, string, length, xor key, bytes. The columns are as wide as
 * the hit's matches need.
 */
struct match_columns {
	size_t address, vma, string, length;
};

/* @scratch: any text; what was in it is lost. */
struct match_columns match_columns_of(const struct hit *hit, struct text *scratch);

/* @with_context: a hex dump below it. */
void match_line_add(struct text *text, struct text *scratch, const struct hit_match *match,
		    const struct match_columns *columns, bool with_context, bool color);

#endif
