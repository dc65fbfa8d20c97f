#include "rules/parse/rule_builder.h"

#include <string.h>

#include "engine/base/array.h"
#include "rules/parse/expression_builder.h"
#include "rules/parse/literal.h"
#include "rules/parse/rule_hash.h"

void import_add(struct parse_context *context, struct token_place place, struct bytes module)
{
	struct rules_tree *tree = context->job->tree;
	struct import_definition *grown;
	char *name =
		arena_copy_string(context->job->arena, (const char *)module.data, module.length);

	if (!name) {
		context_no_memory(context);
		return;
	}
	rule_hash_reset(context);
	if (!module.length || strlen(name) != module.length) {
		context_error(context, place, "invalid-module-name", "invalid module name \"%s\"",
			      name);
		return;
	}
	grown = context_grow(context, tree->imports, tree->import_count, sizeof(*grown));
	if (!grown)
		return;
	tree->imports = grown;
	tree->imports[tree->import_count++] = (struct import_definition){
		name,
		context->job->namespace_name,
		context_span(context, place),
		tree->rule_count,
	};
}

/* Room for one more item behind @count; NULL: no memory. */
static void *scratch_grow(struct parse_context *context, struct scratch_list *list, size_t count,
			  size_t item_bytes)
{
	void *grown = array_grow(list->items, &list->capacity, count + 1, item_bytes);

	if (!grown)
		return context_no_memory(context);
	list->items = grown;
	return grown;
}

bool tag_push(struct parse_context *context, struct tag_list *out, const struct tag_list *list,
	      struct token_place place, const char *name)
{
	struct tag_list grown = list ? *list : (struct tag_list){ 0 };

	grown.items = scratch_grow(context, &context->tags, grown.count, sizeof(*grown.items));
	if (!grown.items)
		return false;
	grown.items[grown.count++] = (struct tag_definition){ name, context_span(context, place) };
	*out = grown;
	return true;
}

bool meta_push(struct parse_context *context, struct meta_list *out, const struct meta_list *list,
	       const struct meta_definition *meta)
{
	struct meta_list grown = list ? *list : (struct meta_list){ 0 };

	grown.items = scratch_grow(context, &context->metas, grown.count, sizeof(*grown.items));
	if (!grown.items)
		return false;
	grown.items[grown.count++] = *meta;
	*out = grown;
	return true;
}

bool string_push(struct parse_context *context, struct string_list *out,
		 const struct string_list *list, const struct string_definition *string)
{
	struct string_list grown = list ? *list : (struct string_list){ 0 };

	grown.items = scratch_grow(context, &context->strings, grown.count, sizeof(*grown.items));
	if (!grown.items)
		return false;
	grown.items[grown.count++] = *string;
	*out = grown;
	return true;
}

struct meta_definition meta_text(struct parse_context *context, struct token_place place,
				 const char *name, struct bytes text)
{
	return (struct meta_definition){
		.name = name, .kind = META_TEXT, .text = text, .span = context_span(context, place)
	};
}

struct meta_definition meta_integer(struct parse_context *context, struct token_place place,
				    const char *name, int64_t integer)
{
	return (struct meta_definition){ .name = name,
					 .kind = META_INTEGER,
					 .integer = integer,
					 .span = context_span(context, place) };
}

struct meta_definition meta_boolean(struct parse_context *context, struct token_place place,
				    const char *name, bool value)
{
	return (struct meta_definition){ .name = name,
					 .kind = META_BOOLEAN,
					 .integer = value,
					 .span = context_span(context, place) };
}

/* What all kinds have. */
static struct string_definition new_string(struct parse_context *context, enum string_kind kind,
					   const char *name, struct token_place place,
					   struct token_place value_place,
					   const struct modifier_list *modifiers)
{
	return (struct string_definition){
		.name = name,
		.kind = kind,
		.span = context_span(context, place),
		.value_span = context_span(context, value_place),
		.modifiers = modifiers->flags,
		.xor_min = modifiers->xor_min,
		.xor_max = modifiers->xor_max,
		.alphabet = modifiers->alphabet,
		.modifier_span =
			context_span(context, modifiers->flags ? modifiers->place : value_place),
	};
}

