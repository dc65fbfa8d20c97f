#include <stdlib.h>
#include <string.h>

#include "rules/compiled/load_condition.h"
#include "rules/compiled/module_print.h"
#include "rules/compiled/saved_rules.h"
#include "rules/compiled/saved_sources.h"
#include "rules/compiled/saved_text.h"

#define MODULE_BYTES 13u
#define PROGRAM_BYTES 34u
#define PATTERN_BYTES 43u
#define PART_BYTES 6u
#define RULE_BYTES 70u
#define TAG_BYTES 5u
#define META_BYTES 11u
#define STRING_BYTES 7u

#define PATTERN_FLAGS (2u * PATTERN_XOR - 1)

struct rules_loader {
	struct ruleset *rules;
	struct checked_rules *checked; /* of the rules */
	const struct module *const *modules;
	struct bytes_reader *in;
	struct error *err;
};

static int damaged(const struct rules_loader *loader, const char *what)
{
	return error_set(loader->err, ERROR_FORMAT, 0, "the compiled rules are damaged: %s", what);
}

static int no_memory(const struct rules_loader *loader)
{
	return error_no_memory(loader->err, "rules");
}

static const struct module *find_module(const struct rules_loader *loader, const char *name)
{
	for (size_t i = 0; loader->modules && loader->modules[i]; i++)
		if (strcmp(loader->modules[i]->name, name) == 0)
			return loader->modules[i];
	return module_find_built_in(name, strlen(name));
}

static int load_modules(struct rules_loader *loader)
{
	struct checked_rules *checked = loader->checked;
	size_t count;

	if (!saved_count_take(loader->in, MODULE_BYTES, &count))
		return damaged(loader, "the number of modules");
	checked->modules = calloc(count + 1, sizeof(const struct module *));
	if (!checked->modules)
		return no_memory(loader);
	for (size_t i = 0; i < count; i++) {
		const struct module *module;
		const char *name;
		uint64_t print;

		if (!saved_name_take(loader->in, &name) || !bytes_take_u64(loader->in, &print))
			return damaged(loader, "a module");
		module = find_module(loader, name);
		if (!module || module_print(module) != print)
			return error_set(loader->err, ERROR_UNSUPPORTED, 0,
					 "compiled with another module \"%.100s\": compile again",
					 name);
		checked->modules[checked->module_count++] = module;
	}
	return 0;
}

static int load_programs(struct rules_loader *loader)
{
	struct checked_rules *checked = loader->checked;
	size_t count;
	int ret = 0;

	if (!saved_count_take(loader->in, PROGRAM_BYTES, &count))
		return damaged(loader, "the number of expressions");
	checked->programs = calloc(count + 1, sizeof(*checked->programs));
	if (!checked->programs)
		return no_memory(loader);
	for (size_t i = 0; i < count && ret == 0; i++) {
		ret = regex_program_load(&checked->programs[i], loader->in, loader->err);
		if (ret == 0)
			checked->program_count++;
	}
	return ret;
}

static bool take_part(struct rules_loader *loader, struct pattern_part *out)
{
	bool is_regex;

	return saved_bool_take(loader->in, &is_regex) &&
	       saved_text_take(loader->in, &out->literal) && is_regex == (out->literal.length == 0);
}

static int load_parts(struct rules_loader *loader, struct pattern *pattern)
{
	struct arena *arena = loader->checked->arena;
	struct pattern_part *parts;
	struct pattern_gap *gaps;

	if (!saved_count_take(loader->in, PART_BYTES, &pattern->part_count) || !pattern->part_count)
		return damaged(loader, "a string without parts");
	parts = arena_alloc_array(arena, pattern->part_count, sizeof(*parts));
	gaps = arena_alloc_array(arena, pattern->part_count - 1, sizeof(*gaps));
	if (!parts || !gaps)
		return no_memory(loader);
	pattern->parts = parts;
	pattern->gaps = gaps;
	for (size_t i = 0; i < pattern->part_count; i++)
		if (!take_part(loader, &parts[i]))
			return damaged(loader, "a part of a string");
	for (size_t i = 0; i + 1 < pattern->part_count; i++)
		if (!bytes_take_u64(loader->in, &gaps[i].min) ||
		    !bytes_take_u64(loader->in, &gaps[i].max) || gaps[i].min > gaps[i].max)
			return damaged(loader, "a gap in a string");
	return 0;
}

