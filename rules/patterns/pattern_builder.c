#include "rules/patterns/pattern_builder.h"

#include <stdio.h>

#include "rules/patterns/regex_shape.h"

static uint32_t flags_of(const struct string_definition *string)
{
	uint32_t flags = 0;

	if (string->modifiers & MODIFIER_WIDE)
		flags |= PATTERN_WIDE;
	/* `wide` alone drops ascii; without either, ascii is meant. */
	if (!(string->modifiers & MODIFIER_WIDE) || string->modifiers & MODIFIER_ASCII)
		flags |= PATTERN_ASCII;
	if (string->modifiers & MODIFIER_NOCASE || (string->regex && string->regex->nocase))
		flags |= PATTERN_NOCASE;
	if (string->modifiers & MODIFIER_FULLWORD)
		flags |= PATTERN_FULLWORD;
	if (string->modifiers & MODIFIER_XOR)
		flags |= PATTERN_XOR;
	return flags;
}

static int part_of_tree(struct pattern_part *part, struct arena *arena,
			const struct regex_node *tree, struct error *err)
{
	if (!regex_shape_literal(tree, arena, &part->literal)) {
		part->regex = tree;
		return 0;
	}
	return part->literal.length ? 0 : error_no_memory(err, "a pattern");
}

static int part_of_string(struct pattern_part *part, struct arena *arena,
			  const struct string_definition *string, struct error *err)
{
	switch (string->kind) {
	case STRING_TEXT:
		part->literal = string->text;
		return 0;
	case STRING_HEX:
		return part_of_tree(part, arena, string->hex_parts[0], err);
	case STRING_REGEX:
		break;
	}
	return part_of_tree(part, arena, string->regex->tree, err);
}

static const char *pattern_name(struct arena *arena, const struct rule_definition *rule,
				const struct string_definition *string)
{
	char name[1024];
	int length = snprintf(name, sizeof(name), "%s:%s:$%s", rule->namespace_name, rule->name,
			      string->name);

	if (length < 0)
		return NULL;
	if ((size_t)length >= sizeof(name))
		length = sizeof(name) - 1;
	return arena_copy_string(arena, name, (size_t)length);
}

int pattern_build(struct pattern *out, struct arena *arena, const struct rule_definition *rule,
		  const struct string_definition *string, struct error *err)
{
	struct pattern_part *part = arena_alloc(arena, sizeof(*part));
	const char *name = pattern_name(arena, rule, string);
	int ret;

	if (!part || !name)
		return error_no_memory(err, "a pattern");
	ret = part_of_string(part, arena, string, err);
	if (ret < 0)
		return ret;
	*out = (struct pattern){
		.parts = part,
		.part_count = 1,
		.flags = flags_of(string),
		.xor_min = string->xor_min,
		.xor_max = string->xor_max,
		.name = name,
	};
	return 0;
}
