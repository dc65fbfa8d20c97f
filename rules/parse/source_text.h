#ifndef CKPT_RULES_PARSE_SOURCE_TEXT_H
#define CKPT_RULES_PARSE_SOURCE_TEXT_H

#include <sys/stat.h>

#include "rules/parse/parse_context.h"
#include "rules/parse/source_buffer.h"

/*
 * Parses one text: @includer's include, or the one that was given (NULL). @info: which file it is; NULL:
 * none that is known. Takes @buffer. Failures are in the job.
 */
void source_text_parse(struct parse_job *job, struct parse_context *includer, const char *name,
		       struct source_buffer *buffer, const struct stat *info);

#endif
