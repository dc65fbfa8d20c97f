#include "rules/patterns/from_pattern.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/digest.h"
#include "rules/parse/arena_array.h"
#include "rules/parse/parser.h"

#define RULE_NAME_BYTES 40

static const char string_name[] = "p";

/* In RULE_NAME_BYTES bytes. */
static int write_rule_name(char *out, size_t number)
{
	return snprintf(out, RULE_NAME_BYTES, "pattern_%zu", number);
}

/* What a message points at: the pattern is the whole of a file. */
static int span_of(struct source_span *out, const struct search_pattern *pattern,
		   struct pattern_place place, struct diagnostics *notes, struct error *err)
{
	const char *option = pattern->is_regex ? "-e" : "--search";
	char name[RULE_NAME_BYTES];
	size_t line = pattern->text.length;
	const void *end = line ? memchr(pattern->text.data, '\n', line) : NULL;

	if (end)
		line = (size_t)((const uint8_t *)end - pattern->text.data);
	if (line > UINT32_MAX)
		line = UINT32_MAX;
	*out = (struct source_span){ .line = 1, .column = 1, .length = (uint32_t)line };
	write_rule_name(name, place.number);
	return diagnostics_add_file(notes, place.count > 1 ? name : option,
				    (const char *)pattern->text.data, pattern->text.length,
				    &out->file, err);
}

static uint32_t modifiers_of(const struct search_pattern *pattern)
{
	uint32_t modifiers = MODIFIER_ASCII;

	if (pattern->wide)
		modifiers |= MODIFIER_WIDE;
	if (pattern->nocase)
		modifiers |= MODIFIER_NOCASE;
	return modifiers;
}

/* A token as the parser hashes it: its kind, then its value. */
static int hash_token(struct digest *sum, char kind, const void *data, size_t length,
		      struct error *err)
{
	int ret = digest_add_sized(sum, &kind, 1, err);

	return ret < 0 ? ret : digest_add_sized(sum, data, length, err);
}

static int hash_words(struct digest *sum, const char *const *words, struct error *err)
{
	int ret = 0;

	for (; *words && ret == 0; words++)
		ret = hash_token(sum, 'w', *words, strlen(*words), err);
	return ret;
}

static int hash_value(struct digest *sum, const struct search_pattern *pattern, struct error *err)
{
	const char flags[] = { pattern->nocase ? 'i' : '-', '-' };
	int ret = hash_token(sum, pattern->is_regex ? 'r' : 't', pattern->text.data,
			     pattern->text.length, err);

	if (ret == 0 && pattern->is_regex)
		ret = digest_add_sized(sum, flags, sizeof(flags), err);
	return ret;
}

/* The same as of a rule in a file: rule pattern_N { strings: $p = VALUE nocase ascii wide condition: $p } */
static int hash_tokens(struct digest *sum, const struct rule_definition *rule,
		       const struct search_pattern *pattern, struct error *err)
{
	const char *const head[] = { "rule", rule->name, "{", "strings", ":", "$p", "=", NULL };
	const char *const nocase[] = { "nocase", NULL }, *const wide[] = { "ascii", "wide", NULL };
	const char *const tail[] = { "condition", ":", "$p", "}", NULL };
	int ret = hash_words(sum, head, err);

	if (ret == 0)
		ret = hash_value(sum, pattern, err);
	if (ret == 0 && pattern->nocase && !pattern->is_regex)
		ret = hash_words(sum, nocase, err);
	if (ret == 0 && pattern->wide)
		ret = hash_words(sum, wide, err);
	return ret < 0 ? ret : hash_words(sum, tail, err);
}

static int hash_rule(struct rule_definition *rule, const struct search_pattern *pattern,
		     struct error *err)
{
	struct digest *sum;
	int ret = digest_new(&sum, err);

