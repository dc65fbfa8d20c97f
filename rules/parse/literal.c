#include "rules/parse/literal.h"

#include "rules/parse/regex_parser.h"

static void report(struct parse_context *context, const struct raw_literal *literal,
		   const char *code, const char *kind, const char *name,
		   const struct literal_problem *problem)
{
	struct token_place place = place_within(literal->place, literal->source, problem->offset);

	if (name)
		context_error(context, place, code, "invalid %s \"$%s\": %s", kind, name,
			      problem->message);
	else
		context_error(context, place, code, "%s", problem->message);
}

static struct regex_literal *empty_regex(struct parse_context *context)
{
	struct regex_literal *regex = context_alloc(context, 1, sizeof(*regex));

	if (!regex)
		return NULL;
	regex->source.data = (const uint8_t *)"";
	regex->tree = regex_simple(context->job->arena, REGEX_EMPTY);
	return regex->tree ? regex : context_no_memory(context);
}

struct regex_literal *literal_regex(struct parse_context *context,
				    const struct raw_literal *literal, const char *name)
{
	struct literal_problem problem;
	struct regex_literal *regex;

	if (literal->is_bad)
		return empty_regex(context);
	regex = regex_literal_parse(context->job->arena, literal->source, literal->nocase,
				    literal->dot_all, &problem);
	if (regex)
		return regex;
	if (!problem.message)
		return context_no_memory(context);
	report(context, literal, "invalid-regex", "regular expression", name, &problem);
	return empty_regex(context);
}

static bool empty_hex(struct parse_context *context, struct hex_string *out)
{
	struct regex_list parts = { 0 };

	if (!regex_list_push(context->job->arena, &parts,
			     regex_simple(context->job->arena, REGEX_EMPTY)))
		return context_no_memory(context);
	*out = (struct hex_string){ parts.items, NULL, parts.count };
	return true;
}

bool literal_hex(struct parse_context *context, struct hex_string *out,
		 const struct raw_literal *literal, const char *name)
{
	struct literal_problem problem;

	if (literal->is_bad)
		return empty_hex(context, out);
	if (hex_string_parse(out, context->job->arena, literal->source, &problem))
		return true;
	if (!problem.message)
		return context_no_memory(context);
	report(context, literal, "invalid-hex-string", "hex string", name, &problem);
	return empty_hex(context, out);
}
