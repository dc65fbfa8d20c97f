#include "rules/compiled/saved_sources.h"

#include <string.h>

#include "rules/compiled/condition_form.h"
#include "rules/compiled/load_condition.h"
#include "rules/compiled/save_condition.h"
#include "rules/compiled/saved_text.h"

#define FILE_BYTES 10u
#define TEXT_BYTES 9u
#define EXTERNAL_BYTES 7u
#define WARNING_BYTES 27u

void span_save(const struct source_span *span, uint32_t first_file, struct byte_writer *out)
{
	byte_writer_add_u32(out, span->file - first_file);
	byte_writer_add_u32(out, span->line);
	byte_writer_add_u32(out, span->column);
	byte_writer_add_u32(out, span->length);
}

static bool take_span(struct bytes_reader *in, size_t file_count, struct source_span *out)
{
	return bytes_take_u32(in, &out->file) && bytes_take_u32(in, &out->line) &&
	       bytes_take_u32(in, &out->column) && bytes_take_u32(in, &out->length) &&
	       out->file < file_count;
}

bool span_load(struct bytes_reader *in, const struct ruleset_sources *sources,
	       struct source_span *out)
{
	if (!take_span(in, sources->file_count, out))
		return false;
	out->file += sources->first_file;
	return true;
}

static void save_files(const struct ruleset_sources *sources, const struct diagnostics *notes,
		       struct byte_writer *out)
{
	byte_writer_add_u32(out, sources->file_count);
	for (uint32_t i = 0; i < sources->file_count; i++) {
		saved_name_add(out, diagnostics_file_name(notes, sources->first_file + i));
		saved_text_add(out, diagnostics_file_text(notes, sources->first_file + i));
	}
	byte_writer_add_u32(out, (uint32_t)sources->text_count);
	for (size_t i = 0; i < sources->text_count; i++) {
		byte_writer_add_u32(out, sources->texts[i].file - sources->first_file);
		saved_name_add(out, sources->texts[i].namespace_name);
	}
}

static void save_externals(const struct checked_rules *checked, struct byte_writer *out)
{
	byte_writer_add_u32(out, (uint32_t)checked->external_count);
	for (size_t i = 0; i < checked->external_count; i++) {
		saved_name_add(out, checked->externals[i].name);
		byte_writer_add_u8(out, (uint8_t)checked->externals[i].type);
		value_save(&checked->externals[i].value, out);
	}
}

static bool is_own_warning(const struct ruleset_sources *sources, const struct diagnostic *item)
{
	return item->severity == SEVERITY_WARNING && item->span.file >= sources->first_file &&
	       item->span.file - sources->first_file < sources->file_count;
}

static void save_warnings(const struct ruleset_sources *sources, struct diagnostics *notes,
			  struct byte_writer *out)
{
	size_t count, own = 0;
	const struct diagnostic *list = diagnostics_list(notes, &count);

	for (size_t i = 0; i < count; i++)
		own += is_own_warning(sources, &list[i]);
	byte_writer_add_u32(out, (uint32_t)own);
	for (size_t i = 0; i < count; i++) {
		if (!is_own_warning(sources, &list[i]))
			continue;
		span_save(&list[i].span, sources->first_file, out);
		saved_name_add(out, list[i].code);
		byte_writer_add_u8(out, list[i].rule != NULL);
		saved_name_add(out, list[i].rule ? list[i].rule : "");
		saved_name_add(out, list[i].message);
	}
}

int sources_save(const struct ruleset *rules, struct diagnostics *notes, struct byte_writer *out,
		 struct error *err)
{
	save_files(&rules->sources, notes, out);
	save_externals(&rules->checked, out);
	save_warnings(&rules->sources, notes, out);
	byte_writer_add(out, rules->sources.digest, sizeof(rules->sources.digest));
	return out->failed ? error_no_memory(err, "the texts of rules as bytes") : 0;
}

static int damaged(struct error *err, const char *what)
{
	return error_set(err, ERROR_FORMAT, 0, "the compiled rules are damaged: %s", what);
}

static int list_files(struct source_list *list, struct bytes_reader *in, struct arena *arena,
		      struct error *err)
{
	if (!saved_count_take(in, FILE_BYTES, &list->file_count))
		return damaged(err, "the number of source files");
	list->files = arena_alloc_array(arena, list->file_count, sizeof(*list->files));
	if (!list->files)
		return error_no_memory(err, "source files");
	for (size_t i = 0; i < list->file_count; i++)
		if (!saved_name_take(in, &list->files[i].name) ||
		    !saved_text_take(in, &list->files[i].text))
			return damaged(err, "a source file");
	return 0;
}

static int list_texts(struct source_list *list, struct bytes_reader *in, struct arena *arena,
		      struct error *err)
{
	if (!saved_count_take(in, TEXT_BYTES, &list->text_count))
		return damaged(err, "the number of texts");
	list->texts = arena_alloc_array(arena, list->text_count, sizeof(*list->texts));
	if (!list->texts)
		return error_no_memory(err, "source files");
	for (size_t i = 0; i < list->text_count; i++)
		if (!bytes_take_u32(in, &list->texts[i].file) ||
		    list->texts[i].file >= list->file_count ||
		    !saved_name_take(in, &list->texts[i].namespace_name))
			return damaged(err, "a text that is no source file");
	return 0;
}

