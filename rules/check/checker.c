#include "rules/check/checker.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "rules/check/fixed_address.h"

static void report(struct checker *checker, enum severity severity, struct source_span span,
		   const char *code, const char *format, va_list arguments)
{
	const char *rule = checker->definition ? checker->definition->name : NULL;
	char message[512];

	vsnprintf(message, sizeof(message), format, arguments);
	diagnostics_add(checker->notes, severity, span, code, rule, "%s", message);
}

void *checker_error(struct checker *checker, struct source_span span, const char *code,
		    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(checker, SEVERITY_ERROR, span, code, format, arguments);
	va_end(arguments);
	return NULL;
}

void *checker_undefined_string(struct checker *checker, struct source_span span, const char *name,
			       const char *star)
{
	checker->misnamed = true;
	return checker_error(checker, span, "undefined-string", "undefined string \"$%s%s\"", name,
			     star);
}

void checker_warning(struct checker *checker, struct source_span span, const char *code,
		     const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(checker, SEVERITY_WARNING, span, code, format, arguments);
	va_end(arguments);
}

void *checker_no_memory(struct checker *checker)
{
	if (!checker->failed)
		checker->failed = error_no_memory(checker->err, "checking the rules");
	return NULL;
}

void *checker_alloc(struct checker *checker, size_t count, size_t item_bytes)
{
	void *memory = arena_alloc_array(checker->out->arena, count, item_bytes);

	return memory ? memory : checker_no_memory(checker);
}

uint32_t checker_namespace(struct checker *checker, const char *name)
{
	uint32_t number = 0;

	if (name_map_find(&checker->namespaces, 0, name, strlen(name), &number))
		return number;
	number = checker->out->namespace_count;
	if (!name_map_add(&checker->namespaces, 0, name, strlen(name), number)) {
		checker_no_memory(checker);
		return 0;
	}
	checker->out->namespace_count++;
	return number;
}

static bool matches_wildcard(const struct checker *checker, uint32_t namespace_number,
			     const char *name)
{
	uint32_t unused;

	for (size_t length = 0; length <= strlen(name); length++) {
		if (name_map_find(&checker->wildcards, namespace_number, name, length, &unused))
			return true;
	}
	return false;
}

/* Whether the rule may have its name; the first of two keeps it. */
static bool take_name(struct checker *checker, uint32_t namespace_number, uint32_t rule)
{
	const struct rule_definition *definition = checker->definition;
	const char *name = definition->name;
	size_t length = strlen(name);
	uint32_t unused;

	if (name_map_find(&checker->rules, namespace_number, name, length, &unused) ||
	    name_map_find(&checker->externals, 0, name, length, &unused))
		return checker_error(checker, definition->span, "duplicate-identifier",
				     "duplicated identifier \"%s\"", name);
	if (matches_wildcard(checker, namespace_number, name))
		return checker_error(
			checker, definition->span, "wildcard-identifier",
			"rule identifier \"%s\" matches previously used wildcard rule set", name);
	if (!name_map_add(&checker->rules, namespace_number, name, length, rule))
		checker_no_memory(checker);
	return true;
}

static int compare_tags(const void *left, const void *right)
{
	const struct tag_definition *const *a = left, *const *b = right;
	int order = strcmp((*a)->name, (*b)->name);

	return order ? order : (*a > *b) - (*a < *b);
}

static void check_tag_names(struct checker *checker)
{
	const struct rule_definition *definition = checker->definition;
	const struct tag_definition **sorted;

	if (definition->tag_count < 2)
		return;
	sorted = checker_alloc(checker, definition->tag_count, sizeof(*sorted));
	if (!sorted)
		return;
	for (size_t i = 0; i < definition->tag_count; i++)
		sorted[i] = &definition->tags[i];
	qsort(sorted, definition->tag_count, sizeof(*sorted), compare_tags);
	for (size_t i = 1; i < definition->tag_count; i++) {
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
			checker_error(checker, sorted[i]->span, "duplicate-tag",
				      "duplicated tag identifier \"%s\"", sorted[i]->name);
	}
}

static void copy_tags(struct checker *checker, struct rule *face)
{
	const struct rule_definition *definition = checker->definition;
	const char **tags = checker_alloc(checker, definition->tag_count, sizeof(*tags));

	if (!tags)
		return;
	for (size_t i = 0; i < definition->tag_count; i++)
		tags[i] = definition->tags[i].name;
	face->tags = tags;
	face->tag_count = definition->tag_count;
}

static enum rule_meta_kind meta_kind(enum meta_kind kind)
{
	switch (kind) {
	case META_TEXT:
		return RULE_META_TEXT;
	case META_INTEGER:
		return RULE_META_INTEGER;
	case META_BOOLEAN:
		break;
	}
	return RULE_META_BOOLEAN;
}

static void copy_meta(struct checker *checker, struct rule *face)
{
	const struct rule_definition *definition = checker->definition;
	struct rule_meta *meta = checker_alloc(checker, definition->meta_count, sizeof(*meta));

	if (!meta)
		return;
	for (size_t i = 0; i < definition->meta_count; i++) {
		const struct meta_definition *from = &definition->meta[i];

		meta[i] = (struct rule_meta){ from->name, meta_kind(from->kind), from->text,
					      from->integer };
	}
	face->meta = meta;
	face->meta_count = definition->meta_count;
}

static struct checked_rule *add_rule(struct checker *checker)
{
	struct checked_rules *out = checker->out;
	struct checked_rule *grown = array_grow(out->rules, &out->rule_capacity,
						out->rule_count + 1, sizeof(*out->rules));

