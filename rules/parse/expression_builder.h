#ifndef CKPT_RULES_PARSE_EXPRESSION_BUILDER_H
#define CKPT_RULES_PARSE_EXPRESSION_BUILDER_H

#include "rules/parse/token.h"

/* Nodes of conditions for the grammar. NULL or false: no memory, which the context then knows. */

/* Appends to a copy of @list (NULL: empty), which is not used any more. */
bool expression_push(struct parse_context *context, struct expression_list *out,
		     const struct expression_list *list, struct expression *item);
bool expression_pair(struct parse_context *context, struct expression_list *out,
		     struct expression *left, struct expression *right);

struct expression *expression_new(struct parse_context *context, struct token_place place,
				  enum expression_kind kind);
struct expression *expression_integer(struct parse_context *context, struct token_place place,
				      int64_t integer);
struct expression *expression_float(struct parse_context *context, struct token_place place,
				    double real);
struct expression *expression_text(struct parse_context *context, struct token_place place,
				   struct bytes text);
/* Parses the regex; what is wrong with it is reported, and the node is there all the same. */
struct expression *expression_regex(struct parse_context *context, struct token_place place,
				    const struct raw_literal *literal);
struct expression *expression_many(struct parse_context *context, struct token_place place,
				   enum expression_kind kind,
				   const struct expression_list *operands);
struct expression *expression_unary(struct parse_context *context, struct token_place place,
				    enum expression_operator operation, struct expression *operand);
struct expression *expression_binary(struct parse_context *context, struct token_place place,
				     enum expression_operator operation, struct expression *left,
				     struct expression *right);
/* @range: its two bounds, or NULL. */
struct expression *expression_named(struct parse_context *context, struct token_place place,
				    enum expression_kind kind, const char *name,
				    const struct expression_list *range);
struct expression *expression_string_at(struct parse_context *context, struct token_place place,
					const char *name, struct expression *address);
struct expression *expression_indexed(struct parse_context *context, struct token_place place,
				      enum expression_kind kind, const char *name,
				      struct expression *index);
struct expression *expression_read(struct parse_context *context, struct token_place place,
				   struct integer_read read, struct expression *address);

struct expression *expression_field(struct parse_context *context, struct token_place place,
				    struct expression *object, const char *name);
struct expression *expression_index(struct parse_context *context, struct token_place place,
				    struct expression *object, struct expression *index);
struct expression *expression_call(struct parse_context *context, struct token_place place,
				   struct expression *function,
				   const struct expression_list *arguments);

#endif
