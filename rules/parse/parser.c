#include "rules/parse/parser.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "rules/parse/source_buffer.h"
#include "rules/parse/source_text.h"

#define DEFAULT_INCLUDE_DEPTH 16
#define DEFAULT_FILE_BYTES ((size_t)256 << 20)
/* The lexer counts the bytes of a token in an int. */
#define LARGEST_FILE_BYTES ((size_t)INT_MAX - 16)

static struct parse_options complete(const struct parse_options *options)
{
	struct parse_options completed = *options;

	if (!completed.include_depth)
		completed.include_depth = DEFAULT_INCLUDE_DEPTH;
	if (!completed.file_bytes)
		completed.file_bytes = DEFAULT_FILE_BYTES;
	if (completed.file_bytes > LARGEST_FILE_BYTES)
		completed.file_bytes = LARGEST_FILE_BYTES;
	return completed;
}

static int report_too_large(const struct parse_job *job, const char *name)
{
	struct source_span span = { 0 };
	int ret = diagnostics_add_file(job->notes, name, "", 0, &span.file, job->err);

	if (ret < 0)
		return ret;
	diagnostics_add(job->notes, SEVERITY_ERROR, span, "file-too-large", NULL,
			"the file is larger than %zu bytes", job->options->file_bytes);
	return 0;
}

int rules_parse(struct rules_tree *tree, struct arena *arena, const char *name,
		const char *namespace_name, struct bytes text, const struct parse_options *options,
		struct diagnostics *notes, struct error *err)
{
	struct parse_options completed = complete(options);
	struct parse_job job = {
		.tree = tree,
		.arena = arena,
		.namespace_name = arena_copy_string(arena, namespace_name, strlen(namespace_name)),
		.options = &completed,
		.notes = notes,
		.err = err,
	};
	struct source_buffer buffer;
	struct stat info;
	int ret;

	if (!job.namespace_name)
		return error_no_memory(err, "the rules");
	if (text.length > completed.file_bytes)
		return report_too_large(&job, name);
	ret = source_buffer_copy(&buffer, text, err);
	if (ret < 0)
		return ret;
	/* The name need not be a file's; where it is, an include of it is a circle. */
	source_text_parse(&job, NULL, name, &buffer, stat(name, &info) ? NULL : &info);
	return job.failed;
}