	if (!grown)
		return checker_no_memory(checker);
	out->rules = grown;
	out->rules[out->rule_count] = (struct checked_rule){ 0 };
	return &out->rules[out->rule_count++];
}

static void copy_face(struct checker *checker)
{
	const struct rule_definition *definition = checker->definition;
	struct rule *face = &checker->rule->face;

	face->name = definition->name;
	face->namespace_name = definition->namespace_name;
	face->is_private = definition->is_private;
	face->is_global = definition->is_global;
	memcpy(face->hash, definition->hash, sizeof(face->hash));
	copy_tags(checker, face);
	copy_meta(checker, face);
}

static void check_condition(struct checker *checker)
{
	struct checked_rule *rule = checker->rule;

	checker->variable_count = 0;
	checker->loop_depth = 0;
	checker->depth = 0;
	checker->loop_set = NULL;
	checker->misnamed = false;
	rule->condition = check_boolean(checker, checker->definition->condition);
	rule->requires_match = rule->condition && condition_requires_match(rule->condition);
}

static void check_unreferenced(struct checker *checker)
{
	const struct rule_definition *definition = checker->definition;

	for (size_t i = 0; i < definition->string_count; i++) {
		const struct string_definition *string = &definition->strings[i];

		if (!checker->referenced[i] && string->name[0] != '_')
			checker_error(checker, string->span, "unreferenced-string",
				      "unreferenced string \"$%s\"", string->name);
	}
}

static void check_rule(struct checker *checker, const struct rule_definition *definition)
{
	checker->definition = definition;
	checker->rule = add_rule(checker);
	if (!checker->rule)
		return;
	checker->rule->namespace_number = checker_namespace(checker, definition->namespace_name);
	take_name(checker, checker->rule->namespace_number,
		  (uint32_t)(checker->out->rule_count - 1));
	copy_face(checker);
	check_tag_names(checker);
	check_strings(checker);
	if (checker->failed)
		return;
	check_condition(checker);
	/* What an unfinished condition would have named is not known, and one slip is one error. */
	if (checker->rule->condition && !checker->misnamed)
		check_unreferenced(checker);
	if (checker->rule->condition)
		check_fixed_addresses(checker);
}

static bool is_identifier(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char c = name[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		if (!letter && !(i && c >= '0' && c <= '9'))
			return false;
	}
	return length > 0;
}

static enum value_type external_type(enum external_kind kind)
{
	switch (kind) {
	case EXTERNAL_FLOAT:
		return TYPE_FLOAT;
	case EXTERNAL_TEXT:
		return TYPE_TEXT;
	case EXTERNAL_BOOLEAN:
		return TYPE_BOOLEAN;
	case EXTERNAL_INTEGER:
		break;
	}
	return TYPE_INTEGER;
}

static struct value external_value(struct arena *arena, const struct external *external)
{
	switch (external->kind) {
	case EXTERNAL_FLOAT:
		return value_float(external->real);
	case EXTERNAL_TEXT:
		return value_text(arena_copy(arena, external->text.data, external->text.length),
				  external->text.length);
	default:
		return value_integer(external->integer);
	}
}

static int add_external(struct checker *checker, const struct external *external)
{
	size_t length = strcspn(external->name, "="), number = checker->out->external_count;
	struct checked_external *added = &checker->out->externals[number];
	uint32_t unused;

	if (!is_identifier(external->name, length))
		return error_set(checker->err, ERROR_USAGE, 0,
				 "external variable \"%.*s\" is no identifier",
				 (int)(length < 200 ? length : 200), external->name);
	if (name_map_find(&checker->externals, 0, external->name, length, &unused))
		return error_set(checker->err, ERROR_USAGE, 0,
				 "external variable \"%.*s\" is defined twice",
				 (int)(length < 200 ? length : 200), external->name);
	added->name = arena_copy_string(checker->out->arena, external->name, length);
	added->type = external_type(external->kind);
	added->value = external_value(checker->out->arena, external);
	if (!added->name || (added->type == TYPE_TEXT && !added->value.text.data) ||
	    !name_map_add(&checker->externals, 0, added->name, length, (uint32_t)number))
		return error_no_memory(checker->err, "external variables");
	checker->out->external_count++;
	return 0;
}

static int add_externals(struct checker *checker)
{
	const struct compile_options *options = checker->options;
	int ret = 0;

	checker->out->externals = arena_alloc_array(checker->out->arena, options->external_count,
						    sizeof(*checker->out->externals));
	if (!checker->out->externals)
		return error_no_memory(checker->err, "external variables");
	for (size_t i = 0; i < options->external_count && ret == 0; i++)
		ret = add_external(checker, &options->externals[i]);
	return ret;
}

static void checker_release(struct checker *checker)
{
	name_map_release(&checker->namespaces);
	name_map_release(&checker->rules);
	name_map_release(&checker->wildcards);
	name_map_release(&checker->modules);
	name_map_release(&checker->externals);
	name_map_release(&checker->strings);
	free(checker->referenced);
}

int checker_run(struct checked_rules *out, const struct rules_tree *tree,
		const struct compile_options *options, struct diagnostics *notes, struct error *err)
{
	struct checker checker = { .out = out, .notes = notes, .options = options, .err = err };
	int ret = add_externals(&checker);

	if (ret < 0)
		goto out;
	for (size_t i = 0; i < tree->rule_count && !checker.failed; i++) {
		check_imports(&checker, tree, i);
		check_rule(&checker, tree->rules[i]);
	}
	check_imports(&checker, tree, tree->rule_count);
	ret = checker.failed;
out:
	checker_release(&checker);
	return ret;
}
