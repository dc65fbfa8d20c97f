#include "rules/parse/include.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "rules/parse/rule_hash.h"
#include "rules/parse/source_text.h"
#include "rules/ruleset.h"

/* Files that include the next one twice double their number at every level. */
#define INCLUDED_FILES_LIMIT 10000u

/* @path as seen from the directory of the file at hand. Arena's; NULL: no memory. */
static const char *resolve(struct parse_context *context, struct bytes path)
{
	const char *slash = strrchr(context->name, '/');
	size_t directory = slash && path.data[0] != '/' ? (size_t)(slash - context->name) + 1 : 0;
	char *name = context_alloc(context, directory + path.length + 1, 1);

	if (!name)
		return NULL;
	memcpy(name, context->name, directory);
	memcpy(name + directory, path.data, path.length);
	return name;
}

static bool is_open(const struct parse_context *context, const struct stat *info)
{
	for (; context; context = context->includer) {
		if (context->has_identity && context->device == info->st_dev &&
		    context->inode == info->st_ino)
			return true;
	}
	return false;
}

static bool may_include(struct parse_context *context, struct token_place place, struct bytes path)
{
	const struct parse_options *options = context->job->options;

	if (!options->allow_includes)
		context_error(context, place, "includes-disabled", "includes are disabled");
	else if (context->depth + 1 >= options->include_depth)
		context_error(context, place, "include-depth", "includes depth exceeded");
	else if (context->job->included_files >= INCLUDED_FILES_LIMIT)
		context_error(context, place, "include-limit",
			      "too many included files (limit: %u)", INCLUDED_FILES_LIMIT);
	else if (!path.length || memchr(path.data, 0, path.length))
		context_error(context, place, "include-not-found",
			      "can't open include file: the name is %s",
			      path.length ? "invalid" : "empty");
	else
		return true;
	return false;
}

static void report_unread(struct parse_context *context, struct token_place place, const char *name,
			  int code, const struct error *reason)
{
	if (code == ERROR_MEMORY)
		context_no_memory(context);
	else if (code == ERROR_LIMIT)
		context_error(
			context, place, "include-limit",
			"can't open include file: %s: included files are larger than %zu bytes",
			name, context->job->options->file_bytes);
	else
		context_error(context, place, "include-not-found", "can't open include file: %s",
			      reason->message);
}

static void read_named(struct parse_context *context, struct token_place place, const char *name)
{
	struct parse_job *job = context->job;
	struct source_buffer buffer = { 0 };
	struct stat info;
	struct error reason = { 0 };
	int ret = source_buffer_read(&buffer, name, job->options->file_bytes - job->included_bytes,
				     &info, &reason);

	if (ret < 0) {
		report_unread(context, place, name, ret, &reason);
		return;
	}
	if (is_open(context, &info)) {
		context_error(context, place, "includes-circular", "includes circular reference");
		source_buffer_release(&buffer);
		return;
	}
	job->included_files++;
	job->included_bytes += buffer.length;
	source_text_parse(job, context, name, &buffer, &info);
}

/* Depth ends a circle, which no text that was compiled before has. */
static void read_kept(struct parse_context *context, struct token_place place, const char *name)
{
	struct parse_job *job = context->job;
	const struct included_texts *included = job->options->included;
	struct source_buffer buffer;

	for (size_t i = 0; i < included->count; i++) {
		const struct included_text *item = &included->items[i];

		if (strcmp(item->name, name) != 0)
			continue;
		if (item->text.length > job->options->file_bytes - job->included_bytes) {
			report_unread(context, place, name, ERROR_LIMIT, NULL);
			return;
		}
		job->failed = source_buffer_copy(&buffer, item->text, job->err);
		if (job->failed)
			return;
		job->included_files++;
		job->included_bytes += buffer.length;
		source_text_parse(job, context, name, &buffer, NULL);
		return;
	}
	context_error(context, place, "include-not-found",
		      "can't open include file: %s is not among the saved texts", name);
}

void include_read(struct parse_context *context, struct token_place place, struct bytes path)
{
	const char *name;

	rule_hash_reset(context);
	if (!may_include(context, place, path))
		return;
	name = resolve(context, path);
	if (name && context->job->options->included)
		read_kept(context, place, name);
	else if (name)
		read_named(context, place, name);
}
