#ifndef CKPT_RULES_PARSE_RULE_BUILDER_H
#define CKPT_RULES_PARSE_RULE_BUILDER_H

#include "rules/parse/token.h"

/* Rules and what stands in them, for the grammar. False: no memory, which the context then knows. */

enum rule_flag { RULE_PRIVATE = 1 << 0, RULE_GLOBAL = 1 << 1 };

void import_add(struct parse_context *context, struct token_place place, struct bytes module);

/*
 * Each makes @list (NULL: empty) longer by one, which is not used any more: a rule has one list of each kind, in the
 * context until rule_add() copies it.
 */
bool tag_push(struct parse_context *context, struct tag_list *out, const struct tag_list *list,
	      struct token_place place, const char *name);
bool meta_push(struct parse_context *context, struct meta_list *out, const struct meta_list *list,
	       const struct meta_definition *meta);
bool string_push(struct parse_context *context, struct string_list *out,
		 const struct string_list *list, const struct string_definition *string);

struct meta_definition meta_text(struct parse_context *context, struct token_place place,
				 const char *name, struct bytes text);
struct meta_definition meta_integer(struct parse_context *context, struct token_place place,
				    const char *name, int64_t integer);
struct meta_definition meta_boolean(struct parse_context *context, struct token_place place,
				    const char *name, bool value);

/* The places are the name's and the value's. */
struct string_definition string_text(struct parse_context *context, const char *name,
				     struct token_place place, struct bytes text,
				     struct token_place value_place,
				     const struct modifier_list *modifiers);
bool string_regex(struct parse_context *context, struct string_definition *out, const char *name,
		  struct token_place place, const struct raw_literal *literal,
		  struct token_place value_place, const struct modifier_list *modifiers);
bool string_hex(struct parse_context *context, struct string_definition *out, const char *name,
		struct token_place place, const struct raw_literal *literal,
		struct token_place value_place, const struct modifier_list *modifiers);

/* The name is known: from now on it stands with errors. */
void rule_begin(struct parse_context *context, struct token_place place, const char *name);
void rule_add(struct parse_context *context, uint32_t flags, struct tag_list tags,
	      struct meta_list metas, struct string_list strings, struct expression *condition);
/*
 * A syntax error ended the rule at hand, if there is one: its name stands in the tree all the same, with a
 * condition that is false, so that what refers to it is no error of its own.
 */
void rule_abandon(struct parse_context *context);

#endif