static bool xor_fits(const struct pattern *pattern)
{
	if (!(pattern->flags & PATTERN_XOR))
		return true;
	return pattern->part_count == 1 && pattern->parts[0].literal.length &&
	       pattern->xor_min <= pattern->xor_max;
}

static int load_pattern(struct rules_loader *loader, struct pattern *out, struct source_span *span)
{
	unsigned int flags;
	int ret;

	if (!span_load(loader->in, &loader->rules->sources, span) ||
	    !saved_name_take(loader->in, &out->name) ||
	    !saved_choice_take(loader->in, PATTERN_FLAGS, &flags) ||
	    !(flags & (PATTERN_ASCII | PATTERN_WIDE)) ||
	    !bytes_take_u8(loader->in, &out->xor_min) ||
	    !bytes_take_u8(loader->in, &out->xor_max) ||
	    !saved_bool_take(loader->in, &out->is_fixed) ||
	    !bytes_take_u64(loader->in, &out->fixed_address))
		return damaged(loader, "a string");
	out->flags = flags;
	ret = load_parts(loader, out);
	if (ret == 0 && !xor_fits(out))
		ret = damaged(loader, "the keys of a string");
	return ret;
}

static int load_patterns(struct rules_loader *loader)
{
	struct checked_rules *checked = loader->checked;
	size_t count;
	int ret = 0;

	if (!saved_count_take(loader->in, PATTERN_BYTES, &count))
		return damaged(loader, "the number of strings");
	checked->patterns = calloc(count + 1, sizeof(*checked->patterns));
	checked->pattern_spans = calloc(count + 1, sizeof(*checked->pattern_spans));
	if (!checked->patterns || !checked->pattern_spans)
		return no_memory(loader);
	checked->pattern_count = count;
	for (size_t i = 0; i < count && ret == 0; i++)
		ret = load_pattern(loader, &checked->patterns[i], &checked->pattern_spans[i]);
	return ret;
}

static int load_tags(struct rules_loader *loader, struct rule *face)
{
	const char **tags;

	if (!saved_count_take(loader->in, TAG_BYTES, &face->tag_count))
		return damaged(loader, "the number of tags");
	tags = arena_alloc_array(loader->checked->arena, face->tag_count, sizeof(*tags));
	if (!tags)
		return no_memory(loader);
	face->tags = tags;
	for (size_t i = 0; i < face->tag_count; i++)
		if (!saved_name_take(loader->in, &tags[i]))
			return damaged(loader, "a tag");
	return 0;
}

static bool take_meta(struct rules_loader *loader, struct rule_meta *out)
{
	unsigned int kind;

	if (!saved_name_take(loader->in, &out->name) ||
	    !saved_choice_take(loader->in, RULE_META_BOOLEAN, &kind))
		return false;
	out->kind = (enum rule_meta_kind)kind;
	return out->kind == RULE_META_TEXT ? saved_text_take(loader->in, &out->text)
					   : saved_i64_take(loader->in, &out->integer);
}

static int load_meta(struct rules_loader *loader, struct rule *face)
{
	struct rule_meta *meta;

	if (!saved_count_take(loader->in, META_BYTES, &face->meta_count))
		return damaged(loader, "the number of meta values");
	meta = arena_alloc_array(loader->checked->arena, face->meta_count, sizeof(*meta));
	if (!meta)
		return no_memory(loader);
	face->meta = meta;
	for (size_t i = 0; i < face->meta_count; i++)
		if (!take_meta(loader, &meta[i]))
			return damaged(loader, "a meta value");
	return 0;
}

static bool take_string(struct rules_loader *loader, struct rule_string *out, enum match_need *need)
{
	unsigned int kind, flags, number;

	if (!saved_name_take(loader->in, &out->name) ||
	    !saved_choice_take(loader->in, RULE_STRING_REGEX, &kind) ||
	    !saved_choice_take(loader->in, SAVED_STRING_FLAGS, &flags) ||
	    !saved_choice_take(loader->in, NEED_ALL, &number))
		return false;
	out->kind = (enum rule_string_kind)kind;
	out->is_private = flags & SAVED_STRING_PRIVATE;
	out->has_xor_key = flags & SAVED_STRING_XOR_KEY;
	*need = (enum match_need)number;
	return true;
}

