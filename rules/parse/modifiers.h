#ifndef CKPT_RULES_PARSE_MODIFIERS_H
#define CKPT_RULES_PARSE_MODIFIERS_H

#include "rules/parse/token.h"

/* Modifiers of a string, one after another. What is wrong with one is reported, and it is left out. */

struct modifier_list modifiers_none(void);
struct modifier_list modifiers_add(struct parse_context *context, struct modifier_list list,
				   uint32_t flag, struct token_place place);
struct modifier_list modifiers_add_xor(struct parse_context *context, struct modifier_list list,
				       struct token_place place, int64_t min, int64_t max);
/* @alphabet: NULL: the standard one. */
struct modifier_list modifiers_add_base64(struct parse_context *context, struct modifier_list list,
					  uint32_t flag, struct token_place place,
					  const struct bytes *alphabet,
					  struct token_place alphabet_place);

#endif