static bool take_external(struct bytes_reader *in, struct checked_external *out)
{
	static const enum value_kind kinds[] = { [TYPE_INTEGER] = VALUE_INTEGER,
						 [TYPE_FLOAT] = VALUE_FLOAT,
						 [TYPE_TEXT] = VALUE_TEXT,
						 [TYPE_BOOLEAN] = VALUE_INTEGER };
	unsigned int type;

	if (!saved_name_take(in, &out->name) || !saved_choice_take(in, TYPE_BOOLEAN, &type) ||
	    kinds[type] == VALUE_UNDEFINED || !value_load(in, &out->value))
		return false;
	out->type = (enum value_type)type;
	return out->value.kind == kinds[type];
}

static int list_externals(struct source_list *list, struct bytes_reader *in, struct arena *arena,
			  struct error *err)
{
	if (!saved_count_take(in, EXTERNAL_BYTES, &list->external_count))
		return damaged(err, "the number of external variables");
	list->externals = arena_alloc_array(arena, list->external_count, sizeof(*list->externals));
	if (!list->externals)
		return error_no_memory(err, "external variables");
	for (size_t i = 0; i < list->external_count; i++)
		if (!take_external(in, &list->externals[i]))
			return damaged(err, "an external variable");
	return 0;
}

int sources_list(struct source_list *out, struct bytes_reader *in, struct arena *arena,
		 struct error *err)
{
	int ret = list_files(out, in, arena, err);

	if (ret == 0)
		ret = list_texts(out, in, arena, err);
	if (ret == 0)
		ret = list_externals(out, in, arena, err);
	return ret;
}

/* As they were when the rules were compiled, behind the files that are there. */
static int add_files(struct ruleset_sources *sources, const struct source_list *list,
		     struct diagnostics *notes, struct error *err)
{
	sources->first_file = (uint32_t)diagnostics_file_count(notes);
	sources->file_count = (uint32_t)list->file_count;
	for (size_t i = 0; i < list->file_count; i++) {
		const struct source_file *file = &list->files[i];
		uint32_t number;
		int ret = diagnostics_add_file(notes, file->name, (const char *)file->text.data,
					       file->text.length, &number, err);

		if (ret < 0)
			return ret;
	}
	return 0;
}

static bool keep_name(struct arena *arena, const char **name)
{
	*name = arena_copy_string(arena, *name, strlen(*name));
	return *name;
}

static bool keep_external(struct arena *arena, struct checked_external *external)
{
	struct bytes *text = &external->value.text;

	if (external->value.kind == VALUE_TEXT)
		text->data = arena_copy(arena, text->data, text->length);
	return keep_name(arena, &external->name) &&
	       (external->value.kind != VALUE_TEXT || text->data);
}

static int keep_list(struct ruleset *rules, const struct source_list *list, struct error *err)
{
	struct arena *arena = rules->checked.arena;
	bool kept = true;

	rules->sources.texts = list->texts;
	rules->sources.text_count = list->text_count;
	rules->checked.externals = list->externals;
	rules->checked.external_count = list->external_count;
	for (size_t i = 0; i < list->text_count && kept; i++) {
		list->texts[i].file += rules->sources.first_file;
		kept = keep_name(arena, &list->texts[i].namespace_name);
	}
	for (size_t i = 0; i < list->external_count && kept; i++)
		kept = keep_external(arena, &list->externals[i]);
	return kept ? 0 : error_no_memory(err, "external variables");
}

static bool take_warning(struct bytes_reader *in, const struct ruleset_sources *sources,
			 struct diagnostics *notes)
{
	struct source_span span;
	const char *code, *rule, *message;
	bool has_rule;

	if (!span_load(in, sources, &span) || !saved_name_take(in, &code) ||
	    !saved_bool_take(in, &has_rule) || !saved_name_take(in, &rule) ||
	    !saved_name_take(in, &message))
		return false;
	diagnostics_add(notes, SEVERITY_WARNING, span, code, has_rule ? rule : NULL, "%s", message);
	return true;
}

int sources_load(struct ruleset *rules, struct bytes_reader *in, struct diagnostics *notes,
		 struct error *err)
{
	struct source_list list = { 0 };
	struct bytes digest;
	size_t warnings;
	int ret = sources_list(&list, in, rules->checked.arena, err);

	if (ret == 0)
		ret = add_files(&rules->sources, &list, notes, err);
	if (ret == 0)
		ret = keep_list(rules, &list, err);
	if (ret < 0)
		return ret;
	if (!saved_count_take(in, WARNING_BYTES, &warnings))
		return damaged(err, "the number of warnings");
	for (size_t i = 0; i < warnings; i++)
		if (!take_warning(in, &rules->sources, notes))
			return damaged(err, "a warning");
	if (!bytes_take(in, DIGEST_BYTES, &digest))
		return damaged(err, "the sum of the sources");
	memcpy(rules->sources.digest, digest.data, DIGEST_BYTES);
	return 0;
}
