#ifndef CKPT_RULES_PARSE_RULE_HASH_H
#define CKPT_RULES_PARSE_RULE_HASH_H

#include "rules/parse/token.h"

/* The hash of the rule at hand; tree.h says what goes into it. */

void rule_hash_add(struct parse_context *context, int token, const union token_value *value,
		   const struct token_place *place);
/* Ends the sum; false without memory. */
bool rule_hash_end(struct parse_context *context, uint8_t out[DIGEST_BYTES]);
/* Forgets what was added: another rule begins. */
void rule_hash_reset(struct parse_context *context);

#endif
