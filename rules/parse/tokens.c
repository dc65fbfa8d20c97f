#include "rules/parse/token.h"

#include "rules/parse/grammar.h"
#include "rules/parse/rule_hash.h"

static int next_token(union token_value *value, struct token_place *place,
		      struct parse_context *context)
{
	int token;

	if (context->holds_token || context->at_end) {
		context->holds_token = false;
		*place = context->last_place;
		return context->last_token;
	}
	token = lexer_next(value, place, context);
	context->last_token = token;
	context->last_place = *place;
	return token;
}

int rules_grammar_lex(union token_value *value, struct token_place *place,
		      struct parse_context *context)
{
	int token = next_token(value, place, context);

	if (context->job->failed || context_gives_up(context))
		return TOKEN_BROKEN;
	if (token != TOKEN_END && token != TOKEN_BROKEN)
		rule_hash_add(context, token, value, place);
	return token;
}

/* `private` and `global` can begin a rule too, but `private` also stands behind strings. */
static bool begins_item(int token)
{
	return token == TOKEN_RULE || token == TOKEN_IMPORT || token == TOKEN_INCLUDE;
}

bool tokens_skip(struct parse_context *context)
{
	union token_value unused;
	struct token_place place;
	int token = context->last_token;

	context->quiet = true;
	while (!begins_item(token) && !context->at_end)
		token = next_token(&unused, &place, context);
	context->quiet = false;
	context->holds_token = begins_item(token) && !context->at_end;
	return context->holds_token;
}
