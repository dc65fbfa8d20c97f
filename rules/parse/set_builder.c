#include "rules/parse/set_builder.h"

#include "rules/parse/expression_builder.h"

bool element_push(struct parse_context *context, struct element_list *out,
		  const struct element_list *list, struct token_place place, const char *name,
		  bool wildcard)
{
	struct element_list grown = list ? *list : (struct element_list){ 0 };

	grown.items = context_grow(context, grown.items, grown.count, sizeof(*grown.items));
	if (!grown.items)
		return false;
	grown.items[grown.count++] =
		(struct set_element){ name, wildcard, context_span(context, place) };
	*out = grown;
	return true;
}

bool name_push(struct parse_context *context, struct name_list *out, const struct name_list *list,
	       const char *name)
{
	struct name_list grown = list ? *list : (struct name_list){ 0 };

	grown.items = context_grow(context, grown.items, grown.count, sizeof(const char *));
	if (!grown.items)
		return false;
	grown.items[grown.count++] = name;
	*out = grown;
	return true;
}

struct quantifier quantifier_make(struct parse_context *context, struct token_place place,
				  enum quantifier_kind kind, struct expression *value)
{
	return (struct quantifier){ kind, value, context_span(context, place) };
}

struct string_set *string_set_them(struct parse_context *context, struct token_place place)
{
	struct string_set *set =
		string_set_make(context, place, &(struct element_list){ 0 }, false);

	if (set)
		set->them = true;
	return set;
}

struct string_set *string_set_make(struct parse_context *context, struct token_place place,
				   const struct element_list *elements, bool of_rules)
{
	struct string_set *set = context_alloc(context, 1, sizeof(*set));

	if (!set)
		return NULL;
	set->of_rules = of_rules;
	set->elements = elements->items;
	set->count = elements->count;
	set->span = context_span(context, place);
	return set;
}

struct iterator *iterator_make(struct parse_context *context, struct token_place place,
			       enum iterator_kind kind, const struct expression_list *children)
{
	struct iterator *iterator = context_alloc(context, 1, sizeof(*iterator));

	if (!iterator)
		return NULL;
	iterator->kind = kind;
	iterator->children = children->items;
	iterator->child_count = children->count;
	iterator->span = context_span(context, place);
	return iterator;
}

struct iterator *iterator_access(struct parse_context *context, struct token_place place,
				 struct expression *object)
{
	struct expression_list list;

	if (!expression_push(context, &list, NULL, object))
		return NULL;
	return iterator_make(context, place, ITERATOR_EXPRESSION, &list);
}

static struct expression *new_quantified(struct parse_context *context, struct token_place place,
					 enum expression_kind kind,
					 const struct quantifier *quantifier,
					 const struct expression_list *children)
{
	struct expression *expression = expression_many(context, place, kind, children);

	if (expression)
		expression->quantifier = *quantifier;
	return expression;
}

struct expression *expression_of(struct parse_context *context, struct token_place place,
				 const struct quantifier *quantifier, struct string_set *set,
				 const struct expression_list *range)
{
	struct expression *of = new_quantified(context, place, EXPRESSION_OF, quantifier, range);

	if (of)
		of->set = set;
	return of;
}

struct expression *expression_of_at(struct parse_context *context, struct token_place place,
				    const struct quantifier *quantifier, struct string_set *set,
				    struct expression *address)
{
	struct expression_list list;

	if (!expression_push(context, &list, NULL, address))
		return NULL;
	return expression_of(context, place, quantifier, set, &list);
}

struct expression *expression_for_of(struct parse_context *context, struct token_place place,
				     const struct quantifier *quantifier, struct string_set *set,
				     struct expression *body)
{
	struct expression *loop = expression_of_at(context, place, quantifier, set, body);

	if (loop)
		loop->kind = EXPRESSION_FOR_OF;
	return loop;
}

struct expression *expression_for_in(struct parse_context *context, struct token_place place,
				     const struct quantifier *quantifier,
				     const struct name_list *variables, struct iterator *iterator,
				     struct expression *body)
{
	struct expression_list list;

	if (!expression_push(context, &list, NULL, body))
		return NULL;

	struct expression *loop =
		new_quantified(context, place, EXPRESSION_FOR_IN, quantifier, &list);

	if (!loop)
		return NULL;
	loop->iterator = iterator;
	loop->variables = variables->items;
	loop->variable_count = variables->count;
	return loop;
}