static int load_strings(struct rules_loader *loader, struct checked_rule *rule)
{
	struct checked_rules *checked = loader->checked;
	struct rule *face = &rule->face;
	struct rule_string *strings;

	if (!bytes_take_u32(loader->in, &rule->first_pattern) ||
	    !saved_count_take(loader->in, STRING_BYTES, &face->string_count) ||
	    rule->first_pattern > checked->pattern_count ||
	    face->string_count > checked->pattern_count - rule->first_pattern)
		return damaged(loader, "the number of strings");
	strings = arena_alloc_array(checked->arena, face->string_count, sizeof(*strings));
	rule->needs = arena_alloc_array(checked->arena, face->string_count, sizeof(*rule->needs));
	if (!strings || !rule->needs)
		return no_memory(loader);
	face->strings = strings;
	for (size_t i = 0; i < face->string_count; i++) {
		if (!take_string(loader, &strings[i], &rule->needs[i]))
			return damaged(loader, "the name of a string");
		strings[i].pattern = rule->first_pattern + (uint32_t)i;
	}
	return 0;
}

static bool take_face(struct rules_loader *loader, struct checked_rule *out)
{
	struct bytes hash;
	unsigned int flags;

	if (!saved_name_take(loader->in, &out->face.name) ||
	    !saved_name_take(loader->in, &out->face.namespace_name) ||
	    !bytes_take_u32(loader->in, &out->namespace_number) ||
	    out->namespace_number >= loader->checked->namespace_count ||
	    !saved_choice_take(loader->in, SAVED_RULE_FLAGS, &flags) ||
	    !bytes_take(loader->in, sizeof(out->face.hash), &hash))
		return false;
	memcpy(out->face.hash, hash.data, hash.length);
	out->face.is_private = flags & SAVED_RULE_PRIVATE;
	out->face.is_global = flags & SAVED_RULE_GLOBAL;
	out->reads_bytes = flags & SAVED_RULE_READS;
	out->requires_match = flags & SAVED_RULE_REQUIRES;
	out->not_evaluated = flags & SAVED_RULE_NOT_EVALUATED;
	return true;
}

static int load_rule(struct rules_loader *loader, struct condition_loader *conditions,
		     struct checked_rule *out)
{
	int ret;

	if (!take_face(loader, out))
		return damaged(loader, "a rule");
	ret = load_tags(loader, &out->face);
	if (ret == 0)
		ret = load_meta(loader, &out->face);
	if (ret == 0)
		ret = load_strings(loader, out);
	if (ret == 0)
		ret = condition_load(conditions, &out->condition);
	return ret;
}

/* Each text is in one, and patterns have theirs. */
static size_t namespaces_limit(const struct rules_loader *loader)
{
	return loader->rules->sources.text_count + 1;
}

static int load_all_rules(struct rules_loader *loader)
{
	struct checked_rules *checked = loader->checked;
	struct condition_loader conditions = { .rules = checked,
					       .in = loader->in,
					       .err = loader->err };
	size_t count;
	int ret = 0;

	if (!bytes_take_u32(loader->in, &checked->namespace_count) ||
	    checked->namespace_count > namespaces_limit(loader) ||
	    !saved_count_take(loader->in, RULE_BYTES, &count))
		return damaged(loader, "the number of rules");
	checked->rules = calloc(count + 1, sizeof(*checked->rules));
	if (!checked->rules)
		return no_memory(loader);
	checked->rule_count = count;
	for (size_t i = 0; i < count && ret == 0; i++) {
		conditions.rule = i;
		ret = load_rule(loader, &conditions, &checked->rules[i]);
		if (ret < 0)
			error_context(loader->err, "rule %zu", i + 1);
	}
	return ret;
}

int rules_load(struct ruleset *rules, const struct module *const *modules, struct bytes_reader *in,
	       struct error *err)
{
	struct rules_loader loader = {
		.rules = rules, .checked = &rules->checked, .modules = modules, .in = in, .err = err
	};
	int ret = load_modules(&loader);

	if (ret == 0)
		ret = load_programs(&loader);
	if (ret == 0)
		ret = load_patterns(&loader);
	if (ret == 0)
		ret = load_all_rules(&loader);
	return ret;
}
