#include <string.h>

#include "rules/compiled/module_print.h"
#include "rules/compiled/save_condition.h"
#include "rules/compiled/saved_rules.h"
#include "rules/compiled/saved_sources.h"
#include "rules/compiled/saved_text.h"

static void save_modules(const struct checked_rules *checked, struct byte_writer *out)
{
	byte_writer_add_u32(out, (uint32_t)checked->module_count);
	for (size_t i = 0; i < checked->module_count; i++) {
		saved_name_add(out, checked->modules[i]->name);
		byte_writer_add_u64(out, module_print(checked->modules[i]));
	}
}

static int save_programs(const struct checked_rules *checked, struct byte_writer *out,
			 struct error *err)
{
	int ret = 0;

	byte_writer_add_u32(out, (uint32_t)checked->program_count);
	for (size_t i = 0; i < checked->program_count && ret == 0; i++)
		ret = regex_program_save(checked->programs[i], out, err);
	return ret;
}

static void save_part(const struct pattern_part *part, struct byte_writer *out)
{
	byte_writer_add_u8(out, part->literal.length == 0);
	saved_text_add(out, part->literal);
}

static void save_pattern(const struct pattern *pattern, struct byte_writer *out)
{
	saved_name_add(out, pattern->name ? pattern->name : "");
	byte_writer_add_u8(out, (uint8_t)pattern->flags);
	byte_writer_add_u8(out, pattern->xor_min);
	byte_writer_add_u8(out, pattern->xor_max);
	byte_writer_add_u8(out, pattern->is_fixed);
	byte_writer_add_u64(out, pattern->fixed_address);
	byte_writer_add_u32(out, (uint32_t)pattern->part_count);
	for (size_t i = 0; i < pattern->part_count; i++)
		save_part(&pattern->parts[i], out);
	for (size_t i = 0; i + 1 < pattern->part_count; i++) {
		byte_writer_add_u64(out, pattern->gaps[i].min);
		byte_writer_add_u64(out, pattern->gaps[i].max);
	}
}

static void save_patterns(const struct ruleset *rules, struct byte_writer *out)
{
	const struct checked_rules *checked = &rules->checked;

	byte_writer_add_u32(out, (uint32_t)checked->pattern_count);
	for (size_t i = 0; i < checked->pattern_count; i++) {
		span_save(&checked->pattern_spans[i], rules->sources.first_file, out);
		save_pattern(&checked->patterns[i], out);
	}
}

static unsigned int flags_of(const struct checked_rule *rule)
{
	return (rule->face.is_private ? SAVED_RULE_PRIVATE : 0u) |
	       (rule->face.is_global ? SAVED_RULE_GLOBAL : 0u) |
	       (rule->reads_bytes ? SAVED_RULE_READS : 0u) |
	       (rule->requires_match ? SAVED_RULE_REQUIRES : 0u) |
	       (rule->not_evaluated ? SAVED_RULE_NOT_EVALUATED : 0u);
}

static void save_meta(const struct rule *face, struct byte_writer *out)
{
	byte_writer_add_u32(out, (uint32_t)face->meta_count);
	for (size_t i = 0; i < face->meta_count; i++) {
		const struct rule_meta *meta = &face->meta[i];

		saved_name_add(out, meta->name);
		byte_writer_add_u8(out, (uint8_t)meta->kind);
		if (meta->kind == RULE_META_TEXT)
			saved_text_add(out, meta->text);
		else
			byte_writer_add_u64(out, (uint64_t)meta->integer);
	}
}

static void save_strings(const struct checked_rule *rule, struct byte_writer *out)
{
	byte_writer_add_u32(out, rule->first_pattern);
	byte_writer_add_u32(out, (uint32_t)rule->face.string_count);
	for (size_t i = 0; i < rule->face.string_count; i++) {
		const struct rule_string *string = &rule->face.strings[i];
		unsigned int flags = (string->is_private ? SAVED_STRING_PRIVATE : 0u) |
				     (string->has_xor_key ? SAVED_STRING_XOR_KEY : 0u);

		saved_name_add(out, string->name);
		byte_writer_add_u8(out, (uint8_t)string->kind);
		byte_writer_add_u8(out, (uint8_t)flags);
		byte_writer_add_u8(out, (uint8_t)rule->needs[i]);
	}
}

static void save_rule(struct condition_saver *saver, const struct checked_rule *rule)
{
	struct byte_writer *out = saver->out;
	const struct rule *face = &rule->face;

	saved_name_add(out, face->name);
	saved_name_add(out, face->namespace_name);
	byte_writer_add_u32(out, rule->namespace_number);
	byte_writer_add_u8(out, (uint8_t)flags_of(rule));
	byte_writer_add(out, face->hash, sizeof(face->hash));
	byte_writer_add_u32(out, (uint32_t)face->tag_count);
	for (size_t i = 0; i < face->tag_count; i++)
		saved_name_add(out, face->tags[i]);
	save_meta(face, out);
	save_strings(rule, out);
	condition_save(saver, rule->condition);
}

int rules_save(const struct ruleset *rules, struct byte_writer *out, struct error *err)
{
	const struct checked_rules *checked = &rules->checked;
	struct condition_saver saver = { .rules = checked, .out = out };
	int ret;

	save_modules(checked, out);
	ret = save_programs(checked, out, err);
	if (ret < 0)
		return ret;
	save_patterns(rules, out);
	byte_writer_add_u32(out, checked->namespace_count);
	byte_writer_add_u32(out, (uint32_t)checked->rule_count);
	for (size_t i = 0; i < checked->rule_count; i++)
		save_rule(&saver, &checked->rules[i]);
	return out->failed ? error_no_memory(err, "rules as bytes") : 0;
}
