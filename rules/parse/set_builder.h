#ifndef CKPT_RULES_PARSE_SET_BUILDER_H
#define CKPT_RULES_PARSE_SET_BUILDER_H

#include "rules/parse/token.h"

/* Quantifiers, sets, and loops over them. NULL or false: no memory, which the context then knows. */

bool element_push(struct parse_context *context, struct element_list *out,
		  const struct element_list *list, struct token_place place, const char *name,
		  bool wildcard);
bool name_push(struct parse_context *context, struct name_list *out, const struct name_list *list,
	       const char *name);
struct quantifier quantifier_make(struct parse_context *context, struct token_place place,
				  enum quantifier_kind kind, struct expression *value);
struct string_set *string_set_them(struct parse_context *context, struct token_place place);
struct string_set *string_set_make(struct parse_context *context, struct token_place place,
				   const struct element_list *elements, bool of_rules);
struct iterator *iterator_make(struct parse_context *context, struct token_place place,
			       enum iterator_kind kind, const struct expression_list *children);
struct iterator *iterator_access(struct parse_context *context, struct token_place place,
				 struct expression *object);
struct expression *expression_of(struct parse_context *context, struct token_place place,
				 const struct quantifier *quantifier, struct string_set *set,
				 const struct expression_list *range);
struct expression *expression_of_at(struct parse_context *context, struct token_place place,
				    const struct quantifier *quantifier, struct string_set *set,
				    struct expression *address);
struct expression *expression_for_of(struct parse_context *context, struct token_place place,
				     const struct quantifier *quantifier, struct string_set *set,
				     struct expression *body);
struct expression *expression_for_in(struct parse_context *context, struct token_place place,
				     const struct quantifier *quantifier,
				     const struct name_list *variables, struct iterator *iterator,
				     struct expression *body);

#endif
