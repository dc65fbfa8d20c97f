#include "rules/check/checker.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "rules/parse/regex_builder.h"
#include "rules/patterns/pattern_builder.h"
#include "rules/patterns/regex_shape.h"
#include "rules/patterns/yara_code.h"

#define MODIFIER_ANY_BASE64 (MODIFIER_BASE64 | MODIFIER_BASE64WIDE)

/* Modifiers that exclude each other, in the order in which YARA looks. */
struct modifier_pair {
	uint32_t left, right;
	const char *text;
};

static const struct modifier_pair excluded[] = {
	{ MODIFIER_XOR, MODIFIER_NOCASE, "xor nocase" },
	{ MODIFIER_BASE64, MODIFIER_NOCASE, "base64 nocase" },
	{ MODIFIER_BASE64WIDE, MODIFIER_NOCASE, "base64wide nocase" },
	{ MODIFIER_BASE64, MODIFIER_FULLWORD, "base64 fullword" },
	{ MODIFIER_BASE64WIDE, MODIFIER_FULLWORD, "base64wide fullword" },
	{ MODIFIER_BASE64, MODIFIER_XOR, "base64 xor" },
	{ MODIFIER_BASE64WIDE, MODIFIER_XOR, "base64wide xor" },
};

/* What a kind of string takes. */
static uint32_t allowed_modifiers(enum string_kind kind)
{
	const uint32_t regex = MODIFIER_NOCASE | MODIFIER_WIDE | MODIFIER_ASCII |
			       MODIFIER_FULLWORD | MODIFIER_PRIVATE;

	switch (kind) {
	case STRING_TEXT:
		return regex | MODIFIER_XOR | MODIFIER_ANY_BASE64;
	case STRING_REGEX:
		return regex;
	case STRING_HEX:
		break;
	}
	return MODIFIER_PRIVATE;
}

static bool check_modifiers(struct checker *checker, const struct string_definition *string)
{
	uint32_t modifiers = string->modifiers;

	if (modifiers & ~allowed_modifiers(string->kind))
		return checker_error(checker, string->modifier_span, "invalid-modifier",
				     "invalid modifier for string \"$%s\"", string->name);
	for (size_t i = 0; i < sizeof(excluded) / sizeof(*excluded); i++) {
		if (modifiers & excluded[i].left && modifiers & excluded[i].right)
			return checker_error(checker, string->modifier_span, "invalid-modifier",
					     "invalid modifier combination: %s", excluded[i].text);
	}
	if (modifiers & MODIFIER_XOR && string->xor_min > string->xor_max)
		return checker_error(checker, string->modifier_span, "invalid-modifier",
				     "xor lower bound exceeds upper bound");
	return true;
}

static void warn_of_open_gap(struct checker *checker, const struct string_definition *string)
{
	checker_warning(checker, string->value_span, "open-gap",
			"$%s contains .*, .+ or .{x,} consider using .{,N}, .{1,N} or {x,N} "
			"with a reasonable value for N",
			string->name);
}

static bool check_regex_string(struct checker *checker, const struct string_definition *string)
{
	const struct regex_literal *regex = string->regex;

	if (regex->greedy && regex->lazy)
		return checker_error(checker, string->value_span, "invalid-regex",
				     "greedy and ungreedy quantifiers can't be mixed in a regular "
				     "expression");
	if (regex_shape_has_open_gap(regex->tree))
		warn_of_open_gap(checker, string);
	return true;
}

/* YARA asks only for the one bound that open repeats of a regex have. */
static void check_hex_string(struct checker *checker, const struct string_definition *string)
{
	for (size_t i = 0; i + 1 < string->hex_part_count; i++) {
		if (string->hex_gaps[i].max != REGEX_REPEAT_LIMIT)
			continue;
		warn_of_open_gap(checker, string);
		break;
	}
}

static bool check_value(struct checker *checker, const struct string_definition *string)
{
	switch (string->kind) {
	case STRING_TEXT:
		if (string->text.length)
			return true;
		return checker_error(checker, string->value_span, "empty-string",
				     "empty string \"$%s\"", string->name);
	case STRING_HEX:
		check_hex_string(checker, string);
		return true;
	case STRING_REGEX:
		break;
	}
	return check_regex_string(checker, string);
}

/* What YARA's own code for a string could not hold; here there are no such limits. */
static void check_code(struct checker *checker, const struct string_definition *string,
		       const struct pattern *pattern)
{
	const char *problem = NULL;

	for (size_t i = 0; i < pattern->part_count && !problem; i++) {
		if (pattern->parts[i].regex)
			problem = yara_code_problem(pattern->parts[i].regex);
	}
	if (problem)
		checker_error(checker, string->value_span, "invalid-regex", "%s", problem);
}