	if (ret < 0)
		return ret;
	ret = hash_tokens(sum, rule, pattern, err);
	if (ret == 0)
		ret = digest_end(sum, rule->hash, err);
	digest_free(sum);
	return ret;
}

static bool fill_string(struct string_definition *string, struct arena *arena,
			const struct search_pattern *pattern, struct source_span span,
			struct diagnostics *notes)
{
	uint8_t *copy = arena_copy(arena, pattern->text.data, pattern->text.length);

	if (!copy)
		return false;
	*string = (struct string_definition){
		.name = string_name,
		.kind = pattern->is_regex ? STRING_REGEX : STRING_TEXT,
		.span = span,
		.value_span = span,
		.modifier_span = span,
		.modifiers = modifiers_of(pattern),
	};
	if (!pattern->is_regex) {
		string->text = (struct bytes){ copy, pattern->text.length };
		return true;
	}
	return regex_parse(&string->regex, arena, (struct bytes){ copy, pattern->text.length },
			   pattern->nocase, false, span, notes);
}

/* The meta `pattern` and the condition `$p`. */
static bool fill_rest(struct rule_definition *rule, struct arena *arena,
		      const struct search_pattern *pattern, struct source_span span)
{
	struct meta_definition *meta = arena_alloc(arena, sizeof(*meta));
	struct expression *condition = arena_alloc(arena, sizeof(*condition));
	uint8_t *copy = arena_copy(arena, pattern->text.data, pattern->text.length);

	if (!meta || !condition || !copy)
		return false;
	*meta = (struct meta_definition){
		.name = "pattern",
		.kind = META_TEXT,
		.text = { copy, pattern->text.length },
		.span = span,
	};
	*condition =
		(struct expression){ .kind = EXPRESSION_STRING, .name = string_name, .span = span };
	rule->meta = meta;
	rule->meta_count = 1;
	rule->condition = condition;
	return true;
}

static struct rule_definition *rule_new(struct arena *arena, size_t number, struct source_span span)
{
	struct rule_definition *rule = arena_alloc(arena, sizeof(*rule));
	char name[RULE_NAME_BYTES];
	int length = write_rule_name(name, number);

	if (!rule)
		return NULL;
	rule->name = arena_copy_string(arena, name, (size_t)length);
	rule->namespace_name = "command_line";
	rule->span = span;
	rule->strings = arena_alloc(arena, sizeof(*rule->strings));
	rule->string_count = 1;
	return rule->name && rule->strings ? rule : NULL;
}

static int add_rule(struct rules_tree *tree, struct arena *arena, struct rule_definition *rule,
		    struct error *err)
{
	struct rule_definition **grown =
		arena_array_grow(arena, tree->rules, tree->rule_count, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "a pattern");
	tree->rules = grown;
	tree->rules[tree->rule_count++] = rule;
	return 0;
}

int rule_from_pattern(struct rules_tree *tree, struct arena *arena,
		      const struct search_pattern *pattern, struct pattern_place place,
		      struct diagnostics *notes, struct error *err)
{
	struct source_span span;
	struct rule_definition *rule;
	size_t errors;
	int ret = span_of(&span, pattern, place, notes, err);

	if (ret < 0)
		return ret;
	if (!pattern->text.length) {
		diagnostics_add(notes, SEVERITY_ERROR, span, "empty-pattern", NULL,
				"the pattern is empty");
		return 0;
	}
	rule = rule_new(arena, place.number, span);
	if (!rule || !fill_rest(rule, arena, pattern, span))
		return error_no_memory(err, "a pattern");
	errors = diagnostics_count(notes, SEVERITY_ERROR);
	if (!fill_string(rule->strings, arena, pattern, span, notes))
		return diagnostics_count(notes, SEVERITY_ERROR) > errors
			       ? 0
			       : error_no_memory(err, "a pattern");
	ret = hash_rule(rule, pattern, err);
	return ret < 0 ? ret : add_rule(tree, arena, rule, err);
}
