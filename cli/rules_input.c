#include "cli/rules_input.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/compiled_file.h"
#include "cli/rules_directory.h"
#include "cli/text_file.h"
#include "engine/base/array.h"
#include "engine/base/text.h"
#include "rules/compiled_rules.h"

typedef int file_reader(const char *path, uint8_t **out, size_t *length, struct error *err);

static int read_rules(const char *path, uint8_t **out, size_t *length, struct error *err)
{
	return compiled_file_is(path) ? compiled_file_read(path, out, length, err)
				      : text_file_read(path, out, length, err);
}

/* The file's contents, owned by @input. */
static int read_file(struct rules_input *input, const char *path, file_reader *read,
		     struct bytes *out, struct error *err)
{
	uint8_t **grown = array_grow(input->files, &input->file_capacity, input->file_count + 1,
				     sizeof(*grown));
	uint8_t *data;
	size_t length;
	int ret;

	if (!grown)
		return error_no_memory(err, path);
	input->files = grown;
	ret = read(path, &data, &length, err);
	if (ret)
		return ret;
	input->files[input->file_count++] = data;
	*out = (struct bytes){ data, length };
	return 0;
}

/* Bytes of the namespace in front of a file's name; 0: there is none. */
static size_t namespace_length(const char *argument)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	size_t length = strspn(argument, letters);

	while (length && strchr(".-", argument[length]) && argument[length])
		length += 1 + strspn(argument + length + 1, letters);
	return argument[length] == ':' ? length : 0;
}

static int add_text(struct rules_input *input, const char *path, const char *namespace_name,
		    struct error *err)
{
	struct rule_text text = { .name = path, .namespace_name = namespace_name };
	struct rule_text *grown = array_grow(input->texts, &input->text_capacity,
					     input->text_count + 1, sizeof(*grown));
	int ret;

	if (!grown)
		return error_no_memory(err, "rules");
	input->texts = grown;
	ret = read_file(input, path, read_rules, &text.text, err);
	if (ret)
		return ret;
	input->texts[input->text_count++] = text;
	return 0;
}

/* Names of namespaces stand in reports and in the identity of hits, so they are text whatever the file is called. */
static const char *namespace_of_file(struct rules_input *input, const char *below)
{
	struct text text = { 0 };
	const char *name;

	text_add_utf8(&text, string_bytes(below));
	name = text.failed ? NULL : arena_copy_string(input->memory, text.data, text.length);
	text_release(&text);
	return name;
}

static int refuse_namespace(const char *path, struct error *err)
{
	return error_set(err, ERROR_USAGE, 0,
			 "--rules: %s: compiled rules have their namespaces already", path);
}

/* @namespace_name: of all files; NULL: each has its own. */
static int add_directory(struct rules_input *input, const char *path, const char *namespace_name,
			 struct error *err)
{
	struct directory_file *files;
	size_t count;
	int ret = rules_directory_list(&files, &count, input->memory, path, err);

	for (size_t i = 0; !ret && i < count; i++) {
		const char *name =
			namespace_name ? namespace_name : namespace_of_file(input, files[i].below);

		if (!name)
			ret = error_no_memory(err, "rules");
		else if (namespace_name && compiled_file_is(files[i].path))
			ret = refuse_namespace(files[i].path, err);
		else
			ret = add_text(input, files[i].path, name, err);
	}
	return ret;
}