static bool grow_patterns(struct checker *checker)
{
	struct checked_rules *out = checker->out;
	size_t needed = out->pattern_count + 1;
	struct pattern *patterns =
		array_grow(out->patterns, &out->pattern_capacity, needed, sizeof(*patterns));
	struct source_span *spans;

	if (!patterns)
		return checker_no_memory(checker);
	out->patterns = patterns;
	spans = array_grow(out->pattern_spans, &out->span_capacity, needed, sizeof(*spans));
	if (!spans)
		return checker_no_memory(checker);
	out->pattern_spans = spans;
	return true;
}

/* A string with an error has its number too, so that those after it keep theirs. */
static void add_pattern(struct checker *checker, const struct string_definition *string, bool good)
{
	struct checked_rules *out = checker->out;
	struct pattern *pattern;

	if (!grow_patterns(checker))
		return;
	pattern = &out->patterns[out->pattern_count];
	*pattern = (struct pattern){ 0 };
	out->pattern_spans[out->pattern_count] = string->value_span;
	if (good && pattern_build(pattern, out->arena, checker->definition, string, checker->err))
		checker_no_memory(checker);
	check_code(checker, string, pattern);
	out->pattern_count++;
}

static bool take_name(struct checker *checker, const struct string_definition *string,
		      uint32_t number)
{
	size_t length = strlen(string->name);
	uint32_t unused;

	if (!length)
		return true;
	if (name_map_find(&checker->strings, 0, string->name, length, &unused))
		return checker_error(checker, string->span, "duplicate-string",
				     "duplicated string identifier \"$%s\"", string->name);
	if (!name_map_add(&checker->strings, 0, string->name, length, number))
		return checker_no_memory(checker);
	return true;
}

static enum rule_string_kind kind_of(const struct string_definition *string)
{
	static const enum rule_string_kind kinds[] = {
		[STRING_TEXT] = RULE_STRING_TEXT,
		[STRING_HEX] = RULE_STRING_HEX,
		[STRING_REGEX] = RULE_STRING_REGEX,
	};

	return kinds[string->kind];
}

static void check_string(struct checker *checker, const struct string_definition *string,
			 struct rule_string *out)
{
	uint32_t number = (uint32_t)checker->out->pattern_count;
	bool good = take_name(checker, string, number);

	/* One error is enough: the other of that name may be in use. */
	checker->referenced[number - checker->rule->first_pattern] = !good;
	good &= check_modifiers(checker, string);
	good &= check_value(checker, string);
	add_pattern(checker, string, good);
	*out = (struct rule_string){
		.name = string->name,
		.kind = kind_of(string),
		.pattern = number,
		.is_private = string->modifiers & MODIFIER_PRIVATE,
		.has_xor_key = string->modifiers & MODIFIER_XOR,
	};
}

static bool reset_references(struct checker *checker, size_t count)
{
	bool *grown = array_grow(checker->referenced, &checker->referenced_capacity, count + 1,
				 sizeof(*grown));

	if (!grown)
		return checker_no_memory(checker);
	checker->referenced = grown;
	memset(grown, 0, (count + 1) * sizeof(*grown));
	name_map_clear(&checker->strings);
	return true;
}

/* Each part of a chain counts. */
static void check_string_count(struct checker *checker)
{
	const struct checked_rules *out = checker->out;
	size_t count = 0;

	for (size_t i = checker->rule->first_pattern; i < out->pattern_count; i++)
		count += out->patterns[i].part_count ? out->patterns[i].part_count : 1;
	if (count > STRINGS_PER_RULE_LIMIT)
		checker_error(checker, checker->definition->span, "too-many-strings",
			      "too many strings in rule \"%s\" (limit: %u)",
			      checker->definition->name, STRINGS_PER_RULE_LIMIT);
}

void check_strings(struct checker *checker)
{
	const struct rule_definition *definition = checker->definition;
	struct checked_rule *rule = checker->rule;
	size_t count = definition->string_count;
	struct rule_string *strings = checker_alloc(checker, count, sizeof(*strings));

	rule->needs = checker_alloc(checker, count, sizeof(*rule->needs));
	if (!strings || !rule->needs || !reset_references(checker, count))
		return;
	rule->first_pattern = (uint32_t)checker->out->pattern_count;
	rule->face.strings = strings;
	rule->face.string_count = count;
	for (size_t i = 0; i < count && !checker->failed; i++)
		check_string(checker, &definition->strings[i], &strings[i]);
	check_string_count(checker);
}
