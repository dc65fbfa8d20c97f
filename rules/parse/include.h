#ifndef CKPT_RULES_PARSE_INCLUDE_H
#define CKPT_RULES_PARSE_INCLUDE_H

#include "rules/parse/parse_context.h"

/* Parses the file that @path names, seen from the text at hand. What is wrong is reported at @place. */
void include_read(struct parse_context *context, struct token_place place, struct bytes path);

#endif