static bool is_directory(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int add_rules_argument(struct rules_input *input, const char *argument, struct error *err)
{
	size_t prefix = namespace_length(argument);
	const char *path = prefix ? argument + prefix + 1 : argument;
	const char *namespace_name = NULL;

	if (prefix) {
		namespace_name = arena_copy_string(input->memory, argument, prefix);
		if (!namespace_name)
			return error_no_memory(err, "rules");
	}
	if (!*path)
		return error_set(err, ERROR_USAGE, 0, "--rules: \"%s\" names no file", argument);
	if (is_directory(path))
		return add_directory(input, path, namespace_name, err);
	if (prefix && compiled_file_is(path))
		return refuse_namespace(path, err);
	return add_text(input, path, namespace_name ? namespace_name : "default", err);
}

static int add_pattern(struct rules_input *input, const struct settings *settings,
		       struct bytes text, bool is_regex, struct error *err)
{
	struct search_pattern *grown = array_grow(input->patterns, &input->pattern_capacity,
						  input->pattern_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "patterns");
	input->patterns = grown;
	input->patterns[input->pattern_count++] = (struct search_pattern){
		.text = text,
		.is_regex = is_regex,
		.nocase = settings->ignore_case,
		.wide = settings->wide,
	};
	return 0;
}

static struct bytes skip(struct bytes bytes, size_t length)
{
	return (struct bytes){ bytes.data + length, bytes.length - length };
}

/* Up to the next line feed, without it and without a carriage return before it. */
static struct bytes take_line(struct bytes *rest)
{
	const uint8_t *feed = memchr(rest->data, '\n', rest->length);
	size_t length = feed ? (size_t)(feed - rest->data) : rest->length;
	struct bytes line = { rest->data, length };

	*rest = skip(*rest, feed ? length + 1 : length);
	if (line.length && line.data[line.length - 1] == '\r')
		line.length--;
	return line;
}

static int add_pattern_lines(struct rules_input *input, const struct settings *settings,
			     const char *path, struct error *err)
{
	static const char byte_order_mark[] = { '\xef', '\xbb', '\xbf' };
	struct bytes rest;
	int ret = read_file(input, path, text_file_read, &rest, err);

	if (ret)
		return ret;
	if (rest.length >= sizeof(byte_order_mark) &&
	    memcmp(rest.data, byte_order_mark, sizeof(byte_order_mark)) == 0)
		rest = skip(rest, sizeof(byte_order_mark));
	while (!ret && rest.length) {
		struct bytes line = take_line(&rest);

		if (line.length)
			ret = add_pattern(input, settings, line, !settings->fixed_strings, err);
	}
	return ret;
}

static int add_pattern_argument(struct rules_input *input, const struct settings *settings,
				const struct pattern_argument *argument, struct error *err)
{
	const struct bytes text = { (const uint8_t *)argument->value, strlen(argument->value) };

	switch (argument->source) {
	case PATTERN_REGEX:
		return add_pattern(input, settings, text, !settings->fixed_strings, err);
	case PATTERN_TEXT:
		return add_pattern(input, settings, text, false, err);
	case PATTERN_LINES:
		return add_pattern_lines(input, settings, argument->value, err);
	}
	return error_set(err, ERROR_USAGE, 0, "unknown source of patterns");
}

static int add_externals(struct rules_input *input, const struct settings *settings,
			 struct error *err)
{
	input->externals = arena_alloc_array(input->memory, settings->defines.count,
					     sizeof(*input->externals));
	if (!input->externals)
		return error_no_memory(err, "external variables");
	for (size_t i = 0; i < settings->defines.count; i++) {
		int ret = external_parse(&input->externals[i], settings->defines.items[i], err);

		if (ret)
			return error_context(err, "--define %s", settings->defines.items[i]);
	}
	input->external_count = settings->defines.count;
	return 0;
}

/* What was given with -d, or by an earlier file, stands. */
static bool has_external(const struct rules_input *input, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < input->external_count; i++) {
		const char *own = input->externals[i].name;

		if (strcspn(own, "=") == length && memcmp(own, name, length) == 0)
			return true;
	}
	return false;
}

static int merge_externals(struct rules_input *input, const struct compiled_sources *sources,
			   struct error *err)
{
	size_t most = input->external_count + sources->external_count;
	struct external *all = arena_alloc_array(input->memory, most, sizeof(*all));

	if (!all)
		return error_no_memory(err, "external variables");
	if (input->external_count)
		memcpy(all, input->externals, input->external_count * sizeof(*all));
	input->externals = all;
	for (size_t i = 0; i < sources->external_count; i++) {
		struct external *added = &all[input->external_count];

		if (has_external(input, sources->externals[i].name))
			continue;
		*added = sources->externals[i];
		added->name = arena_copy_string(input->memory, added->name, strlen(added->name));
		if (!added->name)
			return error_no_memory(err, "external variables");
		input->external_count++;
	}
	return 0;
}

