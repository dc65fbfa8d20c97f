#include "rules/parse/parse_context.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "rules/parse/arena_array.h"

struct source_span context_span(const struct parse_context *context, struct token_place place)
{
	return (struct source_span){ context->file, place.line, place.column, place.length };
}

void context_error(struct parse_context *context, struct token_place place, const char *code,
		   const char *format, ...)
{
	char *message = NULL;
	va_list arguments;

	if (context->quiet)
		return;
	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = NULL;
	va_end(arguments);
	context->error_count++;
	context->job->error_count++;
	context->error_start = place.start;
	diagnostics_add(context->job->notes, SEVERITY_ERROR, context_span(context, place), code,
			context->rule_name, "%s", message ? message : format);
	free(message);
}

bool context_gives_up(const struct parse_context *context)
{
	return context->error_count >= FILE_ERRORS_LIMIT ||
	       context->job->error_count >= JOB_ERRORS_LIMIT;
}

void *context_no_memory(struct parse_context *context)
{
	if (!context->job->failed)
		context->job->failed = error_no_memory(context->job->err, "the rules");
	return NULL;
}

void *context_alloc(struct parse_context *context, size_t count, size_t item_bytes)
{
	void *memory = arena_alloc_array(context->job->arena, count, item_bytes);

	return memory ? memory : context_no_memory(context);
}

void *context_grow(struct parse_context *context, void *items, size_t count, size_t item_bytes)
{
	void *grown = arena_array_grow(context->job->arena, items, count, item_bytes);

	return grown ? grown : context_no_memory(context);
}

struct token_place place_within(struct token_place from, struct bytes text, size_t offset)
{
	struct token_place place = from;

	for (size_t i = 0; i < offset && i < text.length; i++) {
		place.column++;
		if (text.data[i] == '\n') {
			place.line++;
			place.column = 1;
		}
	}
	place.start += offset;
	place.end = place.start + 1;
	place.length = 1;
	return place;
}

struct token_place place_join(const struct token_place *places, int count)
{
	struct token_place joined = places[0];

	for (int i = 1; i < count && places[i].line == joined.line; i++) {
		if (places[i].start < places[i].end)
			joined.length = places[i].column + places[i].length - joined.column;
	}
	joined.end = places[count - 1].end;
	return joined;
}
