#include "rules/patterns/pattern_builder.h"

#include <stdio.h>

#include "rules/patterns/base64.h"
#include "rules/patterns/chain.h"
#include "rules/patterns/regex_shape.h"

static uint32_t flags_of(const struct string_definition *string)
{
	uint32_t flags = 0;

	/* `wide` is in the tree already: of it only the base64 text is searched. */
	if (string->modifiers & (MODIFIER_BASE64 | MODIFIER_BASE64WIDE))
		return PATTERN_ASCII;
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

/* What is written as regex or hex string may be plain bytes. */
static int part_of_tree(struct pattern_part *part, struct arena *arena,
			const struct regex_node *tree, struct error *err)
{
	if (!regex_shape_literal(tree, arena, &part->literal)) {
		part->regex = tree;
		return 0;
	}
	return part->literal.length ? 0 : error_no_memory(err, "a pattern");
}

static int chain_of(struct regex_chain *out, struct arena *arena,
		    const struct string_definition *string, struct error *err)
{
	const struct regex_node *tree;
	int ret;

	if (string->kind == STRING_HEX) {
		*out = (struct regex_chain){ string->hex_parts, string->hex_gaps,
					     string->hex_part_count };
		return 0;
	}
	if (string->kind == STRING_REGEX)
		return regex_chain_split(out, arena, string->regex->tree, err);
	ret = base64_tree(&tree, arena, string, err);
	return ret < 0 ? ret : regex_chain_split(out, arena, tree, err);
}

static bool is_plain_text(const struct string_definition *string)
{
	return string->kind == STRING_TEXT &&
	       !(string->modifiers & (MODIFIER_BASE64 | MODIFIER_BASE64WIDE));
}

static int build_parts(struct pattern *pattern, struct arena *arena,
		       const struct string_definition *string, struct error *err)
{
	struct regex_chain chain = { .part_count = 1 };
	struct pattern_part *parts;
	int ret = is_plain_text(string) ? 0 : chain_of(&chain, arena, string, err);

	if (ret < 0)
		return ret;
	parts = arena_alloc_array(arena, chain.part_count, sizeof(*parts));
	if (!parts)
		return error_no_memory(err, "a pattern");
	if (is_plain_text(string))
		parts[0].literal = string->text;
	for (size_t i = 0; chain.parts && i < chain.part_count && ret == 0; i++)
		ret = part_of_tree(&parts[i], arena, chain.parts[i], err);
	pattern->parts = parts;
	pattern->gaps = chain.gaps;
	pattern->part_count = chain.part_count;
	return ret;
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
	struct pattern pattern = {
		.flags = flags_of(string),
		.xor_min = string->xor_min,
		.xor_max = string->xor_max,
		.name = pattern_name(arena, rule, string),
	};
	int ret;

	if (!pattern.name)
		return error_no_memory(err, "a pattern");
	ret = build_parts(&pattern, arena, string, err);
	if (ret == 0)
		*out = pattern;
	return ret;
}
