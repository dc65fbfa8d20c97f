#ifndef CKPT_REPORT_STYLE_H
#define CKPT_REPORT_STYLE_H

#include "engine/base/text.h"

/* What a colour means, the same in every text. The sequences of ECMA-48 that every terminal knows. */
#define STYLE_PATH "\x1b[35m"
#define STYLE_RULE "\x1b[1;31m"
#define STYLE_PROCESS "\x1b[32m"
#define STYLE_ADDRESS "\x1b[36m"
#define STYLE_STRING "\x1b[33m"
#define STYLE_MATCH "\x1b[1;31m"
#define STYLE_FAINT "\x1b[2m"
#define STYLE_WARNING "\x1b[1;33m"
#define STYLE_END "\x1b[0m"

/* Bytes of a name or path that a text shows at most: no real one is longer. */
#define LONGEST_SHOWN 4096u

static inline void style_begin(struct text *text, const char *style, bool color)
{
	if (color)
		text_add(text, style);
}

static inline void style_end(struct text *text, bool color)
{
	if (color)
		text_add(text, STYLE_END);
}

#endif
