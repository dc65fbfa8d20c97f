#include "rules/rule_cache.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/digest.h"
#include "rules/cache_directory.h"
#include "rules/compiled/build_mark.h"
#include "rules/compiled/file_header.h"
#include "rules/compiled/module_print.h"
#include "rules/compiled/saved_text.h"
#include "rules/parse/source_buffer.h"
#include "rules/ruleset_parts.h"

/*
 * A cached file:
 *
 *	u32 included files, each: name, SHA-256
 *	SHA-256 of that
 *	compiled rules, as in a file of their own
 */
#define INCLUDED_BYTES (5u + DIGEST_BYTES)
#define LARGEST_INCLUDED ((size_t)256 << 20)

static int add_number(struct digest *sum, uint64_t number, struct error *err)
{
	return digest_add_sized(sum, &number, sizeof(number), err);
}

static int add_text(struct digest *sum, const char *text, size_t length, struct error *err)
{
	return digest_add_sized(sum, text, length, err);
}

static int add_texts(struct digest *sum, const struct rule_cache_query *query, struct error *err)
{
	int ret = add_number(sum, query->text_count, err);

	for (size_t i = 0; i < query->text_count && ret == 0; i++) {
		const struct rule_text *text = &query->texts[i];

		ret = add_text(sum, text->name, strlen(text->name), err);
		if (ret == 0)
			ret = add_text(sum, text->namespace_name, strlen(text->namespace_name),
				       err);
		if (ret == 0)
			ret = digest_add_sized(sum, text->text.data, text->text.length, err);
	}
	return ret;
}

static int add_externals(struct digest *sum, const struct compile_options *options,
			 struct error *err)
{
	int ret = add_number(sum, options->external_count, err);

	for (size_t i = 0; i < options->external_count && ret == 0; i++) {
		const struct external *external = &options->externals[i];

		ret = add_text(sum, external->name, strcspn(external->name, "="), err);
		if (ret == 0)
			ret = add_number(sum, external->kind, err);
	}
	return ret;
}

static int add_patterns(struct digest *sum, const struct compile_options *options,
			struct error *err)
{
	int ret = add_number(sum, options->pattern_count, err);

	for (size_t i = 0; i < options->pattern_count && ret == 0; i++) {
		const struct search_pattern *pattern = &options->patterns[i];
		unsigned int flags = (unsigned int)pattern->is_regex |
				     (unsigned int)pattern->nocase << 1 |
				     (unsigned int)pattern->wide << 2;

		ret = digest_add_sized(sum, pattern->text.data, pattern->text.length, err);
		if (ret == 0)
			ret = add_number(sum, flags, err);
	}
	return ret;
}

static int add_modules(struct digest *sum, const struct module *const *modules, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; modules && modules[i] && ret == 0; i++) {
		ret = add_text(sum, modules[i]->name, strlen(modules[i]->name), err);
		if (ret == 0)
			ret = add_number(sum, module_print(modules[i]), err);
	}
	return ret == 0 ? add_text(sum, "", 0, err) : ret;
}

static int add_all(struct digest *sum, const struct rule_cache_query *query, struct error *err)
{
	struct bytes build = build_mark();
	int ret = add_text(sum, CKPT_VERSION, strlen(CKPT_VERSION), err);

	if (ret == 0)
		ret = digest_add_sized(sum, build.data, build.length, err);
	if (ret == 0)
		ret = add_number(sum, FILE_FORMAT, err);
	if (ret == 0)
		ret = add_number(sum, database_platform(), err);
	if (ret == 0)
		ret = add_modules(sum, built_in_modules, err);
	if (ret == 0)
		ret = add_modules(sum, query->options->modules, err);
	if (ret == 0)
		ret = add_texts(sum, query, err);
	if (ret == 0)
		ret = add_number(sum, query->options->no_includes, err);
	if (ret == 0)
		ret = add_externals(sum, query->options, err);
	if (ret == 0)
		ret = add_patterns(sum, query->options, err);
	return ret;
}

bool rule_cache_query_init(struct rule_cache_query *query, const struct rule_text *texts,
			   size_t text_count, const struct compile_options *options)
{
	struct digest *sum;
	struct error err;
	int ret;

	*query = (struct rule_cache_query){ .texts = texts,
					    .text_count = text_count,
					    .options = options };
	if (options->included || digest_new(&sum, &err) < 0)
		return false;
	ret = add_all(sum, query, &err);
	if (ret == 0)
		ret = digest_end(sum, query->key, &err);
	digest_free(sum);
	return ret == 0;
}

