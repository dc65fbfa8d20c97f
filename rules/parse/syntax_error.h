#ifndef CKPT_RULES_PARSE_SYNTAX_ERROR_H
#define CKPT_RULES_PARSE_SYNTAX_ERROR_H

#include "rules/parse/parse_context.h"

/* What the grammar could go on with, as long as it is worth listing. */
#define EXPECTED_TOKENS_LIMIT 4

/*
 * "syntax error, unexpected X, expecting A or B", in YARA's words for tokens. @found may be NULL. More than
 * the limit expected: pass none.
 */
void syntax_error_report(struct parse_context *context, struct token_place place, const char *found,
			 const char *const *expected, size_t count);

#endif
