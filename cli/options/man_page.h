#ifndef CKPT_CLI_OPTIONS_MAN_PAGE_H
#define CKPT_CLI_OPTIONS_MAN_PAGE_H

#include "engine/base/text.h"

/* ckpt-scan(1) in man(7) macros, from the same table as --help. @version: of the program. */
void man_page_add(struct text *text, const char *version);

#endif
