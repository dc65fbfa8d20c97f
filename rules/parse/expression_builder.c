#include "rules/parse/expression_builder.h"

#include "rules/parse/literal.h"

bool expression_push(struct parse_context *context, struct expression_list *out,
		     const struct expression_list *list, struct expression *item)
{
	struct expression_list grown = list ? *list : (struct expression_list){ 0 };

	grown.items = context_grow(context, grown.items, grown.count, sizeof(struct expression *));
	if (!grown.items)
		return false;
	grown.items[grown.count++] = item;
	*out = grown;
	return true;
}

bool expression_pair(struct parse_context *context, struct expression_list *out,
		     struct expression *left, struct expression *right)
{
	struct expression_list list;

	return expression_push(context, &list, NULL, left) &&
	       expression_push(context, out, &list, right);
}

struct expression *expression_new(struct parse_context *context, struct token_place place,
				  enum expression_kind kind)
{
	struct expression *expression = context_alloc(context, 1, sizeof(*expression));

	if (!expression)
		return NULL;
	expression->kind = kind;
	expression->span = context_span(context, place);
	return expression;
}

/* A node with @list's items below it (NULL: none). */
static struct expression *new_above(struct parse_context *context, struct token_place place,
				    enum expression_kind kind, const struct expression_list *list)
{
	struct expression *expression = expression_new(context, place, kind);

	if (expression && list) {
		expression->children = list->items;
		expression->child_count = list->count;
	}
	return expression;
}

/* The same for one or two (@second may be NULL). */
static struct expression *new_above_two(struct parse_context *context, struct token_place place,
					enum expression_kind kind, struct expression *first,
					struct expression *second)
{
	struct expression_list list;

	if (!expression_push(context, &list, NULL, first))
		return NULL;
	if (second && !expression_push(context, &list, &list, second))
		return NULL;
	return new_above(context, place, kind, &list);
}

struct expression *expression_integer(struct parse_context *context, struct token_place place,
				      int64_t integer)
{
	struct expression *expression = expression_new(context, place, EXPRESSION_INTEGER);

	if (expression)
		expression->integer = integer;
	return expression;
}

struct expression *expression_float(struct parse_context *context, struct token_place place,
				    double real)
{
	struct expression *expression = expression_new(context, place, EXPRESSION_FLOAT);

	if (expression)
		expression->real = real;
	return expression;
}

struct expression *expression_text(struct parse_context *context, struct token_place place,
				   struct bytes text)
{
	struct expression *expression = expression_new(context, place, EXPRESSION_TEXT);

	if (expression)
		expression->text = text;
	return expression;
}

struct expression *expression_regex(struct parse_context *context, struct token_place place,
				    const struct raw_literal *literal)
{
	struct expression *expression = expression_new(context, place, EXPRESSION_REGEX);

	if (!expression)
		return NULL;
	expression->regex = literal_regex(context, literal, NULL);
	return expression->regex ? expression : NULL;
}

struct expression *expression_many(struct parse_context *context, struct token_place place,
				   enum expression_kind kind,
				   const struct expression_list *operands)
{
	return new_above(context, place, kind, operands);
}

struct expression *expression_unary(struct parse_context *context, struct token_place place,
				    enum expression_operator operation, struct expression *operand)
{
	return expression_binary(context, place, operation, operand, NULL);
}

struct expression *expression_binary(struct parse_context *context, struct token_place place,
				     enum expression_operator operation, struct expression *left,
				     struct expression *right)
{
	enum expression_kind kind = right ? EXPRESSION_BINARY : EXPRESSION_UNARY;
	struct expression *expression = new_above_two(context, place, kind, left, right);

	if (expression)
		(expression->operator) = operation;
	return expression;
}

struct expression *expression_named(struct parse_context *context, struct token_place place,
				    enum expression_kind kind, const char *name,
				    const struct expression_list *range)
{
	struct expression *expression = new_above(context, place, kind, range);

	if (expression)
		expression->name = name;
	return expression;
}

struct expression *expression_string_at(struct parse_context *context, struct token_place place,
					const char *name, struct expression *address)
{
	return expression_indexed(context, place, EXPRESSION_STRING_AT, name, address);
}

struct expression *expression_indexed(struct parse_context *context, struct token_place place,
				      enum expression_kind kind, const char *name,
				      struct expression *index)
{
	struct expression *expression = new_above_two(context, place, kind, index, NULL);

	if (expression)
		expression->name = name;
	return expression;
}

struct expression *expression_read(struct parse_context *context, struct token_place place,
				   struct integer_read read, struct expression *address)
{
	struct expression *expression =
		new_above_two(context, place, EXPRESSION_READ, address, NULL);

	if (expression)
		expression->read = read;
	return expression;
}

struct expression *expression_field(struct parse_context *context, struct token_place place,
				    struct expression *object, const char *name)
{
	return expression_indexed(context, place, EXPRESSION_FIELD, name, object);
}

struct expression *expression_index(struct parse_context *context, struct token_place place,
				    struct expression *object, struct expression *index)
{
	return new_above_two(context, place, EXPRESSION_INDEX, object, index);
}

struct expression *expression_call(struct parse_context *context, struct token_place place,
				   struct expression *function,
				   const struct expression_list *arguments)
{
	struct expression *expression = expression_new(context, place, EXPRESSION_CALL);

	if (!expression)
		return NULL;
	expression->child_count = arguments->count + 1;
	expression->children =
		context_alloc(context, expression->child_count, sizeof(struct expression *));
	if (!expression->children)
		return NULL;
	expression->children[0] = function;
	for (size_t i = 0; i < arguments->count; i++)
		expression->children[i + 1] = arguments->items[i];
	return expression;
}