static bool sum_up(struct bytes bytes, uint8_t out[DIGEST_BYTES])
{
	struct error err;

	return digest_of(bytes.data, bytes.length, out, &err) == 0;
}

static bool has_sum(struct bytes bytes, struct bytes sum)
{
	uint8_t actual[DIGEST_BYTES];

	return sum_up(bytes, actual) && memcmp(actual, sum.data, sizeof(actual)) == 0;
}

static bool is_unchanged(const char *name, struct bytes sum)
{
	struct source_buffer buffer = { 0 };
	struct stat info;
	struct error err;
	bool same;

	if (source_buffer_read(&buffer, name, LARGEST_INCLUDED, &info, &err) < 0)
		return false;
	same = has_sum((struct bytes){ (const uint8_t *)buffer.text, buffer.length }, sum);
	source_buffer_release(&buffer);
	return same;
}

/* Whether all that was included is as it was; then @in is at the rules. */
static bool take_included(struct bytes_reader *in)
{
	const uint8_t *begin = in->rest.data;
	struct bytes_reader ahead = *in;
	struct bytes sum;
	size_t count;

	if (!saved_count_take(&ahead, INCLUDED_BYTES, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *name;

		if (!saved_name_take(&ahead, &name) || !bytes_take(&ahead, DIGEST_BYTES, &sum))
			return false;
	}
	if (!bytes_take(&ahead, DIGEST_BYTES, &sum) ||
	    !has_sum((struct bytes){ begin, (size_t)(sum.data - begin) }, sum))
		return false;
	if (!saved_count_take(in, INCLUDED_BYTES, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *name;

		if (!saved_name_take(in, &name) || !bytes_take(in, DIGEST_BYTES, &sum) ||
		    !is_unchanged(name, sum))
			return false;
	}
	return bytes_take(in, DIGEST_BYTES, &sum);
}

static void name_of(const struct rule_cache_query *query, char out[DIGEST_HEX_BYTES])
{
	digest_hex(query->key, out);
}

bool rule_cache_find(struct compiled_rules **out, const struct rule_cache_query *query,
		     enum match_need outputs, struct diagnostics *notes)
{
	char name[DIGEST_HEX_BYTES];
	int directory = cache_directory_open();
	struct bytes_reader in;
	struct error err;
	uint8_t *data;
	size_t length;
	bool found;

	if (directory < 0)
		return false;
	name_of(query, name);
	found = cache_directory_read(directory, name, &data, &length);
	close(directory);
	if (!found)
		return false;
	in = bytes_reader_at(data, length);
	found = take_included(&in) &&
		compiled_rules_load(out, in.rest, query->options, outputs, notes, &err) == 0;
	free(data);
	return found;
}

static bool is_given(const struct ruleset_sources *sources, uint32_t file)
{
	for (size_t i = 0; i < sources->text_count; i++)
		if (sources->texts[i].file == file)
			return true;
	return false;
}

static bool add_included(struct byte_writer *out, const struct ruleset_sources *sources,
			 const struct diagnostics *notes)
{
	struct byte_writer files = { 0 };
	uint8_t sum[DIGEST_BYTES];
	uint32_t count = 0;
	bool added = true;

	for (uint32_t file = sources->first_file; file < sources->pattern_file && added; file++) {
		if (is_given(sources, file))
			continue;
		added = sum_up(diagnostics_file_text(notes, file), sum);
		saved_name_add(&files, diagnostics_file_name(notes, file));
		byte_writer_add(&files, sum, sizeof(sum));
		count++;
	}
	byte_writer_add_u32(out, count);
	byte_writer_add(out, files.data, files.length);
	added = added && !files.failed && !out->failed &&
		sum_up((struct bytes){ out->data, out->length }, sum);
	byte_writer_add(out, sum, sizeof(sum));
	byte_writer_release(&files);
	return added;
}

void rule_cache_keep(const struct compiled_rules *compiled, const struct rule_cache_query *query,
		     struct diagnostics *notes)
{
	const struct ruleset *rules = compiled_rules_ruleset(compiled);
	int directory = cache_directory_open();
	char name[DIGEST_HEX_BYTES];
	struct byte_writer file = { 0 };
	struct error err;

	if (directory < 0)
		return;
	name_of(query, name);
	if (add_included(&file, &rules->sources, notes) &&
	    compiled_rules_save(compiled, notes, &file, &err) == 0 &&
	    cache_directory_write(directory, name, (struct bytes){ file.data, file.length }))
		cache_directory_shrink(directory, RULE_CACHE_BYTES);
	byte_writer_release(&file);
	close(directory);
}
