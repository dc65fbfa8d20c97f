#include "rules/parse/source_text.h"

#include <stdlib.h>

#include "rules/parse/grammar.h"
#include "rules/parse/rule_builder.h"
#include "rules/parse/rule_hash.h"

/* A syntax error ends the grammar's parser; it begins anew with the next rule. */
static void parse_items(struct parse_context *context)
{
	while (rules_grammar_parse(context) && !context->job->failed) {
		rule_abandon(context);
		if (context_gives_up(context)) {
			context_error(context, context->last_place, "too-many-errors",
				      "too many errors: the rest of the file is left out");
			return;
		}
		if (!tokens_skip(context))
			return;
	}
}

static struct parse_context *context_new(struct parse_job *job, struct parse_context *includer,
					 const char *name, const struct stat *info)
{
	struct parse_context *context = calloc(1, sizeof(*context));

	if (!context)
		return NULL;
	context->job = job;
	context->includer = includer;
	context->name = name;
	context->depth = includer ? includer->depth + 1 : 0;
	context->has_identity = info;
	if (info) {
		context->device = info->st_dev;
		context->inode = info->st_ino;
	}
	return context;
}

static void context_free(struct parse_context *context)
{
	if (!context)
		return;
	free(context->tags.items);
	free(context->metas.items);
	free(context->strings.items);
	free(context);
}

void source_text_parse(struct parse_job *job, struct parse_context *includer, const char *name,
		       struct source_buffer *buffer, const struct stat *info)
{
	struct parse_context *context = context_new(job, includer, name, info);

	if (!context) {
		job->failed = error_no_memory(job->err, "the rules parser");
		goto out;
	}
	job->failed = diagnostics_add_file(job->notes, name, buffer->text, buffer->length,
					   &context->file, job->err);
	if (job->failed)
		goto out;
	if (lexer_open(context, buffer->text, buffer->length) < 0)
		job->failed = error_no_memory(job->err, "the rules lexer");
	else
		parse_items(context);
	lexer_close(context);
	rule_hash_reset(context);
out:
	context_free(context);
	source_buffer_release(buffer);
}
