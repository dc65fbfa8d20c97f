#ifndef CKPT_RULES_PARSE_LITERAL_H
#define CKPT_RULES_PARSE_LITERAL_H

#include "rules/parse/hex_string.h"
#include "rules/parse/token.h"

/*
 * Parses what stands between slashes or braces. What is wrong is reported at its place in the literal, and
 * an empty tree stands for it. @name: of the string that is defined, without $; NULL in a condition.
 */

/* NULL: no memory. */
struct regex_literal *literal_regex(struct parse_context *context,
				    const struct raw_literal *literal, const char *name);
/* False: no memory. */
bool literal_hex(struct parse_context *context, struct hex_string *out,
		 const struct raw_literal *literal, const char *name);

#endif