/* The texts that a file was compiled from, in its place. */
struct unpacking {
	struct rules_input *input;
	struct rule_text *texts;
	const struct included_texts **included;
	size_t count, capacity, included_capacity;
};

static int unpack_text(struct unpacking *unpacking, const struct rule_text *text,
		       const struct included_texts *included, struct error *err)
{
	struct rule_text *texts = array_grow(unpacking->texts, &unpacking->capacity,
					     unpacking->count + 1, sizeof(*texts));
	const struct included_texts **all =
		texts ? array_grow(unpacking->included, &unpacking->included_capacity,
				   unpacking->count + 1, sizeof(const struct included_texts *))
		      : NULL;

	unpacking->texts = texts ? texts : unpacking->texts;
	unpacking->included = all ? all : unpacking->included;
	if (!all)
		return error_no_memory(err, "rules");
	texts[unpacking->count] = *text;
	all[unpacking->count++] = included;
	return 0;
}

static int unpack_compiled(struct unpacking *unpacking, const struct rule_text *file,
			   struct error *err)
{
	struct rules_input *input = unpacking->input;
	struct compiled_sources *sources = arena_alloc(input->memory, sizeof(*sources));
	int ret = sources ? compiled_sources_read(sources, file->text, err)
			  : error_no_memory(err, "rules");

	if (ret)
		return error_context(err, "%s", file->name);
	for (size_t i = 0; !ret && i < sources->text_count; i++)
		ret = unpack_text(unpacking, &sources->texts[i], &sources->included, err);
	if (!ret)
		ret = merge_externals(input, sources, err);
	input->sources_of_compiled[input->compiled_count++] = sources;
	return ret;
}

static size_t count_compiled(const struct rules_input *input)
{
	size_t count = 0;

	for (size_t i = 0; i < input->text_count; i++)
		count += compiled_rules_is_file(input->texts[i].text);
	return count;
}

/* Compiled rules can be taken as they are only if nothing else is to be compiled. */
static int unpack(struct rules_input *input, struct error *err)
{
	struct unpacking unpacking = { .input = input };
	size_t compiled = count_compiled(input);
	int ret = 0;

	if (compiled == 1 && input->text_count == 1 && !input->pattern_count) {
		input->compiled = input->texts[0].text;
		return 0;
	}
	if (!compiled)
		return 0;
	input->sources_of_compiled = calloc(compiled, sizeof(struct compiled_sources *));
	if (!input->sources_of_compiled)
		return error_no_memory(err, "rules");
	for (size_t i = 0; !ret && i < input->text_count; i++)
		ret = compiled_rules_is_file(input->texts[i].text)
			      ? unpack_compiled(&unpacking, &input->texts[i], err)
			      : unpack_text(&unpacking, &input->texts[i], NULL, err);
	free(input->texts);
	input->texts = unpacking.texts;
	input->included = unpacking.included;
	input->text_count = unpacking.count;
	return ret;
}

int rules_input_read(struct rules_input *out, const struct settings *settings, struct error *err)
{
	struct rules_input input = { .memory = arena_new(0) };
	int ret = input.memory ? 0 : error_no_memory(err, "rules");

	if (!ret)
		ret = add_externals(&input, settings, err);
	for (size_t i = 0; !ret && i < settings->rules.count; i++)
		ret = add_rules_argument(&input, settings->rules.items[i], err);
	for (size_t i = 0; !ret && i < settings->patterns.count; i++)
		ret = add_pattern_argument(&input, settings, &settings->patterns.items[i], err);
	if (!ret)
		ret = unpack(&input, err);
	if (ret) {
		rules_input_release(&input);
		return ret;
	}
	*out = input;
	return 0;
}

void rules_input_release(struct rules_input *input)
{
	for (size_t i = 0; i < input->file_count; i++)
		free(input->files[i]);
	for (size_t i = 0; i < input->compiled_count; i++)
		compiled_sources_release(input->sources_of_compiled[i]);
	free(input->sources_of_compiled);
	free(input->included);
	free(input->files);
	free(input->texts);
	free(input->patterns);
	arena_free(input->memory);
	*input = (struct rules_input){ 0 };
}