struct string_definition string_text(struct parse_context *context, const char *name,
				     struct token_place place, struct bytes text,
				     struct token_place value_place,
				     const struct modifier_list *modifiers)
{
	struct string_definition string =
		new_string(context, STRING_TEXT, name, place, value_place, modifiers);

	string.text = text;
	return string;
}

bool string_regex(struct parse_context *context, struct string_definition *out, const char *name,
		  struct token_place place, const struct raw_literal *literal,
		  struct token_place value_place, const struct modifier_list *modifiers)
{
	*out = new_string(context, STRING_REGEX, name, place, value_place, modifiers);
	out->regex = literal_regex(context, literal, name);
	return out->regex;
}

bool string_hex(struct parse_context *context, struct string_definition *out, const char *name,
		struct token_place place, const struct raw_literal *literal,
		struct token_place value_place, const struct modifier_list *modifiers)
{
	struct hex_string hex;

	*out = new_string(context, STRING_HEX, name, place, value_place, modifiers);
	if (!literal_hex(context, &hex, literal, name))
		return false;
	out->text = literal->source;
	out->hex_parts = hex.parts;
	out->hex_gaps = hex.gaps;
	out->hex_part_count = hex.part_count;
	return true;
}

void rule_begin(struct parse_context *context, struct token_place place, const char *name)
{
	context->rule_name = name;
	context->rule_place = place;
}

static bool rule_push(struct parse_context *context, const struct rule_definition *rule)
{
	struct rules_tree *tree = context->job->tree;
	struct rule_definition *copy = context_alloc(context, 1, sizeof(*copy));
	struct rule_definition **grown = context_grow(context, tree->rules, tree->rule_count,
						      sizeof(struct rule_definition *));

	if (!copy || !grown)
		return false;
	*copy = *rule;
	tree->rules = grown;
	tree->rules[tree->rule_count++] = copy;
	return true;
}

/* Out of the scratch list, which the next rule gets. */
static void *keep_list(struct parse_context *context, const void *items, size_t count,
		       size_t item_bytes)
{
	void *kept = arena_copy(context->job->arena, items, count * item_bytes);

	return kept ? kept : context_no_memory(context);
}

void rule_add(struct parse_context *context, uint32_t flags, struct tag_list tags,
	      struct meta_list metas, struct string_list strings, struct expression *condition)
{
	struct rule_definition rule = {
		.name = context->rule_name,
		.namespace_name = context->job->namespace_name,
		.is_private = flags & RULE_PRIVATE,
		.is_global = flags & RULE_GLOBAL,
		.span = context_span(context, context->rule_place),
		.tags = keep_list(context, tags.items, tags.count, sizeof(*tags.items)),
		.tag_count = tags.count,
		.meta = keep_list(context, metas.items, metas.count, sizeof(*metas.items)),
		.meta_count = metas.count,
		.strings = keep_list(context, strings.items, strings.count, sizeof(*strings.items)),
		.string_count = strings.count,
		.condition = condition,
	};

	if (rule.tags && rule.meta && rule.strings && rule_hash_end(context, rule.hash))
		rule_push(context, &rule);
	rule_hash_reset(context);
	context->rule_name = NULL;
}

void rule_abandon(struct parse_context *context)
{
	struct rule_definition rule = {
		.name = context->rule_name,
		.namespace_name = context->job->namespace_name,
		.span = context_span(context, context->rule_place),
	};

	if (context->rule_name && !context->job->failed) {
		rule.condition = expression_new(context, context->rule_place, EXPRESSION_FALSE);
		if (rule.condition)
			rule_push(context, &rule);
	}
	rule_hash_reset(context);
	context->rule_name = NULL;
}
